// The keys of one issuer: fetched lazily, renewed ahead of time, kept for a while when the issuer is away, and asked for
// again when a token names one not seen yet. The key carries its algorithm; the token only names the key (RFC 8725 3.1).
import { calculateJwkThumbprint, importJWK, type CryptoKey, type JWK } from "jose";
import { fetchKeySet } from "./address.js";
import type { Digest } from "./feed/set.js";
import { digestOf } from "./feed/set.js";
import { isTexts, type JsonObject } from "./json.js";
import { Refused, shown, type Reason } from "./refused.js";

/** A key that checks signatures, and what it checks. */
export interface Key {
  readonly kid: string | undefined;
  readonly algorithm: string;
  readonly material: CryptoKey | Uint8Array;
  /** The name under which the feed revokes it. */
  readonly digest: Digest;
  /** False from the moment it is withdrawn or revoked: what was verified with it before counts no more. */
  live: boolean;
}

export const ASYMMETRIC = ["ES256", "ES384", "ES512", "Ed25519", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"] as const;
export type Algorithm = (typeof ASYMMETRIC)[number];

/** Fetched keys and the rules by which they are fetched. */
export class KeyRing {
  #keys: Key[] = [];
  #unusable = new Map<string, Reason>();
  /** Digests of revoked keys, for as long as the process lives: whoever holds such a key can make tokens for ever. */
  readonly #banned = new Set<string>();
  /** Their names, so that a token of such a key hears why, also when no key set has it any more. */
  readonly #bannedNames = new Set<string>();
  #flight: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #loadedAt = -Infinity;
  #failedAt = -Infinity;
  #missedAt = -Infinity;
  #failures = 0;
  #closed = false;
  fetches = 0;

  constructor(
    readonly issuer: string,
    readonly locate: () => Promise<URL>,
    readonly algorithms: readonly string[],
    readonly log: (message: string) => void,
  ) {}

  /** Starts to fetch; nobody has to wait for it. */
  start(): void {
    void this.#load().catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The one key for a token that says this in its header. */
  async find(algorithm: string, kid: string | undefined): Promise<Key> {
    if (performance.now() - this.#loadedAt > KEPT_MS) await this.#loadOrRefuse();
    const found = this.#select(algorithm, kid);
    if (found !== "key.unknown_kid") return this.#taken(found, kid);
    // Whoever comes while a key set is on its way waits for it: the first token with a new key is seldom alone.
    if (this.#flight) await this.#flight.catch(() => undefined);
    const isKnown = this.#select(algorithm, kid) !== "key.unknown_kid";
    if (!isKnown && performance.now() - this.#missedAt >= COOL_DOWN_MS) {
      // Once per cool-down, however many names are made up: the issuer must not feel it.
      this.#missedAt = performance.now();
      await this.#loadOrRefuse();
    }
    return this.#taken(this.#select(algorithm, kid), kid);
  }

  /** Drops keys that the feed revoked and never takes them back from any key set. */
  ban(digests: readonly Digest[]): void {
    for (const digest of digests) this.#banned.add(nameOf(digest));
    const before = this.#keys.length;
    this.#keys = this.#keys.filter((key) => this.#keep(key));
    // The issuer signs with another key from now on, which may be new to us.
    if (this.#keys.length < before) this.start();
  }

  #keep(key: Key): boolean {
    if (!this.#banned.has(nameOf(key.digest))) return true;
    key.live = false;
    this.#bannedNames.add(key.kid ?? "");
    return false;
  }

  #taken(found: Key | Reason, kid: string | undefined): Key {
    if (typeof found !== "string") return found;
    throw new Refused(found, found === "key.unknown_kid" ? { received: kid === undefined ? "no `kid`" : shown(kid) } : {});
  }

  #select(algorithm: string, kid: string | undefined): Key | Reason {
    const named = kid === undefined ? this.#keys : this.#keys.filter((key) => key.kid === kid);
    const unusable = this.#bannedNames.has(kid ?? "") ? "revoked.key" : this.#unusable.get(kid ?? "");
    if (named.length === 0 && unusable) return unusable;
    // A key without a name stands for any name.
    const candidates = named.length > 0 ? named : this.#keys.filter((key) => key.kid === undefined);
    if (candidates.length === 0) return "key.unknown_kid";
    const [first, ...others] = candidates.filter((key) => sameAlgorithm(key.algorithm, algorithm));
    if (!first) return "alg.key_mismatch";
    return others.some((key) => nameOf(key.digest) !== nameOf(first.digest)) ? "key.ambiguous" : first;
  }

  async #loadOrRefuse(): Promise<void> {
    const justFailed = performance.now() - this.#failedAt < AFTER_FAILURE_MS;
    if (justFailed && !this.#flight) throw unreachable();
    await this.#load().catch(() => {
      throw unreachable();
    });
  }

  #load(): Promise<void> {
    this.#flight ??= this.#fetch()
      .then(
        (maxAge) => {
          this.#failures = 0;
          // Ahead of its end, and not all guards of a fleet in the same second.
          this.#schedule(maxAge * 1000 * (0.7 + Math.random() * 0.2));
        },
        (error: Error) => {
          this.#failedAt = performance.now();
          this.#schedule(Math.min(AFTER_FAILURE_MS * 2 ** this.#failures, SLOWEST_RETRY_MS));
          if (this.#failures++ === 0) this.log(`keys of ${this.issuer} cannot be fetched: ${error.message}`);
          throw error;
        },
      )
      .finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.start(), ms);
    this.#timer.unref();
  }

  async #fetch(): Promise<number> {
    this.fetches += 1;
    const { keys, maxAge } = await fetchKeySet(await this.locate());
    const unusable = new Map<string, Reason>();
    const taken: Key[] = [];
    for (const jwk of keys as JsonObject[]) {
      const key = await readKey(jwk, this.issuer, this.algorithms);
      if (typeof key !== "string") taken.push(key);
      else unusable.set(typeof jwk.kid === "string" ? jwk.kid : "", key);
    }
    if (taken.length === 0) throw new Error("there is no usable key in it");
    this.#replace(taken, unusable);
    this.#loadedAt = performance.now();
    return maxAge;
  }

  #replace(taken: readonly Key[], unusable: Map<string, Reason>): void {
    const known = new Map(this.#keys.map((key) => [`${nameOf(key.digest)} ${key.algorithm} ${key.kid}`, key]));
    this.#unusable = unusable;
    // A key that stays is the same object as before, so that tokens verified with it still count.
    const fresh = taken.map((key) => known.get(`${nameOf(key.digest)} ${key.algorithm} ${key.kid}`) ?? key);
    for (const gone of this.#keys) if (!fresh.includes(gone)) gone.live = false;
    this.#keys = fresh.filter((key) => this.#keep(key));
  }
}

