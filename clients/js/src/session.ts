// What an application does with a session: has a token, opens one, leaves it.
import { post } from "./call.js";
import { moment } from "./clock.js";
import { LOGOUT, Renewal } from "./renewal.js";
import { isOld, left, type Held } from "./state.js";
import type { User } from "./types.js";

/** With more than this left, nobody has to wait for the renewal. */
const ENOUGH_MS = 5000;

const bearer = (token: string | null | undefined) => (token ? { Authorization: `Bearer ${token}` } : {});

export class Session extends Renewal {
  mfaToken: unknown;

  /** A token that is good now; `refused` is one that is not, whatever the clocks say. */
  async token(refused?: string): Promise<string | null> {
    const { state } = this;
    if (state.user === null) return null;
    const usable = (): Held | undefined => {
      const { held } = state;
      return held && held.token !== refused && left(held) > 0 ? held : undefined;
    };
    const now = usable();
    if (now && !isOld(now)) return now.token;
    const work = this.run();
    if (now && left(now) > ENOUGH_MS) {
      work.catch(() => {});
      return now.token;
    }
    await work.catch((error) => {
      if (!usable()) throw error;
    });
    return state.held?.token ?? null;
  }

  /** A call that opens a session, or ends in a refusal. `null`: a mail was sent first. */
  async open(path: string, body: object, token?: string | null): Promise<User | null> {
    const { line, shelf, state } = this;
    const delivery = line.cookies ? "cookie" : "body";
    try {
      return await state.tabs.alone(async () => {
        const asked = moment();
        const answer = await post(line, path, { delivery, ...this.wish, ...body }, bearer(token));
        if (!answer.access_token) return null;
        await shelf.write({ refresh_token: answer.refresh_token });
        state.answered(answer, asked, true);
        await state.tabs.heard();
        this.mfaToken = this.failed = undefined;
        return answer.user;
      });
    } catch (error: any) {
      this.mfaToken = error.problem?.mfa_token ?? this.mfaToken;
      throw error;
    } finally {
      state.news.flush();
    }
  }

  async logout(): Promise<void> {
    const { shelf, state } = this;
    const headers = bearer(state.held?.token);
    const { refresh_token } = await shelf.read();
    this.#over();
    // Marked before it is tried: if the server is out of reach, the next contact begins with it.
    await shelf.change((now) => ({ ...now, leave: true }));
    await state.tabs.alone(() => this.leave(headers, { refresh_token })).catch(() => {});
  }

  async logoutAll(): Promise<void> {
    await post(this.line, `${LOGOUT}/all`, {}, bearer(await this.token()));
    await this.shelf.write({});
    this.#over();
  }

  #over(): void {
    this.failed = undefined;
    this.state.endAll("user");
    this.state.news.flush();
  }
}
