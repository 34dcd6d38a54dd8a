// Random lives of honest browsers against the server's rule, as in the model that the rule was made with: one to six tabs,
// a tenth of the requests and of the replies lost, replies late and out of order, tabs closed in flight, for hours.
// Nobody may be signed out. JOTGATE_DEEP=1 lives 4,000 of them.
import { expect, test, vi } from "vitest";
import { createAuth, type Auth } from "../src/index.js";
import { Locks, URL_OF_SERVER, world, type World } from "./support.js";

const LIVES = process.env.JOTGATE_DEEP === "1" ? 4000 : 150;
const HOURS = 6;

/** Numbers that are the same in every run (mulberry32). */
function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The locks as one tab sees them; they are let go when it is closed. */
class TabLocks {
  constructor(readonly shared: Locks, readonly tab: { closed: boolean; close: () => void }) {}
  request(name: string, options: { signal: AbortSignal }, work: () => Promise<unknown>): Promise<unknown> {
    if (this.tab.closed) return new Promise(() => {});
    return this.shared.request(name, options, () => (this.tab.closed ? Promise.resolve() : Promise.race([work(), new Promise<void>((done) => (this.tab.close = done))])));
  }
}

async function life(seed: number, locks: boolean): Promise<{ out: boolean; rotations: number; refreshes: number }> {
  const w: World = world();
  const roll = dice(seed);
  const pick = <T>(list: T[]): T => list[Math.floor(roll() * list.length)]!;
  vi.spyOn(Math, "random").mockImplementation(roll);
  const rare = (mean: number) => -Math.log(1 - roll()) * mean;
  const delay = () => 1000 * pick([0.02, 0.1, 0.5, 3, rare(5)]);
  w.server.signIn();
  w.server.chance = () => {
    if (roll() < 0.1) return pick(["lost request", "hang"] as const);
    const fate = roll();
    return { there: delay(), back: delay(), lost: fate < 0.1 ? "reply" : fate < 0.15 ? "body" : undefined };
  };
  let out = false;
  const all: Auth[] = [];
  const end = Date.now() + HOURS * 3_600_000;

  const open = (after: number) => void setTimeout(() => {
    const tab = { closed: false, close: () => {} };
    vi.stubGlobal("navigator", locks ? { locks: new TabLocks(w.locks, tab) } : {});
    const auth = createAuth({ url: URL_OF_SERVER, fetch: (input, init) => w.server.fetchFrom(tab, input, init) });
    all.push(auth);
    auth.on("signed-out", () => (out ||= !tab.closed));
    const use = () => {
      if (tab.closed || Date.now() > end) return;
      if (roll() < 0.05) {
        setTimeout(() => {
          tab.closed = true;
          auth.close();
          tab.close();
          open(1000 * pick([0.1, 2, 30, 300, 5000]));
        }, rare(2000));
      }
      auth.token().then((token) => (out ||= token === null && !tab.closed), () => {});
      setTimeout(use, 1000 * pick([900, 900, 900, roll() * 5, rare(3000)]));
    };
    use();
  }, after);

  for (let n = 1 + Math.floor(roll() * 6); n > 0; n--) open(roll() * 900_000);
  for (let at = 0; at < HOURS && !out; at++) await w.pass(3_600_000);
  const { rotations } = w.server;
  const refreshes = w.server.count("/v1/refresh");
  for (const auth of all) auth.close();
  w.close();
  return { out, rotations, refreshes };
}

for (const locks of [true, false]) {
  test(`${LIVES} lives ${locks ? "with" : "without"} Web Locks: nobody is signed out`, { timeout: 1_200_000 }, async () => {
    const out: number[] = [];
    let [rotations, refreshes] = [0, 0];
    for (let seed = 0; seed < LIVES; seed++) {
      const one = await life(seed, locks);
      if (one.out) out.push(seed);
      rotations += one.rotations;
      refreshes += one.refreshes;
    }
    console.log(`${locks ? "with" : "without"} locks: ${LIVES} lives of ${HOURS} h, ${refreshes} refreshes, ${rotations} rotations, signed out ${out.length}${out.length ? `: ${out.join(" ")}` : ""}`);
    expect(out).toEqual([]);
    expect(rotations).toBeGreaterThan(LIVES * 10);
  });
}
