// One issuer at work: its keys, its feed, and the question whether a token is good right now.
import { Discovery } from "./address.js";
import { Follower } from "./feed/follow.js";
import { call } from "./http.js";
import { parseObject, type JsonObject } from "./json.js";
import { KeyRing, secretKey, type Key } from "./keys.js";
import type { CheckedOptions, CheckedTrust } from "./options.js";
import { CATALOGUE, Refused, type Reason } from "./refused.js";
import type { Verifier } from "./verify.js";

export interface IssuerMetrics {
  readonly issuer: string;
  readonly keyFetches: number;
  /** `age` in seconds since everything revoked was known; infinite before the first load. */
  readonly feed: { readonly entries: number; readonly age: number; readonly seq: number | undefined; readonly connections: number; readonly alarms: number } | undefined;
}

export class Issuer implements Verifier {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly feed: Follower | undefined;
  readonly #rings: KeyRing[] = [];
  readonly #secret: Promise<Key> | undefined;

  constructor({ issuer, audience, algorithms, secret, jwksUri, feed }: CheckedTrust, { leeway, log }: CheckedOptions) {
    this.issuer = issuer.origin;
    this.audience = audience;
    this.algorithms = algorithms;
    const discovery = new Discovery(issuer);
    const at = (named: URL | undefined, member: "jwks" | "revocations" | "revocationKeys") => async (): Promise<URL> => {
      const found = named ?? (await discovery.metadata())[member];
      if (!found) throw new Error(`${this.issuer} has no ${member} in its metadata${member === "jwks" ? "" : ": without a feed say `feed: false`"}`);
      return found;
    };
    if (secret) this.#secret = secretKey(secret, this.issuer);
    else this.#rings.push(new KeyRing(this.issuer, at(jwksUri, "jwks"), algorithms, log));
    if (feed) {
      // A feed key verifies nothing but the feed, and no token key verifies the feed: two rings.
      const keys = new KeyRing(this.issuer, at(feed.keysUri, "revocationKeys"), ["ES256"], () => undefined);
      const [tokenKeys] = this.#rings;
      this.feed = new Follower({ issuer: this.issuer, locate: at(feed.uri, "revocations"), keys, token: feed.token, leeway, onRevokedKeys: (digests) => tokenKeys?.ban(digests), log });
      this.#rings.push(keys);
    }
    for (const ring of this.#rings) ring.start();
    this.feed?.start();
  }

  readonly findKey = async (algorithm: string, kid: string | undefined): Promise<Key> => {
    const [ring] = this.#rings;
    if (this.#secret) return this.#secret;
    if (!ring) throw new Refused("key.unknown_kid");
    return ring.find(algorithm, kid);
  };

  /** Asks the issuer whether the token is good right now. Throws its refusal, or `revocations.stale` when it cannot be asked. */
  async ask(token: string, subject: string): Promise<void> {
    const url = new URL("/v1/verify", this.issuer);
    url.searchParams.set("aud", this.audience);
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    const answer = await call(url, { headers, maxBytes: 64 * 1024 }).catch(() => undefined);
    const said = answer && bodyOf(answer.body);
    // Only the issuer's own words count, because a page of some proxy in between is a 200 too.
    if (answer?.status === 200 && said?.active === true && said.sub === subject) return;
    throw answer && said ? refusalIn(answer.status, said) : unasked();
  }

  close(): void {
    for (const ring of this.#rings) ring.close();
    this.feed?.close();
  }

  metrics(): IssuerMetrics {
    const { feed } = this;
    const keyFetches = this.#rings.reduce((sum, ring) => sum + ring.fetches, 0);
    return {
      issuer: this.issuer,
      keyFetches,
      feed: feed && { entries: feed.set.size, age: feed.age(), seq: feed.position?.seq, connections: feed.connections, alarms: feed.alarms },
    };
  }
}

function bodyOf(body: Buffer): JsonObject | undefined {
  try {
    return parseObject(body);
  } catch {
    return undefined;
  }
}

function refusalIn(status: number, { reason }: JsonObject): Refused {
  const isKnown = typeof reason === "string" && Object.hasOwn(CATALOGUE, reason);
  const refused = isKnown ? new Refused(reason as Reason) : unasked();
  return refused.status === status && [401, 403].includes(status) ? refused : unasked();
}

function unasked(): Refused {
  return new Refused("revocations.stale", { detail: "Whether the token was taken back could not be asked of its issuer. The token may well be good." });
}
