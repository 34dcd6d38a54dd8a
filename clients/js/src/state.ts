// What this tab knows of the session, and how it changes: by an answer, or by what another tab says.
import { moment, since, type Moment } from "./clock.js";
import type { News } from "./news.js";
import type { Tabs } from "./tabs.js";
import type { SignedOut, User } from "./types.js";

export interface Held {
  readonly token: string;
  readonly session: string;
  readonly generation: number;
  /** In milliseconds, from `asked` on. */
  readonly lifetime: number;
  readonly asked: Moment;
}

const MARGIN_MS = 30_000;

export const left = (held: Held, gone = since(held.asked)): number => held.lifetime - gone;

/** Whether a request that begins now might arrive too late. */
export const isOld = (held: Held, gone?: number): boolean => left(held, gone) < Math.min(MARGIN_MS, held.lifetime / 4);

export class State {
  user: User | null | undefined;
  held: Held | undefined;
  /** Raised by whatever makes replies on their way obsolete: signing in, signing out. */
  epoch = 0;
  #over: string | undefined;

  constructor(
    readonly news: News,
    readonly tabs: Tabs,
  ) {}

  /** Takes what the server answered and hands it on. True when a tab of ours has had something newer: then not. */
  answered(body: Record<string, any>, asked: Moment, isNew: boolean, whatever = isNew): boolean {
    const token: string = body.access_token;
    const session = sessionOf(token);
    const held = { token, session, generation: body.refresh_generation, lifetime: body.expires_in * 1000, asked };
    if (!whatever && this.#isBehind(held)) return true;
    this.tabs.tell({ held, age: since(asked), at: Date.now(), user: body.user, isNew });
    this.#take(held, body.user, isNew);
    return false;
  }

  /** What another tab says. */
  hear({ held, age, at, user, isNew, over, session }: any): void {
    if (over) {
      if (!session || !this.held || session === this.held.session) this.end(over);
    } else if (held.session !== this.#over && (isNew || !this.#isBehind(held))) {
      // A tab that was frozen hears late.
      this.#take({ ...held, asked: moment(age + Math.max(0, Date.now() - at)) }, user, isNew);
    }
    this.news.flush();
  }

  /** The session is over; `told` when the person should be told why. */
  end(why: SignedOut, told = this.user !== null): void {
    this.#over = this.held?.session;
    this.epoch++;
    this.held = undefined;
    this.#set(null);
    if (told) this.news.add("signed-out", why);
  }

  /** The same, and the other tabs hear of it. */
  endAll(why: SignedOut, told?: boolean): void {
    this.tabs.tell({ over: why === "user" ? "other-tab" : why, session: this.held?.session, at: Date.now() });
    this.end(why, told);
  }

  #take(held: Held, user: User, isNew: boolean): void {
    const event = isNew || !this.user ? "signed-in" : "refreshed";
    if (isNew) this.epoch++;
    this.held = held;
    this.#set(user);
    this.news.add(event, user);
  }

  #set(user: User | null): void {
    if (JSON.stringify(user) !== JSON.stringify(this.user)) this.news.add("change", (this.user = user));
  }

  #isBehind({ session, generation }: Held): boolean {
    const { held } = this;
    return !!held && (session === held.session ? generation < held.generation : session < held.session);
  }
}

/** The session that the token belongs to. Ids are UUIDv7: of two, the greater one is the younger. */
function sessionOf(token: string): string {
  try {
    return JSON.parse(atob(token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/"))).sid;
  } catch {
    return "";
  }
}
