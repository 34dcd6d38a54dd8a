// What a guard is told, and the refusal of what cannot be meant. Issuer and audience have no default, because a guard
// without them lets in every token that the issuer makes for anybody.
import { checkIssuer, checkNamed } from "./address.js";
import { ASYMMETRIC, type Algorithm } from "./keys.js";

/** An issuer, and what its tokens must be like. */
export interface Trust {
  /** The login server's address, exactly as in the claim `iss`: an origin without a slash at its end. */
  readonly issuer: string;
  /** The name of this API: it must be in the claim `aud`. */
  readonly audience: string;
  /** Algorithms taken; any asymmetric one by default. The key's own algorithm counts in any case. */
  readonly algorithms?: readonly Algorithm[];
  /** Tokens are HS256 under this secret of at least 32 bytes; keys are then not fetched. */
  readonly secret?: string | Uint8Array;
  /** Where the keys are, if not where the issuer says, or at another origin. */
  readonly jwksUri?: string;
  /** The revocation feed: `true` by default; `false` and a revoked token counts until it expires. */
  readonly feed?: boolean | FeedOptions;
}

export interface FeedOptions {
  /** Where the feed and its keys are, if not where the issuer says, or at another origin. */
  readonly uri?: string;
  readonly keysUri?: string;
  /** For a feed with `access = "clients"`: gives an access token with the scope `revocations` (see `createTokenSource`). */
  readonly token?: () => Promise<string>;
}

export interface GuardOptions extends Trust {
  /** More issuers whose tokens count. */
  readonly trust?: readonly Trust[];
  /** Seconds by which clocks may differ: 30 by default; more than the feed's 120 and its entries cannot be relied on. */
  readonly leeway?: number;
  /** What happens while the feed is stale: 503 (`reject`, the default), ask the issuer about each token, or let in. */
  readonly stale?: "reject" | "introspect" | "accept";
  /** Seconds without news after which the feed is stale: 15 by default. */
  readonly maxStaleness?: number;
  /** Take the access token from the cookie as well (delivery `cookies`), from pages of these origins. */
  readonly acceptCookie?: { readonly origins: readonly string[] };
  /** This API's own public address, for clients that know nothing else (RFC 9728); see `resourceMetadata`. */
  readonly resource?: string;
  /** How many verified tokens are remembered: 10,000 by default. */
  readonly cacheSize?: number;
  /** Hears warnings, none with a token in it; `console.warn` by default. */
  readonly log?: (message: string) => void;
}

/** A `Trust` that was looked at. */
export interface CheckedTrust {
  readonly issuer: URL;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly secret: Uint8Array | undefined;
  readonly jwksUri: URL | undefined;
  readonly feed: false | { readonly uri: URL | undefined; readonly keysUri: URL | undefined; readonly token: (() => Promise<string>) | undefined };
}

export interface CheckedOptions {
  readonly trusted: readonly CheckedTrust[];
  readonly leeway: number;
  readonly stale: "reject" | "introspect" | "accept";
  readonly maxStaleness: number;
  readonly origins: readonly string[] | undefined;
  readonly resource: { readonly given: string; readonly metadata: URL } | undefined;
  readonly cacheSize: number;
  readonly log: (message: string) => void;
}

/** Throws a `TypeError` that says what to write. */
export function checkOptions(options: GuardOptions): CheckedOptions {
  const { trust = [], leeway, stale = "reject", maxStaleness, acceptCookie, resource, cacheSize, log = console.warn, ...first } = options;
  if (!["reject", "introspect", "accept"].includes(stale)) throw new TypeError("`stale` is reject, introspect or accept");
  const trusted = [first, ...trust].map(checkTrust);
  if (new Set(trusted.map(({ issuer }) => issuer.origin)).size < trusted.length) throw new TypeError("an issuer is trusted twice");
  return {
    trusted,
    leeway: number(leeway, "leeway", { usual: 30, least: 0, most: 300 }),
    stale,
    maxStaleness: number(maxStaleness, "maxStaleness", { usual: 15, least: 1, most: 3600 }),
    origins: acceptCookie === undefined ? undefined : checkOrigins(acceptCookie.origins),
    resource: resource === undefined ? undefined : checkResource(resource),
    cacheSize: number(cacheSize, "cacheSize", { usual: 10_000, least: 0, most: 1_000_000 }),
    log,
  };
}

function checkTrust({ issuer, audience, algorithms, secret, jwksUri, feed = true, ...unknown }: Trust): CheckedTrust {
  // Because a misspelt `audience` would otherwise be a check that never happens.
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw new TypeError(`createGuard knows no option \`${stranger}\``);
  const url = checkIssuer(issuer);
  if (typeof audience !== "string" || audience === "") throw new TypeError("createGuard needs `audience`: the name of this API in the claim `aud`");
  if (secret !== undefined && algorithms) throw new TypeError("`secret` means HS256: leave `algorithms` out");
  const named = (address: string | undefined, option: string): URL | undefined => (address === undefined ? undefined : checkNamed(address, option));
  return {
    issuer: url,
    audience,
    algorithms: secret === undefined ? checkAlgorithms(algorithms ?? ASYMMETRIC) : ["HS256"],
    secret: secret === undefined ? undefined : checkSecret(secret, url.origin === audience),
    jwksUri: named(jwksUri, "jwksUri"),
    feed: feed !== false && { uri: named(of(feed).uri, "feed.uri"), keysUri: named(of(feed).keysUri, "feed.keysUri"), token: of(feed).token },
  };
}

function of(feed: true | FeedOptions): FeedOptions {
  return feed === true ? {} : feed;
}

function checkAlgorithms(algorithms: readonly string[]): readonly string[] {
  const known: readonly string[] = ASYMMETRIC;
  if (algorithms.length === 0 || !algorithms.every((name) => known.includes(name))) {
    throw new TypeError(`\`algorithms\` are of ${known.join(", ")}; for HS256 give the \`secret\``);
  }
  return algorithms;
}

function checkSecret(secret: string | Uint8Array, isIssuersOwn: boolean): Uint8Array {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (bytes.length < 32) throw new TypeError("`secret` must have at least 32 bytes: `jotgate secret` makes one");
  if (/-----BEGIN|"kty"/.test(Buffer.from(bytes).toString("latin1"))) throw new TypeError("`secret` is a key in PEM or JWK: a public key is no secret");
  // Because every API with the secret could make tokens for the login server itself.
  if (isIssuersOwn) throw new TypeError("with a `secret` the audience cannot be the issuer itself");
  return bytes;
}

function checkOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    if (checkNamed(origin, "acceptCookie.origins").origin !== origin) throw new TypeError(`\`${origin}\` is no origin: scheme, host and port without a slash`);
  }
  if (origins.length === 0) throw new TypeError("`acceptCookie` needs the origins of your pages");
  return origins;
}

/** RFC 9728 section 3: the well-known path goes between host and path. */
function checkResource(given: string): { given: string; metadata: URL } {
  const { origin, pathname, search, hash } = checkNamed(given, "resource");
  if (search || hash) throw new TypeError("`resource` must have neither query nor fragment");
  return { given, metadata: new URL(`/.well-known/oauth-protected-resource${pathname.replace(/\/+$/, "")}`, origin) };
}

function number(value: number | undefined, name: string, { usual, least, most }: { usual: number; least: number; most: number }): number {
  const chosen = value ?? usual;
  if (!(chosen >= least && chosen <= most)) throw new TypeError(`\`${name}\` is a number from ${least} to ${most}`);
  return chosen;
}
