// The two signed messages of the feed, read: an event says what changed, a snapshot what there is (the page is
// docs/revocation-feed.md). Not here: what a follower concludes from one (progress.ts).
import { compactVerify } from "jose";
import { decodeBase64url, parseObject, type JsonObject } from "../json.js";
import type { Key } from "../keys.js";
import { RECORD, type Lists } from "./set.js";

/** What both messages say. */
export interface Message {
  readonly era: string;
  readonly seq: number;
  /** When it was made, in whole seconds since 1970 by the issuer's clock. */
  readonly iat: number;
  /** How many seconds beyond the longest token an entry stays: a guard with more leeway must not rely on it. */
  readonly leeway: number;
  readonly lists: Lists;
}

/** Every unexpired entry with a number above `previous`, up to `seq`. */
export interface Event extends Message {
  readonly previous: number;
  readonly nonce: string | undefined;
}

/** Finds the feed's key for what a message says in its header. */
export type FindKey = (algorithm: string, kid: string | undefined) => Promise<Key>;

export async function readEvent(text: string, issuer: string, find: FindKey): Promise<Event> {
  const claims = await verify(text, issuer, find);
  const nonce = claims.nonce === undefined ? undefined : texts(claims, "nonce");
  const event = { ...read(claims), previous: whole(claims, "prev_seq"), nonce };
  if (event.previous > event.seq) throw new Error("the event's numbers run backwards");
  const isEmpty = Object.values(event.lists).every((packed: Buffer) => packed.length === 0);
  if (event.previous === event.seq && !isEmpty) throw new Error("a heartbeat with entries");
  return event;
}

export async function readSnapshot(text: string, issuer: string, find: FindKey): Promise<Message> {
  const claims = await verify(text, issuer, find);
  // Because an event holds only what changed, and in a snapshot's place would make the guard forget the rest.
  if (claims.prev_seq !== undefined) throw new Error("an event in the place of a snapshot");
  return read(claims);
}

async function verify(text: string, issuer: string, find: FindKey): Promise<JsonObject> {
  const header = parseObject(decodeBase64url(text.slice(0, Math.max(text.indexOf("."), 0))));
  if (header.typ !== TYP) throw new Error(`no message of type ${TYP}`);
  if (typeof header.alg !== "string" || (header.kid !== undefined && typeof header.kid !== "string")) {
    throw new Error("the message's header is malformed");
  }
  const key = await find(header.alg, header.kid);
  const { payload } = await compactVerify(text, key.material, { algorithms: [header.alg] });
  const claims = parseObject(payload);
  if (claims.iss !== issuer) throw new Error("the message comes from another issuer");
  return claims;
}

function read(claims: JsonObject): Message {
  const era = texts(claims, "era");
  if (!/^[\w-]{22}$/.test(era)) throw new Error("`era` is malformed");
  const numbers = { seq: whole(claims, "seq"), iat: whole(claims, "iat"), leeway: whole(claims, "feed_leeway") };
  const lists = {
    sessions: list(claims, "sessions", RECORD.plain),
    tokens: list(claims, "tokens", RECORD.plain),
    subjects: list(claims, "subjects", RECORD.subject),
    keys: list(claims, "keys", RECORD.plain),
  };
  return { era, ...numbers, lists };
}

function list(claims: JsonObject, name: keyof Lists, record: number): Buffer {
  const packed = claims[name] === undefined ? Buffer.alloc(0) : decodeBase64url(texts(claims, name));
  if (packed.length % record !== 0) throw new Error(`\`${name}\` ends within a record`);
  return packed;
}

function texts(claims: JsonObject, name: string): string {
  const value = claims[name];
  if (typeof value !== "string") throw new Error(`\`${name}\` is no text`);
  return value;
}

function whole(claims: JsonObject, name: string): number {
  const value = claims[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error(`\`${name}\` is no whole number`);
  return value as number;
}

const TYP = "revocations+jwt";