/** A shared secret in place of fetched keys. */
export async function secretKey(secret: Uint8Array, issuer: string): Promise<Key> {
  const thumbprint = await calculateJwkThumbprint({ kty: "oct", k: Buffer.from(secret).toString("base64url") });
  return { kid: undefined, algorithm: "HS256", material: secret, digest: digestOf(issuer, "key", thumbprint), live: true };
}

/** The key, or why it cannot be used. */
async function readKey(jwk: JsonObject, issuer: string, algorithms: readonly string[]): Promise<Key | Reason> {
  const { alg, kid, use, key_ops: operations } = jwk;
  if (kid !== undefined && typeof kid !== "string") return "key.malformed";
  if (use !== undefined && use !== "sig") return "key.wrong_use";
  if (operations !== undefined && !(isTexts(operations) && operations.includes("verify"))) return "key.wrong_use";
  // Because a key that is public and could also sign is everybody's.
  if (jwk.kty === "oct" || "d" in jwk) return "key.unsupported";
  if (alg === undefined) return "key.missing_alg";
  if (typeof alg !== "string" || !algorithms.includes(alg)) return "alg.not_allowed";
  try {
    const material = (await importJWK(jwk as JWK, alg)) as CryptoKey;
    const { modulusLength } = material.algorithm as { modulusLength?: number };
    if (modulusLength !== undefined && modulusLength < 2048) return "key.too_small";
    const digest = digestOf(issuer, "key", await calculateJwkThumbprint(jwk as JWK));
    return { kid, algorithm: alg, material, digest, live: true };
  } catch {
    return "key.malformed";
  }
}

/** `EdDSA` is the older name of Ed25519 (RFC 9864). */
function sameAlgorithm(a: string, b: string): boolean {
  const today = (name: string): string => (name === "EdDSA" ? "Ed25519" : name);
  return today(a) === today(b);
}

function nameOf({ high, low }: Digest): string {
  return `${high}.${low}`;
}

function unreachable(): Refused {
  return new Refused("keys.unreachable", { detail: "The issuer's keys cannot be fetched. The token may well be good: try again." });
}

/** How long keys count without a word from the issuer: its outage must not become ours, nor last for ever. */
const KEPT_MS = 24 * 3_600_000;
const COOL_DOWN_MS = 5_000;
const AFTER_FAILURE_MS = 1_000;
const SLOWEST_RETRY_MS = 30_000;
