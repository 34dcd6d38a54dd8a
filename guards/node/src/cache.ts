// Tokens verified before, so that a second look spares the signature and nothing else: time and revocation are judged
// by whoever takes an entry out. Bounded; the one not used for longest goes first.
import { createHash } from "node:crypto";

export class Cache<Entry> {
  readonly #entries = new Map<string, Entry>();

  constructor(readonly most: number) {}

  /** The name of a token here: its SHA-256, so that no token lies about in memory longer than its request. */
  static keyOf(token: string): string {
    return createHash("sha256").update(token).digest("base64");
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion: the first is the one not used for longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, entry: Entry): void {
    if (this.most === 0) return;
    if (this.#entries.size >= this.most) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
