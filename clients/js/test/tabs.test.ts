import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { world, type World } from "./support.js";

const NAME = "jotgate https://id.example.com";
const LOCK = `${NAME} `;
let w: World;

beforeEach(() => void (w = world()));
afterEach(() => w.close());

const many = async (n: number) => {
  w.server.signIn();
  const tabs = Array.from({ length: n }, () => w.tab());
  await Promise.all([...tabs.map((tab) => tab.token()), w.pass(3000)]);
  return tabs;
};
const all = async <T>(promises: Promise<T>[], ms: number): Promise<T[]> => (await Promise.all([Promise.all(promises), w.pass(ms)]))[0];
const signedOut = (tabs: { heard: [string, unknown][] }[]) => tabs.flatMap((tab) => tab.heard).filter(([event]) => event === "signed-out");

for (const locks of [true, false]) {
  describe(locks ? "with Web Locks" : "without Web Locks", () => {
    beforeEach(() => {
      if (!locks) vi.stubGlobal("navigator", {});
    });

    test("fifty tabs, one expired token: one rotation, one token for all", async () => {
      const tabs = await many(50);
      expect(w.server.rotations).toBe(1);
      for (let run = 2; run < 6; run++) {
        await w.pass(901_000);
        const tokens = await all(tabs.map((tab) => tab.token()), 10_000);
        expect(new Set(tokens).size).toBe(1);
        expect([w.server.rotations, w.server.count("/v1/refresh")]).toEqual([run, run]);
      }
      expect(signedOut(tabs)).toEqual([]);
    });

    test("fifty tabs and an answer that takes five seconds: they ask with one key, one rotation", async () => {
      const tabs = await many(50);
      await w.pass(901_000);
      w.server.always = { delay: 5000 };
      const tokens = await all(tabs.map((tab) => tab.token()), 60_000);
      expect(new Set(tokens.map((token) => token !== null))).toEqual(new Set([true]));
      expect(w.server.rotations).toBe(2);
      expect(signedOut(tabs)).toEqual([]);
      expect(new Set(w.server.asked.slice(1).map((one) => one.headers.get("Idempotency-Key"))).size).toBe(1);
    });

    test("a tab that is closed in flight holds nobody up", async () => {
      const [one, two] = await many(2);
      await w.pass(901_000);
      w.server.bends = ["hang"];
      one!.token().catch(() => {});
      await w.pass(100);
      one!.close();
      const [token] = await all([two!.token()], 3000);
      expect(token).toBeTypeOf("string");
      expect(signedOut([two!])).toEqual([]);
    });

    test("a tab that is opened later renews, and the others have its token", async () => {
      const [one] = await many(1);
      const later = w.tab();
      const [token] = await all([later.token()], 3000);
      expect(await one!.token()).toBe(token);
      expect(one!.heard.at(-1)![0]).toBe("refreshed");
    });
  });
}

test("a lock that is never let go, by a frozen tab: two seconds, then without it", async () => {
  w.server.signIn();
  void w.locks.request(LOCK, { signal: new AbortController().signal }, () => new Promise(() => {}));
  const tab = w.tab();
  const token = tab.token();
  await w.pass(1900);
  expect(w.server.asked).toEqual([]);
  await w.pass(400);
  expect(await token).toBeTypeOf("string");
});

test("no lock is held while a listener runs", async () => {
  w.server.signIn();
  const tab = w.tab();
  const held: number[] = [];
  for (const event of ["signed-in", "refreshed", "signed-out", "offline", "change"] as const) tab.on(event, () => void held.push(w.locks.held.size));
  await tab.token();
  await w.pass(901_000);
  w.server.bends = [{ status: 500 }];
  await tab.token().catch(() => {});
  await w.pass(5000);
  await tab.logout();
  expect(held).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a listener that throws stops neither the others nor the client", async () => {
  w.server.signIn();
  const tab = w.tab();
  const thrown: unknown[] = [];
  const watch = (error: unknown): void => void thrown.push(error);
  process.once("uncaughtException", watch);
  tab.on("signed-in", () => {
    throw new Error("a mistake");
  });
  const seen: string[] = [];
  tab.on("signed-in", (user) => void seen.push(user.email));
  expect(await tab.token()).toBeTypeOf("string");
  await new Promise((done) => setImmediate(done));
  expect([seen, thrown]).toEqual([["ada@example.com"], [expect.objectContaining({ message: "a mistake" })]]);
});

