// The guard: who calls, by a token that is checked here and now. The order of the checks stands in `#check`.
import { Cache } from "./cache.js";
import { checkTimes, type AccessClaims } from "./claims.js";
import { expressOf, fastifyOf, type ExpressHandler, type FastifyHook, type House } from "./frameworks.js";
import type { Follower } from "./feed/follow.js";
import { digestOf, type Digest } from "./feed/set.js";
import { Issuer, type IssuerMetrics } from "./issuer.js";
import type { Key } from "./keys.js";
import { checkOptions, type CheckedOptions, type GuardOptions } from "./options.js";
import { Refused, type Reason } from "./refused.js";
import { missing, tokenOf, type CookieRules, type RawRequest } from "./request.js";
import type { Auth, Rule } from "./rules.js";
import { verify } from "./verify.js";

/** A guard for the issuer and audience given; it begins to fetch at once and waits for nothing. */
export function createGuard(options: GuardOptions): Guard {
  return new Guard(checkOptions(options));
}

/** What happened so far, for a metrics page. */
export interface Metrics {
  readonly accepted: number;
  readonly refused: Readonly<Partial<Record<Reason, number>>>;
  readonly cachedTokens: number;
  readonly issuers: readonly IssuerMetrics[];
}

export class Guard {
  readonly #options: CheckedOptions;
  readonly #issuers: readonly Issuer[];
  readonly #cache: Cache<Known>;
  readonly #cookie: CookieRules | undefined;
  readonly #house: House;
  readonly #begun = performance.now();
  readonly #refused: Partial<Record<Reason, number>> = {};
  #accepted = 0;

