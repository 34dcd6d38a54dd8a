// A browser without a browser: fake clocks, storage, channels and locks shared by several "tabs", and a server that keeps
// the refresh rule of docs/refresh-tokens.md with its four cookie slots. Every test begins with `world()`.
import { setMaxListeners } from "node:events";
import { vi } from "vitest";
import { createAuth, type Auth, type Events, type Options } from "../src/index.js";

export const URL_OF_SERVER = "https://id.example.com";
const LIFETIME_S = 900;

export interface World {
  server: Server;
  storage: Map<string, string>;
  locks: Locks;
  window: EventTarget;
  document: { visibilityState: "visible" | "hidden" };
  /** A tab; its events are in `heard`. */
  tab(options?: Options): Auth & { heard: [keyof Events, unknown][] };
  /** Lets this much time pass, on both clocks. */
  pass(ms: number): Promise<void>;
  /** Only on the clock of the calendar. */
  turnClock(ms: number): void;
  close(): void;
}

export function world(): World {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"], now: Date.UTC(2026, 0, 1) });
  const storage = new Map<string, string>();
  const channels = new Set<Channel>();
  const locks = new Locks();
  const window = new EventTarget();
  setMaxListeners(100, window);
  const document = { visibilityState: "visible" as "visible" | "hidden" };
  vi.stubGlobal("location", new URL("https://app.example.com/page"));
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => void storage.set(name, value),
    removeItem: (name: string) => void storage.delete(name),
  });
  vi.stubGlobal("BroadcastChannel", class extends Channel {
    constructor(name: string) {
      super(name, channels);
    }
  });
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("document", document);
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), ms);
    return stop.signal;
  });
  const server = new Server();
  const tabs: Auth[] = [];
  return {
    server, storage, locks, window, document,
    tab(options = {}) {
      const auth = createAuth({ url: URL_OF_SERVER, apis: ["https://api.example.com"], fetch: server.fetch, ...options });
      const heard: [keyof Events, unknown][] = [];
      for (const event of ["signed-in", "refreshed", "signed-out", "offline", "skew"] as const) auth.on(event, (detail) => void heard.push([event, detail]));
      tabs.push(auth);
      return Object.assign(auth, { heard });
    },
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    turnClock: (ms) => void vi.setSystemTime(Date.now() + ms),
    close() {
      for (const tab of tabs) tab.close();
      vi.useRealTimers();
    },
  };
}

class Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;
  constructor(readonly name: string, readonly all: Set<Channel>) {
    all.add(this);
  }
  postMessage(data: unknown): void {
    const copy = structuredClone(data);
    for (const other of this.all) {
      if (other !== this && other.name === this.name) queueMicrotask(() => this.all.has(other) && other.onmessage?.({ data: copy } as MessageEvent));
    }
  }
  close(): void {
    this.all.delete(this);
  }
}

/** One lock a name; what waits is let in by turn, or turned away by its signal. */
export class Locks {
  held = new Map<string, number>();
  most = 0;
  #queues = new Map<string, (() => void)[]>();

  async request(name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>): Promise<unknown> {
    const queue = this.#queues.get(name) ?? this.#queues.set(name, []).get(name)!;
    if (this.held.has(name)) {
      await new Promise<void>((enter, refuse) => {
        queue.push(enter);
        signal.addEventListener("abort", () => {
          const at = queue.indexOf(enter);
          if (at >= 0) queue.splice(at, 1), refuse(signal.reason);
        });
      });
    }
    this.held.set(name, Date.now());
    try {
      return await work();
    } finally {
      this.most = Math.max(this.most, Date.now() - this.held.get(name)!);
      this.held.delete(name);
      queue.shift()?.();
    }
  }
}

type Bend = "lost request" | "lost reply" | "cut body" | "hang" | { status: number; body?: object; retryAfter?: string; html?: string } | { delay: number } | { there: number; back: number; lost?: "reply" | "body" | undefined };

