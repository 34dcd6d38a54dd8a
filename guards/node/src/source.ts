// Access tokens for a service that acts for itself (client credentials, RFC 6749 section 4.4): one token for all callers,
// renewed ahead of its end, asked for by one of them at a time.
import { randomUUID } from "node:crypto";
import { SignJWT, type CryptoKey, type JWK } from "jose";
import { Discovery, checkIssuer, checkNamed } from "./address.js";
import { call } from "./http.js";
import { parseObject } from "./json.js";
import { shown } from "./refused.js";

export interface TokenSourceOptions {
  /** The login server's address, as for `createGuard`. */
  readonly issuer: string;
  readonly clientId: string;
  /** From the environment or a file, never from the code. */
  readonly clientSecret?: string;
  /** In place of a secret (`private_key_jwt`): a private key whose public half the login server knows. */
  readonly clientKey?: CryptoKey | JWK;
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
  if (!options.clientId || !options.clientSecret === !options.clientKey) throw new TypeError("createTokenSource needs `clientId`, and `clientSecret` or `clientKey`");
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

async function request(options: TokenSourceOptions, locate: () => Promise<URL | undefined>): Promise<Held> {
  const url = await locate();
  if (!url) throw new Error("the issuer names no token endpoint");
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (options.audience !== undefined) form.set("audience", options.audience);
  if (options.scope !== undefined) form.set("scope", options.scope);
  const headers: Record<string, string> = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
  const { clientId, clientSecret, clientKey } = options;
  if (clientSecret) headers.Authorization = basic(clientId, clientSecret);
  if (clientKey) {
    form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.set("client_assertion", await assertion(clientId, clientKey, options.issuer));
  }
  // By the time of asking, because the answer may have been long on its way.
  const askedAt = performance.now();
  const { status, body } = await call(url, { method: "POST", headers, body: form.toString(), maxBytes: MAX_BYTES });
  const answer = parseObject(body);
  if (status !== 200) throw new Error(`${url} answered ${status} ${typeof answer.error === "string" ? shown(answer.error) : ""}`);
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== "string" || typeof seconds !== "number" || !(seconds > 0)) throw new Error(`${url} gave no token with an end`);
  // Jitter, because instances that started together would otherwise renew together for ever.
  const share = 0.8 - Math.random() * 0.1;
  return { token, renewAt: askedAt + seconds * 1000 * share, endsAt: askedAt + seconds * 1000 * (1 - SPARE) };
}

/** RFC 6749 section 2.3.1: both are form-encoded before they are put together. */
function basic(id: string, secret: string): string {
  const [encodedId, encodedSecret] = [id, secret].map((text) => new URLSearchParams({ "": text }).toString().slice(1));
  return `Basic ${Buffer.from(`${encodedId}:${encodedSecret}`).toString("base64")}`;
}

/** RFC 7523 section 3: for one minute and one use. The audience is the issuer, so that no other server can pass it on. */
async function assertion(id: string, key: CryptoKey | JWK, issuer: string): Promise<string> {
  const { alg, kid } = key as JWK;
  const header = { alg: alg ?? "ES256", typ: "JWT", ...(kid === undefined ? {} : { kid }) };
  const jwt = new SignJWT({}).setProtectedHeader(header).setIssuer(id).setSubject(id).setAudience(issuer);
  return jwt.setIssuedAt().setExpirationTime("1m").setJti(randomUUID()).sign(key);
}

const MAX_BYTES = 64 * 1024;
const AFTER_FAILURE_MS = 1_000;
/** A token that ends on its way to the API is of no use. */
const SPARE = 0.05;
