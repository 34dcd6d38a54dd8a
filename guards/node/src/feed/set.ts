// What was revoked and may still be about, in memory: look-ups by digest, entries leave only by their `until`.
// Not here: where entries come from (follow.ts) and what follows from one (guard.ts).
import { createHash } from "node:crypto";

/** The first 8 bytes of a SHA-256, as two unsigned words: a bigint would be allocated at every look-up. */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

export type Kind = "session" | "token" | "subject" | "key";

/** The name under which the feed speaks of an id: SHA-256 over issuer, kind and id, each behind its length. */
export function digestOf(issuer: string, kind: Kind, id: string): Digest {
  const hash = createHash("sha256");
  for (const part of [issuer, kind, id]) {
    const length = Buffer.alloc(8);
    length.writeUInt32BE(Buffer.byteLength(part), 4);
    hash.update(length).update(part);
  }
  return digestAt(hash.digest(), 0);
}

export function digestAt(bytes: Buffer, offset: number): Digest {
  return { high: bytes.readUInt32BE(offset), low: bytes.readUInt32BE(offset + 4) };
}

/** The lists of one message, still packed as they travelled. */
export interface Lists {
  readonly sessions: Buffer;
  readonly tokens: Buffer;
  readonly subjects: Buffer;
  readonly keys: Buffer;
}

/** Bytes of a record: digest and `until`, and for subjects the epoch between them. */
export const RECORD = { plain: 12, subject: 20 } as const;

/** The revoked sessions, tokens and keys, and the epochs below which a subject's tokens no longer count. */
export class RevocationSet {
  // Sessions, tokens and keys share a table: their kind is part of the digest.
  readonly #plain = new Table(false);
  readonly #subjects = new Table(true);

  /** Takes all entries of a message in; of two about the same thing the later `until` and the higher epoch stay. */
  merge(lists: Lists): void {
    const plain = [lists.sessions, lists.tokens, lists.keys];
    this.#plain.reserve(plain.reduce((count, list) => count + list.length / RECORD.plain, 0));
    for (const list of plain) {
      for (let at = 0; at < list.length; at += RECORD.plain) {
        this.#plain.put(list.readUInt32BE(at), list.readUInt32BE(at + 4), list.readUInt32BE(at + 8), 0);
      }
    }
    const { subjects } = lists;
    this.#subjects.reserve(subjects.length / RECORD.subject);
    for (let at = 0; at < subjects.length; at += RECORD.subject) {
      const epoch = Number(subjects.readBigInt64BE(at + 8));
      this.#subjects.put(subjects.readUInt32BE(at), subjects.readUInt32BE(at + 4), subjects.readUInt32BE(at + 16), epoch);
    }
  }

  /** Whether this session, token or key is revoked. */
  has(digest: Digest): boolean {
    return this.#plain.has(digest);
  }

  /** Whether the subject's tokens of this epoch are revoked. */
  isOutdated(subject: Digest, epoch: number): boolean {
    return this.#subjects.valueOf(subject) > epoch;
  }

  /** Forgets what no token can still need at this time, in seconds since 1970. */
  prune(now: number): void {
    this.#plain.prune(now);
    this.#subjects.prune(now);
  }

  get size(): number {
    return this.#plain.count + this.#subjects.count;
  }
}

/**
 * Open addressing: digest (two words) and `until` side by side, 12 bytes a place, so that a search stays in one or two
 * cache lines. Digests are evenly spread, so their first bits are the place.
 */
class Table {
  count = 0;
  /** An `until` of 0 marks a free place: such an entry would have ended in 1970. */
  #words: Uint32Array;
  #values: Float64Array | undefined;

  constructor(withValues: boolean, places = LEAST) {
    this.#words = new Uint32Array(places * WORDS);
    this.#values = withValues ? new Float64Array(places) : undefined;
  }

  has({ high, low }: Digest): boolean {
    return this.#words[this.#find(high, low) + 2] !== 0;
  }

  valueOf({ high, low }: Digest): number {
    const at = this.#find(high, low);
    return this.#words[at + 2] === 0 ? -Infinity : (this.#values?.[at / WORDS] ?? -Infinity);
  }

  put(high: number, low: number, until: number, value: number): void {
    if (until === 0) return;
    if (this.count + 1 > this.#places * FULLEST) this.#rebuild(Math.ceil(this.#places * 1.5), 0);
    const at = this.#find(high, low);
    const words = this.#words;
    const isNew = words[at + 2] === 0;
    words[at] = high;
    words[at + 1] = low;
    words[at + 2] = Math.max(until, words[at + 2] ?? 0);
    if (this.#values) this.#values[at / WORDS] = isNew ? value : Math.max(value, this.#values[at / WORDS] ?? value);
    if (isNew) this.count += 1;
  }

  /** Room for so many in all, of which some may be here already. */
  reserve(count: number): void {
    if (count > this.#places * FULLEST) this.#rebuild(Math.ceil(count / FULLEST), 0);
  }

  prune(now: number): void {
    let expired = 0;
    for (let at = 2; at < this.#words.length; at += WORDS) {
      const until = this.#words[at] ?? 0;
      if (until !== 0 && until < now) expired += 1;
    }
    // Because a rebuild moves every entry, it waits until a quarter of them has gone.
    if (expired * 4 > this.count) this.#rebuild(Math.max(LEAST, Math.ceil((this.count - expired) / FULLEST)), now);
  }

  get #places(): number {
    return this.#words.length / WORDS;
  }

  /** Where the digest stands, or the free place where it would. There is always one. */
  #find(high: number, low: number): number {
    const words = this.#words;
    let at = Math.floor((high / 2 ** 32) * this.#places) * WORDS;
    while (words[at + 2] !== 0 && (words[at] !== high || words[at + 1] !== low)) {
      at = at + WORDS === words.length ? 0 : at + WORDS;
    }
    return at;
  }

  /** Moves what has not ended by `now` into as many places. */
  #rebuild(places: number, now: number): void {
    const grown = new Table(this.#values !== undefined, places);
    for (let at = 0; at < this.#words.length; at += WORDS) {
      const until = this.#words[at + 2] ?? 0;
      if (until >= now) grown.put(this.#words[at] ?? 0, this.#words[at + 1] ?? 0, until, this.#values?.[at / WORDS] ?? 0);
    }
    this.count = grown.count;
    this.#words = grown.#words;
    this.#values = grown.#values;
  }
}

/** Words of a place: high, low, until. */
const WORDS = 3;
const LEAST = 64;
/** Fuller than this, a search for what is not there grows long. */
const FULLEST = 0.75;
