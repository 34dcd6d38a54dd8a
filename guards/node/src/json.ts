// JSON of tokens and what surrounds it: strictly UTF-8, one value for every name, bounded depth (RFC 7515 section 4,
// RFC 8725 section 2.4). Not here: what the members mean.

/** A JSON object that came from outside: every member is to be looked at before it is believed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Why a text is not taken; the catalogue's code. */
export class Malformed extends Error {
  constructor(readonly reason: "malformed.base64" | "malformed.utf8" | "malformed.json" | "malformed.claims_not_object" | "malformed.depth" | "malformed.duplicate_member") {
    super(reason);
  }
}

/** base64url in its one form: no padding, no white space, no bits set beyond the end. */
export function decodeBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  // Because Node skips what it does not know, and two texts for one token are two keys of a cache or a deny list.
  if (bytes.toString("base64url") !== text) throw new Malformed("malformed.base64");
  return bytes;
}

/** Reads an object. A name that occurs twice is refused, because `JSON.parse` takes the last and another reader the first. */
export function parseObject(bytes: Uint8Array): JsonObject {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Malformed("malformed.utf8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("malformed.json");
  }
  if (!isObject(value)) throw new Malformed("malformed.claims_not_object");
  checkStructure(text);
  return value;
}

/** Neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every element is a text. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

/** Walks over JSON that `JSON.parse` has found good: only strings, brackets and colons are left to tell apart. */
function checkStructure(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{" || character === "[") {
      if (open.push(new Set()) > MAX_DEPTH) throw new Malformed("malformed.depth");
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (text[afterSpace(text, end)] === ":") checkName(open.at(-1), text.slice(at, end));
      at = end - 1;
    }
  }
}

/** Behind the closing quote of the string that begins here. Not by a pattern: that of a snapshot has megabytes. */
function endOfString(text: string, start: number): number {
  for (let end = start + 1; ; end += 1) {
    end = text.indexOf('"', end);
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (" \t\n\r".includes(text[at] ?? "x")) at += 1;
  return at;
}

function checkName(names: Set<string> | undefined, quoted: string): void {
  const name = JSON.parse(quoted) as string;
  if (names?.has(name)) throw new Malformed("malformed.duplicate_member");
  names?.add(name);
}

const MAX_DEPTH = 32;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
