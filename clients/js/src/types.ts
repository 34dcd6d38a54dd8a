// The names and shapes that an application sees. Nothing here runs.

/** The person, as Jotgate's answers show them. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly email_verified: boolean;
  readonly roles: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly created_at: string;
}

/**
 * Why a session is over: the user left here (`user`) or in another tab (`other-tab`), it was ended elsewhere (`revoked`),
 * a refresh token came out of turn (`reuse`), or its time was up (`expired`).
 */
export type SignedOut = "user" | "other-tab" | "revoked" | "reuse" | "expired";

/** What `on` can be asked for, and what the listener is given. */
export interface Events {
  "signed-in": User;
  refreshed: User;
  "signed-out": SignedOut;
  /** The session could not be renewed just now; it is not over, and will be tried again after `retryIn` milliseconds. */
  offline: { readonly status: number; readonly retryIn: number };
  /** By how many seconds this device's clock is ahead of the server's. Nothing here depends on it. */
  skew: number;
  /** `auth.user` is another than before. */
  change: User | null;
}

/** Where an application without cookies keeps its one text: a Keychain, a Keystore, never `localStorage`. */
export interface Storage {
  get(): string | null | undefined | Promise<string | null | undefined>;
  /** `null` takes it away. */
  set(value: string | null): void | Promise<void>;
}

export interface Options {
  /** Jotgate's address. Without it the page's own origin. */
  readonly url?: string;
  /** Origins beside Jotgate's and the page's own that may be given the token. */
  readonly apis?: readonly string[];
  /** The audience to ask for, where it is not the server's default. */
  readonly audience?: string | readonly string[];
  /** How long a call to Jotgate may take, in milliseconds. */
  readonly timeout?: number;
  /** For native applications: both tokens come in the body and the refresh token is kept here. */
  readonly storage?: Storage;
  /** Instead of the global one, for tests. */
  readonly fetch?: typeof fetch;
}

export type Credentials = ({ readonly email: string } | { readonly username: string }) & { readonly password: string };

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly username?: string;
  readonly name?: string;
}

export type SecondFactor = { readonly code: string } | { readonly recovery_code: string } | { readonly passkey: unknown };

export interface Auth {
  /** Jotgate's address, without a slash at its end. */
  readonly url: string;
  /** Who is signed in; `null` is nobody, `undefined` is not known yet: `token()` finds out. */
  readonly user: User | null | undefined;
  /** `fetch` with the access token, and with one retry when that had expired. */
  readonly fetch: typeof fetch;
  /** An access token that is good now, `null` when nobody is signed in. Rejects when neither can be found out. */
  token(): Promise<string | null>;
  /** A token in the place of one that an API has refused. */
  renew(refused: string): Promise<string | null>;
  /** Whether requests to this address are given the token. */
  allows(address: string | URL): boolean;
  /** Calls the listener at each such event, until the function that is returned is called. */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void;
  login(credentials: Credentials): Promise<User>;
  /** The new user; `null` when a mail was sent first. */
  signup(input: SignUp): Promise<User | null>;
  /** The second step after `login` was refused with `login.mfa_required`. */
  mfa(factor: SecondFactor, mfaToken?: string): Promise<User>;
  /** Any other call that is answered with a session, such as `/v1/login/code/confirm`, `/v1/password` or `/v1/stepup`. */
  open(path: string, body: object): Promise<User | null>;
  logout(): Promise<void>;
  /** On every device. */
  logoutAll(): Promise<void>;
  /** Lets go of listeners and channels; for tests and hot reloading. */
  close(): void;
}