interface Asked {
  readonly path: string;
  readonly headers: Headers;
  readonly body: any;
  readonly credentials: string;
}

interface Cookie {
  readonly session: string;
  readonly generation: number;
}

/** Sessions as Jotgate keeps them, a cookie jar beside them, and an API that knows the live tokens. */
export class Server {
  asked: Asked[] = [];
  /** What happens to the next requests, in order; then all goes well. */
  bends: Bend[] = [];
  /** As `bends`, but for as long as it is set. */
  always: Bend | undefined;
  /** As `bends`, decided for each request of a refresh. */
  chance: (() => Bend | undefined) | undefined;
  clockAhead = 0;
  sendsDate = true;
  lifetime = LIFETIME_S;
  session: { id: string; generation: number; recent: Map<number, { at: number; key: string | null }>; keys: string[]; ended?: string } | undefined;
  jar = new Map<number, Cookie>();
  good = new Set<string>();
  rotations = 0;
  user = { id: "u1", email: "ada@example.com", username: null, name: null, email_verified: true, roles: [], data: {}, created_at: "2026-01-01T00:00:00Z" };
  #count = 0;

  /** A session that was opened on some page before, with its cookie. */
  signIn(): void {
    const id = `0199${String(++this.#count).padStart(4, "0")}-0000-7000-8000-000000000000`;
    this.session = { id, generation: 0, recent: new Map(), keys: [] };
    this.jar.clear();
    this.jar.set(0, { session: id, generation: 0 });
  }

  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }

  /** Every token there is is refused from now on, as if it had run out. */
  expireTokens(): void {
    this.good.clear();
  }

  fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => this.fetchFrom({ closed: false }, input, init);

  /** The same from a tab that may be closed: nothing of a reply reaches the cookies after that, and nobody hears of it. */
  fetchFrom = async (tab: { closed: boolean }, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (tab.closed) return new Promise(() => {});
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { pathname: path, origin } = new URL(request.url);
    const text = await request.text();
    const body = text && request.headers.get("Content-Type") === "application/json" ? JSON.parse(text) : text;
    this.asked.push({ path, headers: request.headers, body, credentials: request.credentials });
    if (origin !== URL_OF_SERVER) return this.#api(request);
    const bend = this.bends.shift() ?? this.always ?? (path === "/v1/refresh" ? this.chance?.() : undefined);
    const aborted = new Promise<never>((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
    aborted.catch(() => {});
    // A browser puts the cookies into the request when it sends it.
    const jar = [...this.jar.values()];
    const pause = (ms: number) => Promise.race([new Promise((done) => setTimeout(done, ms)), aborted]);
    if (typeof bend === "object" && "there" in bend) await pause(bend.there);
    if (bend === "lost request") throw new TypeError("network");
    if (bend === "hang") return aborted;
    if (typeof bend === "object" && "status" in bend) return this.#made(bend);
    const { answer, cookies } = this.#answer(path, request, body, jar);
    if (bend === "lost reply") throw new TypeError("network");
    if (typeof bend === "object") await pause("there" in bend ? bend.back : bend.delay);
    if (typeof bend === "object" && "there" in bend && bend.lost === "reply") return aborted;
    if (tab.closed) return new Promise(() => {});
    cookies?.();
    if (bend !== "cut body" && !(typeof bend === "object" && "there" in bend && bend.lost === "body")) return answer;
    const cut = new ReadableStream({ start: (control) => control.error(new TypeError("network")) });
    return new Response(cut, answer);
  };

  #api(request: Request): Response {
    const token = request.headers.get("Authorization")?.slice(7);
    if (token && this.good.has(token)) return Response.json({ ok: true });
    return new Response("", { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
  }

  #made({ status, body, retryAfter, html }: { status: number; body?: object; retryAfter?: string; html?: string }): Response {
    const headers = { ...this.#date(), ...(retryAfter ? { "Retry-After": retryAfter } : {}) };
    return new Response(html ?? JSON.stringify(body ?? {}), { status, headers });
  }

  #date(): Record<string, string> {
    return this.sendsDate ? { Date: new Date(Date.now() + this.clockAhead).toUTCString() } : {};
  }

  #answer(path: string, request: Request, body: any, jar: Cookie[]): { answer: Response; cookies?: () => void } {
    const refuse = (status: number, reason: string, more = {}) => ({ answer: this.#made({ status, body: { reason, detail: reason, ...more } }) });
    switch (path) {
      case "/v1/login":
        if (body.password === "mfa") return refuse(401, "login.mfa_required", { mfa_token: "m1", methods: ["totp"] });
        if (body.password !== "right") return refuse(401, "login.failed");
        this.signIn();
        return this.#session(body.delivery);
      case "/v1/login/mfa":
        if (body.code !== "123456" || body.mfa_token !== "m1") return refuse(401, "mfa.code_wrong");
        this.signIn();
        return this.#session(body.delivery);
      case "/v1/signup":
        return { answer: this.#made({ status: 202, body: { status: "verification_sent" } }) };
      case "/v1/logout/all":
        if (!this.good.has(request.headers.get("Authorization")?.slice(7) ?? "")) return refuse(401, "token.missing");
        if (this.session) this.session.ended = "revoked";
        return { answer: new Response(null, { status: 204 }), cookies: () => this.jar.clear() };
      case "/v1/logout":
        if (this.session) this.session.ended = "revoked";
        this.good.clear();
        return { answer: new Response(null, { status: 204, headers: this.#date() }), cookies: () => this.jar.clear() };
      case "/v1/refresh":
        return this.#refresh(request.headers.get("Idempotency-Key"), body.refresh_token, jar);
      default:
        return refuse(404, "request.not_found");
    }
  }

  #refresh(key: string | null, given: string | undefined, jar: Cookie[]): { answer: Response; cookies?: () => void } {
    const refuse = (reason: string) => ({ answer: this.#made({ status: 401, body: { reason, detail: reason } }) });
    const [id, number] = given?.split(":") ?? [];
    const shown = given ? { session: id!, generation: Number(number) } : jar.sort((a, b) => b.generation - a.generation)[0];
    if (!shown) return refuse("token.missing");
    const { session } = this;
    if (!session || shown.session !== session.id) return refuse("refresh.unknown");
    if (session.ended) return refuse(`refresh.${session.ended}`);
    if (shown.generation < session.generation) {
      const replaced = session.recent.get(shown.generation);
      const isOwn = key !== null && replaced?.key === key;
      if (!isOwn && !(replaced && Date.now() - replaced.at < 10_000)) {
        session.ended = "reused";
        return refuse("refresh.reused");
      }
    } else {
      // One key counts for four rotations in a row.
      session.keys = key !== null && session.keys[0] === key ? [...session.keys, key] : key === null ? [] : [key];
      session.recent.set(session.generation++, { at: Date.now(), key: session.keys.length > 4 ? "spent" : key });
      session.recent.delete(session.generation - 9);
      this.rotations++;
    }
    return this.#session(given ? "body" : "cookie");
  }

  #session(delivery: string): { answer: Response; cookies: () => void } {
    const { id, generation } = this.session!;
    const token = `${btoa("{}")}.${btoa(JSON.stringify({ sid: id, n: ++this.#count }))}.sig`;
    this.good.add(token);
    const secret = delivery === "body" ? { refresh_token: `${id}:${generation}` } : {};
    const body = { access_token: token, token_type: "Bearer", expires_in: this.lifetime, refresh_expires_in: 604800, refresh_generation: generation, user: this.user, ...secret };
    const cookies = () => delivery === "cookie" && this.jar.set(generation % 4, { session: id, generation });
    return { answer: Response.json(body, { headers: this.#date() }), cookies };
  }
}
