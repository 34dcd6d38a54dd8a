// The follower: keeps the set in step with the issuer's feed, over one connection that it opens again whenever it ends.
// What an event means stands in progress.ts; here are only connections, timers and the order of steps.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { call, open } from "../http.js";
import type { KeyRing } from "../keys.js";
import { readEvent, readSnapshot, type FindKey, type Message } from "./message.js";
import { NOTHING, endOfEntries, isEnough, onFirst, onNext, withSnapshot, type Progress, type Step } from "./progress.js";
import { RevocationSet, digestAt, RECORD, type Digest } from "./set.js";
import { EventReader } from "./stream.js";

export interface FeedSettings {
  readonly issuer: string;
  readonly locate: () => Promise<URL>;
  /** The feed's own keys: never those that sign tokens. */
  readonly keys: KeyRing;
  /** For a feed that is not public: an access token of ours with the scope `revocations`. */
  readonly token: (() => Promise<string>) | undefined;
  /** The guard's own leeway in seconds. */
  readonly leeway: number;
  readonly onRevokedKeys: (digests: readonly Digest[]) => void;
  readonly log: (message: string) => void;
}

export class Follower {
  readonly set = new RevocationSet();
  /** Settles with the first load; a guard that has just started waits for it a moment. */
  readonly loaded: Promise<void>;
  #markLoaded: () => void = () => undefined;
  #progress: Progress = NOTHING;
  #stop = new AbortController();
  #settings: FeedSettings;
  connections = 0;
  alarms = 0;

  constructor(settings: FeedSettings) {
    this.#settings = settings;
    this.loaded = new Promise((resolve) => (this.#markLoaded = resolve));
  }

  start(): void {
    void this.#run();
    const pruning = setInterval(() => {
      this.set.prune(endOfEntries(this.#progress, performance.now(), Date.now() / 1000));
    }, PRUNE_MS);
    pruning.unref();
    this.#stop.signal.addEventListener("abort", () => clearInterval(pruning));
  }

  close(): void {
    this.#stop.abort();
  }

  /** Seconds for which nothing is known of the feed; infinite before the first load. */
  age(): number {
    return (performance.now() - this.#progress.freshAtMs) / 1000;
  }

  get position(): Progress["position"] {
    return this.#progress.position;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#connection(() => (failures = 0));
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        failures += 1;
        if (failures === 1) this.#settings.log(`revocation feed of ${this.#settings.issuer}: ${(error as Error).message}`);
      }
      const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.max(failures - 1, 0), SLOWEST_RETRY_MS);
      // Jitter, because all guards lose their connection at the same moment.
      await this.#pause(wait * (0.5 + Math.random() / 2)).catch(() => undefined);
    }
  }

  /** One connection from its request to its end. */
  async #connection(onGood: () => void): Promise<void> {
    const { position } = this.#progress;
    const url = new URL(await this.#settings.locate());
    const nonce = randomBytes(16).toString("base64url");
    url.searchParams.set("nonce", nonce);
    const headers: Record<string, string> = { ...(await this.#authorization()), Accept: "text/event-stream" };
    if (position) headers["Last-Event-ID"] = `${position.era}:${position.seq}`;

    const sentAtMs = performance.now();
    const sentAtWall = Date.now() / 1000;
    const stream = await open(url, { headers, signal: this.#stop.signal });
    // Because a process with nothing else to do should end.
    stream.socket.unref();
    this.connections += 1;
    const silence = new Silence(() => stream.destroy(new Error(`no heartbeat in ${SILENCE_MS} ms`)));
    try {
      if (stream.statusCode !== 200) throw new Error(`the stream answered ${stream.statusCode}`);
      const reader = new EventReader("revocations", MAX_EVENT_BYTES);
      let isFirst = true;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        silence.broken();
        for (const text of reader.push(chunk)) {
          const event = await readEvent(text, this.#settings.issuer, this.#find);
          const step = isFirst ? onFirst(this.#progress, event, sentAtMs, nonce) : onNext(this.#progress, event, performance.now());
          if (isFirst) this.#greet(event, sentAtWall);
          isFirst = false;
          await this.#take(step, event);
          onGood();
          if (step.reconnect) return;
        }
      }
      throw new Error("the stream ended");
    } finally {
      silence.end();
      stream.destroy();
    }
  }

  /** What is worth a word at the beginning of a connection. */
  #greet(event: Message, sentAtWall: number): void {
    const { leeway, log } = this.#settings;
    if (event.leeway < leeway) {
      throw new Error(`this guard allows ${leeway} s of leeway, the feed keeps entries only for ${event.leeway} s: make \`leeway\` smaller`);
    }
    const offset = Math.round(event.iat - sentAtWall);
    if (Math.abs(offset) > WORRYING_OFFSET) log(`this machine's clock is ${Math.abs(offset)} s ${offset > 0 ? "behind" : "ahead of"} the login server's`);
  }

  /** Entries first, then the news that they are there: whoever reads in between sees too little freshness, never too much. */
  async #take(step: Step, event: Message): Promise<void> {
    if (step.alarm) {
      this.alarms += 1;
      this.#settings.log(step.alarm);
    }
    this.#merge(event);
    const after = step.load ? withSnapshot(step, await this.#load(step.load)) : step.after;
    this.#progress = after;
    this.#markLoaded();
  }

  async #load(wanted: NonNullable<Step["load"]>): Promise<Message> {
    for (let pause = FIRST_RETRY_MS; ; pause *= 2) {
      const headers = { ...(await this.#authorization()), Accept: "application/jwt" };
      const url = await this.#settings.locate();
      const answer = await call(url, { headers, maxBytes: MAX_SNAPSHOT_BYTES, bodyMs: SNAPSHOT_MS, signal: this.#stop.signal });
      if (answer.status !== 200) throw new Error(`the snapshot answered ${answer.status}`);
      const snapshot = await readSnapshot(answer.body.toString("latin1").trim(), this.#settings.issuer, this.#find);
      this.#merge(snapshot);
      if (isEnough(wanted, snapshot)) return snapshot;
      if (pause > SLOWEST_RETRY_MS) throw new Error("the snapshot stays behind the stream");
      await this.#pause(pause);
    }
  }

  #merge({ lists }: Message): void {
    this.set.merge(lists);
    const digests: Digest[] = [];
    for (let at = 0; at < lists.keys.length; at += RECORD.plain) digests.push(digestAt(lists.keys, at));
    if (digests.length > 0) this.#settings.onRevokedKeys(digests);
  }

  readonly #find: FindKey = (algorithm, kid) => this.#settings.keys.find(algorithm, kid);

  async #authorization(): Promise<Record<string, string>> {
    const token = await this.#settings.token?.();
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { ref: false, signal: this.#stop.signal });
  }
}

/** Calls when nothing was heard for too long. */
class Silence {
  #timer: NodeJS.Timeout;

  constructor(tooLong: () => void) {
    this.#timer = setTimeout(tooLong, SILENCE_MS);
    this.#timer.unref();
  }

  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 5_000;
/** The issuer sends a heartbeat every 5 s. */
const SILENCE_MS = 12_000;
const SNAPSHOT_MS = 30_000;
const PRUNE_MS = 30_000;
const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;
/** Seconds: below, the whole seconds of both clocks and the way in between explain it. */
const WORRYING_OFFSET = 60;