  /** Use `createGuard`. */
  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#cache = new Cache(options.cacheSize);
    this.#issuers = options.trusted.map((trust) => new Issuer(trust, options));
    const [first] = options.trusted;
    this.#cookie = options.origins && first ? { name: cookieName(first.issuer), origins: options.origins } : undefined;
    this.#house = { issuer: first?.issuer.origin ?? "", metadata: options.resource?.metadata.href };
  }

  /** Ends connections and timers. A guard that is closed checks no more. */
  close(): void {
    for (const issuer of this.#issuers) issuer.close();
  }

  /** Checks a token and these rules. Throws `Refused`. */
  check(token: string, ...rules: Rule[]): Promise<Auth> {
    return this.#counted(() => this.#check(token, rules));
  }

  /** Checks the token of a request and these rules. Throws `Refused`. */
  authenticate(request: RawRequest, ...rules: Rule[]): Promise<Auth> {
    return this.#counted(() => {
      const token = tokenOf(request, this.#cookie);
      if (token === undefined) throw missing(request);
      return this.#check(token, rules);
    });
  }

  /** As `authenticate`, and a request without a token is nobody's; a *bad* token is refused all the same. */
  authenticateOptional(request: RawRequest): Promise<Auth | undefined> {
    return this.#counted(async () => {
      const token = tokenOf(request, this.#cookie);
      return token === undefined ? undefined : this.#check(token, []);
    });
  }

  /** Middleware for Express, for all routes or one: sets `req.auth`. */
  express(...rules: Rule[]): ExpressHandler {
    return expressOf((request) => this.authenticate(request, ...rules), this.#house);
  }

  /** As `express`, for routes that also serve people who are not logged in. */
  expressOptional(): ExpressHandler {
    return expressOf((request) => this.authenticateOptional(request), this.#house);
  }

  /** An `onRequest` hook for Fastify, for all routes or one: sets `request.auth`. */
  fastify(...rules: Rule[]): FastifyHook {
    return fastifyOf((request) => this.authenticate(request, ...rules), this.#house);
  }

  /** As `fastify`, for routes that also serve people who are not logged in. */
  fastifyOptional(): FastifyHook {
    return fastifyOf((request) => this.authenticateOptional(request), this.#house);
  }

  /** The API's own metadata (RFC 9728) and the path to serve them at, when the guard was told the API's address. */
  resourceMetadata(): { readonly path: string; readonly document: object } | undefined {
    const { resource, trusted } = this.#options;
    if (!resource) return undefined;
    const servers = trusted.map(({ issuer }) => issuer.origin);
    const document = { resource: resource.given, authorization_servers: servers, bearer_methods_supported: ["header"] };
    return { path: resource.metadata.pathname, document };
  }

  metrics(): Metrics {
    const issuers = this.#issuers.map((issuer) => issuer.metrics());
    return { accepted: this.#accepted, refused: { ...this.#refused }, cachedTokens: this.#cache.size, issuers };
  }

  async #counted<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refused) this.#refused[error.reason] = (this.#refused[error.reason] ?? 0) + 1;
      throw error;
    }
  }

  async #check(token: string, rules: readonly Rule[]): Promise<Auth> {
    const known = await this.#known(token);
    checkTimes(known.auth.claims, Date.now() / 1000, this.#options.leeway);
    await this.#checkRevoked(known, token);
    const confirm = (seconds: number): Promise<void> => this.#confirm(known, token, seconds);
    for (const rule of rules) await rule.check(known.auth, confirm);
    this.#accepted += 1;
    return known.auth;
  }

  async #known(token: string): Promise<Known> {
    const name = Cache.keyOf(token);
    const known = this.#cache.get(name);
    if (known?.key.live) return known;
    const { claims, key, by } = await verify(token, this.#issuers);
    const fresh = knownFrom(claims, key, by);
    this.#cache.set(name, fresh);
    return fresh;
  }

  /** What is known to be revoked is refused in any case; only then it counts how old that knowledge is. */
  async #checkRevoked(known: Known, token: string): Promise<void> {
    const { feed } = known.by;
    if (!feed) return;
    if (feed.age() === Infinity) await this.#firstLoad(feed);
    const reason = revokedBy(feed, known);
    if (reason) throw new Refused(reason);
    if (feed.age() <= this.#options.maxStaleness || this.#options.stale === "accept") return;
    if (this.#options.stale === "reject") throw new Refused("revocations.stale");
    await known.by.ask(token, known.auth.subject);
  }

  /** Just started: the first callers wait a moment instead of hearing that the guard is not ready. */
  async #firstLoad(feed: Follower): Promise<void> {
    const left = FIRST_LOAD_MS - (performance.now() - this.#begun);
    if (left <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([feed.loaded, new Promise((resolve) => (timer = setTimeout(resolve, left)))]);
    clearTimeout(timer);
  }

  async #confirm(known: Known, token: string, seconds: number): Promise<void> {
    if (performance.now() - known.confirmedAt < seconds * 1000) return;
    const askedAt = performance.now();
    await known.by.ask(token, known.auth.subject);
    known.confirmedAt = askedAt;
  }
}

/** A token whose signature and claims are good, with what the later checks need. */
interface Known {
  readonly auth: Auth;
  readonly key: Key;
  readonly by: Issuer;
  readonly session: Digest | undefined;
  readonly token: Digest;
  readonly subject: Digest;
  /** When the issuer last called it good, by the monotonic clock. */
  confirmedAt: number;
}

function knownFrom(claims: AccessClaims, key: Key, by: Issuer): Known {
  const { iss, sub, sid, jti, client_id, scope, roles } = claims;
  const words = scope?.split(" ").filter((word) => word !== "") ?? [];
  const auth: Auth = deepFreeze({ subject: sub, issuer: iss, session: sid, client: client_id, scope: words, roles: roles ?? [], claims });
  const session = sid === undefined ? undefined : digestOf(iss, "session", sid);
  return { auth, key, by, session, token: digestOf(iss, "token", jti), subject: digestOf(iss, "subject", sub), confirmedAt: -Infinity };
}

function revokedBy({ set }: Follower, { auth, key, session, token, subject }: Known): Reason | undefined {
  if (session && set.has(session)) return "revoked.session";
  if (set.has(token)) return "revoked.token";
  if (set.isOutdated(subject, auth.claims.epoch)) return "revoked.subject";
  return set.has(key.digest) ? "revoked.key" : undefined;
}

/** The same object serves many requests: one handler must not change what another reads. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

/** As the login server names it: `__Host-` needs https, and cookies do not tell ports apart. */
function cookieName(issuer: URL): string {
  return issuer.protocol === "https:" ? "__Host-jotgate_access" : `jotgate_access_${issuer.port || "80"}`;
}

const FIRST_LOAD_MS = 5_000;
