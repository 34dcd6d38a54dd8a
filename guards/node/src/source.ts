// Access tokens for a service that acts for itself (client credentials, RFC 6749 section 4.4): one token for all callers,
// renewed ahead of its end, asked for by one of them at a time.
import { Discovery, checkIssuer, checkNamed } from "./address.js";
import { call } from "./http.js";
import { parseObject } from "./json.js";

export interface TokenSourceOptions {
  /** The login server's address, as for `createGuard`. */
  readonly issuer: string;
  readonly clientId: string;
  /** From the environment or a file, never from the code. */
  readonly clientSecret: string;
  /** For which API; the client's own by default. */
  readonly audience?: string;
  /** Words with spaces between; all the client may have by default. */
  readonly scope?: string;
  /** Where tokens are given out, if not where the issuer says. */
  readonly tokenUri?: string;
}

/** Gives a token that is good for a while yet. */
export type TokenSource = () => Promise<string>;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const discovery = new Discovery(checkIssuer(options.issuer));
  const named = options.tokenUri === undefined ? undefined : checkNamed(options.tokenUri, "tokenUri");
  if (!options.clientId || !options.clientSecret) throw new TypeError("createTokenSource needs `clientId` and `clientSecret`");
  let current: Held | undefined;
  let flight: Promise<Held> | undefined;
  let failure: { readonly error: Error; readonly until: number } | undefined;

  const renew = (): Promise<Held> => {
    flight ??= request(options, async () => named ?? (await discovery.metadata()).token)
      .then((held) => (current = held))
      // Because a server in trouble does not need every caller's attempt as well.
      .catch((error: Error) => {
        failure = { error, until: performance.now() + AFTER_FAILURE_MS };
        throw error;
      })
      .finally(() => (flight = undefined));
    return flight;
  };
  return async () => {
    const now = performance.now();
    if (current && now < current.renewAt) return current.token;
    const justFailed = failure !== undefined && now < failure.until;
    if (!current || now >= current.endsAt) {
      if (justFailed && failure) throw failure.error;
      return (await renew()).token;
    }
    // Early renewal in the background; when it fails, the token is good until its end.
    if (!justFailed) renew().catch(() => undefined);
    return current.token;
  };
}

interface Held {
  readonly token: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

async function request({ clientId, clientSecret, audience, scope }: TokenSourceOptions, locate: () => Promise<URL | undefined>): Promise<Held> {
  const url = await locate();
  if (!url) throw new Error("the issuer names no token endpoint");
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (audience !== undefined) form.set("audience", audience);
  if (scope !== undefined) form.set("scope", scope);
  // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
  const [id, secret] = [clientId, clientSecret].map((text) => new URLSearchParams({ "": text }).toString().slice(1));
  const headers = {
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    "Content-Type": "application/x-www-form-urlencoded",
    Accept: "application/json",
  };
  // By the time of asking, because the answer may have been long on its way.
  const askedAt = performance.now();
  const { status, body } = await call(url, { method: "POST", headers, body: form.toString(), maxBytes: MAX_BYTES });
  const answer = parseObject(body);
  if (status !== 200) throw new Error(`${url} answered ${status} ${typeof answer.error === "string" ? answer.error.slice(0, 60) : ""}`);
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== "string" || typeof seconds !== "number" || !(seconds > 0)) throw new Error(`${url} gave no token with an end`);
  // Jitter, because instances that started together would otherwise renew together for ever.
  const share = 0.8 - Math.random() * 0.1;
  return { token, renewAt: askedAt + seconds * 1000 * share, endsAt: askedAt + (seconds - SPARE_SECONDS) * 1000 };
}

const MAX_BYTES = 64 * 1024;
const AFTER_FAILURE_MS = 1_000;
/** A token that ends on its way to the API is of no use. */
const SPARE_SECONDS = 2;
