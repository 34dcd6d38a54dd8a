// What a follower of the feed knows, and what follows from each event: values in, values out, no clock and no network.
// Times named `...Ms` are of the guard's own monotonic clock, others in seconds of the issuer's.
import type { Event, Message } from "./message.js";

export interface Progress {
  /** Up to where the entries are known; nothing before the first snapshot. */
  readonly position: { readonly era: string; readonly seq: number } | undefined;
  /** Everything revoked before this moment is known. */
  readonly freshAtMs: number;
  /** Of the connection: when its request was sent, and the issuer's time when it was answered. */
  readonly anchor: { readonly sentAtMs: number; readonly iat: number; readonly lastIat: number } | undefined;
}

export const NOTHING: Progress = { position: undefined, freshAtMs: -Infinity, anchor: undefined };

/** What to do with an event. */
export interface Step {
  /** What is known once the event's entries, and those of the snapshot if one is needed, are in the set. */
  readonly after: Progress;
  /** Entries are missing that only a snapshot of this era, with at least this number, has. */
  readonly load: { readonly era: string; readonly seq: number } | undefined;
  /** Something that never happens to an issuer that was not restored, and is not attacked. */
  readonly alarm: string | undefined;
  /** The issuer's clock went back: only a new connection can tell how old its messages are. */
  readonly reconnect: boolean;
}

/** The first event of a connection, whose request was sent at `sentAtMs` with `nonce`. Throws when it is no answer to it. */
export function onFirst(known: Progress, event: Event, sentAtMs: number, nonce: string): Step {
  // Because a recorded stream could be played again for ever; the nonce proves that this one began after the request.
  if (event.nonce !== nonce) throw new Error("the stream does not answer this request");
  const anchor = { sentAtMs, iat: event.iat, lastIat: event.iat };
  return follow({ ...known, anchor }, event, Math.max(known.freshAtMs, sentAtMs), false);
}

/** Any later event, read at `nowMs`. */
export function onNext(known: Progress, event: Event, nowMs: number): Step {
  const { anchor, freshAtMs } = known;
  if (!anchor) throw new Error("an event before the first");
  const goesBack = event.iat < anchor.lastIat;
  // By the issuer's clock since the anchor, not by the time of arrival: an event that was held back is as old as it is.
  // Never later than now, however the issuer's clock jumps.
  const made = Math.min(anchor.sentAtMs + (event.iat - anchor.iat) * 1000, nowMs);
  const fresh = goesBack ? freshAtMs : Math.max(freshAtMs, made);
  const lastIat = Math.max(anchor.lastIat, event.iat);
  return follow({ ...known, anchor: { ...anchor, lastIat } }, event, fresh, goesBack);
}

/** Whether a snapshot has everything that `load` asks for; one out of a cache may be a moment old. */
export function isEnough(load: NonNullable<Step["load"]>, snapshot: Message): boolean {
  return snapshot.era === load.era && snapshot.seq >= load.seq;
}

/** What is known with that snapshot in the set. */
export function withSnapshot({ after }: Step, { era, seq }: Message): Progress {
  return { ...after, position: { era, seq } };
}

function follow(known: Progress, event: Event, freshAtMs: number, reconnect: boolean): Step {
  const { position } = known;
  const { era, seq, previous } = event;
  const isNewEra = position !== undefined && position.era !== era;
  const goesBack = position !== undefined && position.era === era && seq < position.seq;
  const needsSnapshot = position === undefined || isNewEra || goesBack || previous > position.seq;
  const after = { ...known, freshAtMs, position: { era, seq } };
  let alarm: string | undefined;
  if (isNewEra) alarm = "the feed began a new era: the login server was restored from a backup";
  if (goesBack) alarm = `the feed went back from entry ${position.seq} to ${seq}: a node that lags behind, or somebody replays it`;
  return { after, load: needsSnapshot ? { era, seq } : undefined, alarm, reconnect };
}

/**
 * The issuer's time, in seconds, by which entries end: the earlier of the guard's wall clock and the time counted on
 * from the connection's first event. An entry leaves only when both are past it, because the guard judges `exp` by its
 * own wall clock: with one that is slow a revoked token lives longer here, and its entry has to as well.
 */
export function endOfEntries({ anchor }: Progress, nowMs: number, wallSeconds: number): number {
  return anchor ? Math.min(anchor.iat + (nowMs - anchor.sentAtMs) / 1000, wallSeconds) : -Infinity;
}
