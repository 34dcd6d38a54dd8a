// Server-sent events (WHATWG HTML, section 9.2) out of bytes cut anywhere. Of the fields only `event` and `data` count.

/** Collects bytes and gives whole messages. */
export class EventReader {
  #pending = "";

  constructor(
    readonly name: string,
    readonly maxLength: number,
  ) {}

  /** The `data` of every message of our name that these bytes complete. Throws when one grows too long. */
  *push(bytes: Buffer): Generator<string> {
    // Latin-1, because a message is ASCII and no cut through a character is possible.
    this.#pending += bytes.toString("latin1").replaceAll("\r", "");
    let end: number;
    while ((end = this.#pending.indexOf("\n\n")) >= 0) {
      const lines = this.#pending.slice(0, end).split("\n");
      this.#pending = this.#pending.slice(end + 2);
      if (field(lines, "event") === this.name) yield field(lines, "data");
    }
    if (this.#pending.length > this.maxLength) throw new Error(`an event of more than ${this.maxLength} bytes`);
  }
}

function field(lines: readonly string[], name: string): string {
  const values = lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  return values.join("\n");
}
