// Which addresses the guard asks: the issuer's own origin, or what the configuration names. Never one out of a token
// (`jku`, `x5u`), because then whoever makes the token chooses the key that checks it.
import { call } from "./http.js";
import { isObject, parseObject } from "./json.js";

/** What the issuer says about itself (RFC 8414), each address already held against the rules above. */
export interface Metadata {
  readonly jwks: URL | undefined;
  readonly revocations: URL | undefined;
  readonly revocationKeys: URL | undefined;
  readonly token: URL | undefined;
}

/** The issuer's address as its tokens name it: an origin, `http` only on this machine. Throws a `TypeError` otherwise. */
export function checkIssuer(issuer: unknown): URL {
  if (typeof issuer !== "string" || issuer === "") throw new TypeError("createGuard needs `issuer`: the address of the login server, exactly as in the claim `iss`");
  const url = parse(issuer, "issuer");
  if (url.origin !== issuer) throw new TypeError(`\`issuer\` must be an origin without path and slash, like ${url.origin}`);
  return url;
}

/** An address out of the configuration: may lie anywhere, but not in the clear on a network. */
export function checkNamed(address: string, option: string): URL {
  return parse(address, option);
}

/** Asks the issuer for its metadata; kept for an hour, asked for once at a time. */
export class Discovery {
  #known: { readonly metadata: Metadata; readonly until: number } | undefined;
  #flight: Promise<Metadata> | undefined;

  constructor(readonly issuer: URL) {}

  async metadata(): Promise<Metadata> {
    if (this.#known && performance.now() < this.#known.until) return this.#known.metadata;
    this.#flight ??= this.#fetch().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #fetch(): Promise<Metadata> {
    const url = new URL("/.well-known/oauth-authorization-server", this.issuer);
    const { status, body } = await call(url, { headers: { Accept: "application/json" }, maxBytes: MAX_BYTES });
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    const document = parseObject(body);
    // RFC 8414 section 3.3, because otherwise one issuer could publish keys in the name of another.
    if (document.issuer !== this.issuer.origin) throw new Error(`${url} speaks for another issuer`);
    const own = (name: string): URL | undefined => {
      const address = document[name];
      if (typeof address !== "string") return undefined;
      const at = parse(address, name);
      if (at.origin !== this.issuer.origin) throw new Error(`\`${name}\` of ${url} lies at another origin: name it in the configuration if that is meant`);
      return at;
    };
    const metadata = {
      jwks: own("jwks_uri"),
      revocations: own("revocations_uri"),
      revocationKeys: own("revocations_jwks_uri"),
      token: own("token_endpoint"),
    };
    this.#known = { metadata, until: performance.now() + KEPT_MS };
    return metadata;
  }
}

/** Asks for a key set; its members are not looked at here. `maxAge` in seconds, as the answer says. */
export async function fetchKeySet(url: URL): Promise<{ keys: unknown[]; maxAge: number }> {
  const { status, headers, body } = await call(url, { headers: { Accept: "application/jwk-set+json, application/json" }, maxBytes: MAX_KEY_SET_BYTES });
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  const { keys } = parseObject(body);
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new Error(`${url} is no key set`);
  if (keys.length > MAX_KEYS) throw new Error(`${url} has more than ${MAX_KEYS} keys`);
  const said = Number(/max-age=(\d+)/.exec(headers["cache-control"] ?? "")?.[1] ?? DEFAULT_MAX_AGE);
  return { keys, maxAge: Math.min(Math.max(said, LEAST_MAX_AGE), MOST_MAX_AGE) };
}

function parse(address: string, option: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new TypeError(`\`${option}\` is no URL`);
  }
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal)) {
    throw new TypeError(`\`${option}\` must be https: whoever can change keys on their way can make tokens (http only for localhost)`);
  }
  if (url.username || url.password) throw new TypeError(`\`${option}\` must not hold a password`);
  return url;
}

const KEPT_MS = 3_600_000;
const MAX_BYTES = 64 * 1024;
const MAX_KEY_SET_BYTES = 256 * 1024;
const MAX_KEYS = 100;
const DEFAULT_MAX_AGE = 300;
/** A publisher that says 0 would have its keys fetched without pause, one that says a year would never change them. */
const LEAST_MAX_AGE = 60;
const MOST_MAX_AGE = 3600;
