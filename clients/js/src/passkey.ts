// Passkeys (WebAuthn): signing in, a second factor, enrolling. A file of its own, because not every page needs it.
import { AuthError } from "./call.js";
import type { Auth, User } from "./types.js";

export interface Passkeys {
  /** Signs in with a passkey. `mediation: "conditional"` offers it in the field with `autocomplete="username webauthn"`. */
  login(options?: { mediation?: CredentialMediationRequirement; signal?: AbortSignal }): Promise<User>;
  /** The second step after `login` was refused with `login.mfa_required` and `passkey` among its methods. */
  mfa(refused: unknown): Promise<User>;
  /** Adds a passkey to the account of who is signed in; needs a recent login. */
  enrol(name?: string): Promise<{ readonly id: string; readonly recovery_codes?: readonly string[] }>;
}

export function passkeys(auth: Auth): Passkeys {
  const call = async (path: string, body: object): Promise<any> => {
    const answer = await auth.fetch(auth.url + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const reply = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new AuthError(answer.status, reply);
    return reply;
  };
  return {
    async login(options) {
      const { challenge_token, options: asked } = await call("/v1/login/passkey/options", {});
      const passkey = await show(asked.publicKey, options);
      return (await auth.open("/v1/login/passkey", { challenge_token, passkey }))!;
    },
    async mfa(refused) {
      const problem = (refused as AuthError).problem ?? {};
      const asked = problem.passkey as { publicKey: any } | undefined;
      if (!asked) throw new TypeError("mfa needs the error that login was refused with, for an account that has a passkey");
      return auth.mfa({ passkey: await show(asked.publicKey) }, problem.mfa_token as string);
    },
    async enrol(name) {
      const { challenge_token, options } = await call("/v1/passkeys/options", {});
      const publicKey = creation(options.publicKey);
      const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
      return call("/v1/passkeys", { challenge_token, passkey: toJson(made), ...(name ? { name } : {}) });
    },
  };
}

async function show(options: any, more: CredentialRequestOptions = {}): Promise<object> {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: described(options.allowCredentials) };
  return toJson((await navigator.credentials.get({ ...more, publicKey })) as PublicKeyCredential);
}

function creation(options: any): PublicKeyCredentialCreationOptions {
  const user = { ...options.user, id: bytes(options.user.id) };
  return { ...options, user, challenge: bytes(options.challenge), excludeCredentials: described(options.excludeCredentials) };
}

const described = (list: any[] = []): PublicKeyCredentialDescriptor[] => list.map((one) => ({ ...one, id: bytes(one.id) }));

// By hand and not by `toJSON` and `parse...FromJSON`, because browsers of 2024 lack those, and password managers that
// stand in for the browser return objects without them.
function toJson(credential: PublicKeyCredential): object {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const from = response as AuthenticatorAssertionResponse & AuthenticatorAttestationResponse;
  const members = ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"] as const;
  const encoded = members.filter((name) => from[name]).map((name) => [name, text(from[name]!)]);
  const transports = from.getTransports?.();
  return {
    id,
    rawId: text(rawId),
    type,
    authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...Object.fromEntries(encoded), ...(transports ? { transports } : {}) },
  };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function text(bytes: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