test("a listener is heard once for each on, and not after its off", async () => {
  w.server.signIn();
  const tab = w.tab();
  let n = 0;
  const off = tab.on("signed-in", () => void n++);
  off();
  await tab.token();
  expect(n).toBe(0);
});

describe("replies out of order", () => {
  test("a tab that gets a lower generation than a tab has seen asks again, before the window is over", async () => {
    vi.stubGlobal("navigator", {});
    const [slow, quick] = await many(2);
    await w.pass(901_000);
    w.server.bends = [{ delay: 5000 }];
    const late = slow!.token();
    await w.pass(10);
    // The other one asks with the same key, and goes on until its cookie is in the slot that the late reply will take.
    let token = (await all([quick!.token()], 1500))[0]!;
    for (let n = 0; n < 4; n++) token = (await all([quick!.renew(token)], 200))[0]!;
    const newest = w.server.session!.generation;
    await all([late], 10_000);
    expect(Math.max(...[...w.server.jar.values()].map(({ generation }) => generation))).toBe(newest);
    await w.pass(12_000);
    await all([slow!.renew(token)], 2000);
    expect(w.server.session!.ended).toBeUndefined();
    expect(signedOut([slow!, quick!])).toEqual([]);
  });

  test("an old word of another tab is not believed", async () => {
    const [one] = await many(1);
    const token = await one!.token();
    const mouth = new BroadcastChannel(LOCK);
    const { id } = w.server.session!;
    const old = { held: { token: "old", session: id, generation: 0, lifetime: 900_000 }, age: 0, at: Date.now(), user: w.server.user, isNew: false };
    mouth.postMessage({ from: "x", message: old });
    mouth.postMessage({ from: "x", message: { ...old, held: { ...old.held, session: "0000", generation: 99 } } });
    await w.pass(0);
    expect(await one!.token()).toBe(token);
    mouth.postMessage({ from: "x", message: { over: "revoked", session: "0000", at: Date.now() } });
    await w.pass(0);
    expect(one!.user).not.toBeNull();
  });

  test("a token that lay in a frozen tab's post is not taken for fresh", async () => {
    const [one] = await many(1);
    const { id } = w.server.session!;
    const message = { held: { token: "late", session: id, generation: 9, lifetime: 900_000 }, age: 0, at: Date.now() - 900_000, user: w.server.user, isNew: false };
    new BroadcastChannel(LOCK).postMessage({ from: "x", message });
    await w.pass(0);
    expect(await one!.token()).not.toBe("late");
  });

  test("a word about the session that was left here brings nobody back", async () => {
    const [one] = await many(1);
    const { id } = w.server.session!;
    await one!.logout();
    const message = { held: { token: "late", session: id, generation: 9, lifetime: 900_000 }, age: 0, at: Date.now(), user: w.server.user, isNew: false };
    new BroadcastChannel(LOCK).postMessage({ from: "x", message });
    await w.pass(0);
    expect(one!.user).toBeNull();
  });

  test("a database that went back to a backup is not asked for ever", async () => {
    const [one] = await many(1);
    for (let n = 0; n < 3; n++) await one!.renew((await one!.token())!);
    w.server.session!.generation = 0;
    w.server.jar.clear();
    w.server.jar.set(0, { session: w.server.session!.id, generation: 0 });
    const before = w.server.count("/v1/refresh");
    expect(await one!.renew((await one!.token())!)).toBeTypeOf("string");
    expect(w.server.count("/v1/refresh") - before).toBeLessThanOrEqual(5);
  });
});

test("nothing that opens anything is ever stored", async () => {
  const [one] = await many(1);
  const seen: string[] = [];
  const set = w.storage.set.bind(w.storage);
  w.storage.set = (name, value) => (seen.push(value), set(name, value));
  for (let n = 0; n < 3; n++) {
    await w.pass(901_000);
    w.server.bends = ["lost reply", "cut body"];
    await all([one!.token().catch(() => null)], 20_000);
  }
  await one!.logout();
  expect(seen.length).toBeGreaterThan(3);
  for (const text of seen) expect(text).toMatch(/^\{("key":"[0-9-]+")?(,?"leave":true)?\}$/);
});
