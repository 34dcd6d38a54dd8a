// A new access token for the session: one request at a time, of all tabs, repeated with the same key until it is answered.
// The rules, each with its reason, are in docs/js-client.md.
import { AuthError, isTemporary, post, type Line } from "./call.js";
import { moment } from "./clock.js";
import type { Kept, Shelf } from "./shelf.js";
import type { State } from "./state.js";
import { random, sleep } from "./tabs.js";
import type { SignedOut } from "./types.js";

export const LOGOUT = "/v1/logout";
const ROUNDS = 3;
const SECOND_TRY_MS = 250;
const SETTLE_MS = 50;
const TURN_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const NO_COOKIE = "token.missing";

export class Renewal {
  /** Why the last one failed, until when to wait, and how many failed in a row before it. */
  failed: { readonly error: AuthError; readonly until: number; readonly before: number } | undefined;
  #flight: Promise<void> | undefined;
  readonly #me = random();

  constructor(
    readonly line: Line,
    readonly shelf: Shelf,
    readonly state: State,
    readonly wish: object,
  ) {}

  /** Renews, or joins the renewal under way. */
  async run(): Promise<void> {
    const { failed, state } = this;
    // The server said when: asking sooner only costs. After a lost connection a person may well try again.
    if (!this.#flight && failed?.error.retryAfter && failed.until > performance.now()) throw failed.error;
    return (this.#flight ??= this.#run().finally(() => {
      this.#flight = undefined;
      state.news.flush();
    }));
  }

  async #run(): Promise<void> {
    const { state } = this;
    const { epoch, held } = state;
    const enough = (): boolean => state.epoch !== epoch || state.held !== held;
    if (!state.tabs.locks && this.line.cookies) await this.#queue(enough);
    for (let round = 0, lost = 0, behind = false; ; round++) {
      try {
        behind = await state.tabs.alone(async () => {
          if (!behind && enough()) return false;
          const isOlder = await this.#ask(enough, round > ROUNDS);
          // The next tab in line has the token before it has the lock.
          await state.tabs.heard();
          return isOlder;
        });
        if (behind) continue;
        this.failed = undefined;
        return;
      } catch (error: any) {
        if (error.status || lost++) throw this.#pause(error);
        await sleep(SECOND_TRY_MS);
      }
    }
  }

  /**
   * One request. True: what came back is older than what a tab has had, and so is the cookie that came with it; ask
   * again while the server still forgives that. Not for ever: `whatever` takes what there is.
   */
  async #ask(enough: () => boolean, whatever: boolean): Promise<boolean> {
    const { line, shelf, state } = this;
    const { epoch } = state;
    let kept = await shelf.read();
    const { refresh_token } = kept;
    if (kept.leave) return state.end("user", false), this.leave({}, { refresh_token });
    if (!line.cookies && !refresh_token) return state.end("expired", false), false;
    // Made before it is sent and kept until the reply is here: with it the server knows a repeated request, also that
    // of a tab which was closed in between.
    const key = kept.key ?? random();
    if (!kept.key) await shelf.write((kept = { ...kept, key }));
    const drop = (): Promise<void> => shelf.change((now) => (now.key === key ? { ...now, key: undefined, turn: undefined } : now));
    const asked = moment();
    try {
      // A cookie arrives with the head of the reply, so from there on the key has nothing left to prove.
      const arrived = line.cookies ? () => void drop() : undefined;
      const body = await post(line, "/v1/refresh", { ...this.wish, refresh_token }, { "Idempotency-Key": key }, arrived);
      // A welcome page of the Wi-Fi, say.
      if (!body.access_token) throw new AuthError(200, {});
      if (state.epoch !== epoch) return false;
      if (!line.cookies) await shelf.write({ refresh_token: body.refresh_token });
      return state.answered(body, asked, false, whatever);
    } catch (error: any) {
      const why = verdict(error);
      if (why || error.reason === "request.idempotency_key") await drop();
      if (!why) throw error;
      // Somebody signed in meanwhile, and this was about what they left.
      if (enough()) return false;
      if (!line.cookies) await shelf.write({});
      state.endAll(why, error.reason !== NO_COOKIE || !!state.user);
      return false;
    }
  }

  /** Ends the session at the server; what is not settled now is at the next contact. */
  async leave(headers = {}, body = {}): Promise<false> {
    await post(this.line, LOGOUT, body, headers).catch((error) => {
      if (isTemporary(error)) throw error;
    });
    await this.shelf.write({});
    return false;
  }

  /** Without locks the shelf says who is asking; the others wait for what that brings, but not for ever. */
  async #queue(enough: () => boolean): Promise<void> {
    const { shelf } = this;
    await shelf.change((now: Kept) => {
      const at = Date.now();
      return now.turn && now.turn.at > at - TURN_MS ? now : { ...now, turn: { of: this.#me, at } };
    });
    for (const end = performance.now() + TURN_MS; performance.now() < end; ) {
      // Because what another tab has put on the shelf takes a moment to be seen here.
      await sleep(SETTLE_MS);
      if (enough() || (await shelf.read()).turn?.of === this.#me) return;
    }
  }

  #pause(error: AuthError): AuthError {
    const before = this.failed ? this.failed.before + 1 : 0;
    const guess = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** before) * (0.5 + Math.random() / 2);
    const retryIn = error.retryAfter * 1000 || guess;
    this.failed = { error, until: performance.now() + retryIn, before };
    this.state.news.add("offline", { status: error.status, retryIn });
    return error;
  }
}

/** Nothing but the server's word about the session ends it: never a status alone, and no refusal of another kind. */
function verdict({ status, reason }: AuthError): SignedOut | "" | undefined {
  if (status !== 401) return undefined;
  // No cookie came with the request: the browser has let it go at the end of its time.
  const why = reason === NO_COOKIE ? "expired" : /^refresh\.(.+)/.exec(reason)?.[1];
  return why === "reused" ? "reuse" : why === "expired" ? why : why && "revoked";
}
