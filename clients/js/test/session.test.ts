import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AuthError } from "../src/index.js";
import { URL_OF_SERVER, world, type World } from "./support.js";

const API = "https://api.example.com/things";
const NAME = `jotgate ${URL_OF_SERVER}`;
const FRESH_MS = 800_000;
let w: World;

beforeEach(() => void (w = world()));
afterEach(() => w.close());

const events = (tab: { heard: [string, unknown][] }): string[] => tab.heard.map(([event, detail]) => (event === "signed-out" ? `${event} ${detail}` : event));
const signedIn = async () => {
  w.server.signIn();
  const tab = w.tab();
  await tab.token();
  return tab;
};
const expire = () => w.pass(901_000);

describe("a page begins", () => {
  test("with a cookie: signed in, by one refresh with a key", async () => {
    const tab = await signedIn();
    expect(tab.user?.email).toBe("ada@example.com");
    expect(events(tab)).toEqual(["signed-in"]);
    const [asked] = w.server.asked;
    expect(asked!.credentials).toBe("include");
    expect(asked!.headers.get("Idempotency-Key")).toMatch(/^[0-9-]{22,128}$/);
  });

  test("without one: nobody is signed in, nobody is signed out, and nobody asks again", async () => {
    const tab = w.tab();
    expect(tab.user).toBeUndefined();
    expect(await tab.token()).toBeNull();
    expect(tab.user).toBeNull();
    expect(events(tab)).toEqual([]);
    await tab.token();
    expect(w.server.count("/v1/refresh")).toBe(1);
  });

  test("with a session that was ended meanwhile: the person is told", async () => {
    w.server.signIn();
    w.server.session!.ended = "revoked";
    const tab = w.tab();
    expect(await tab.token()).toBeNull();
    expect(events(tab)).toEqual(["signed-out revoked"]);
  });

  test("asks nobody anything by itself", async () => {
    w.server.signIn();
    w.tab();
    await w.pass(3_600_000);
    expect(w.server.asked).toEqual([]);
  });
});

describe("only a verdict on the session ends it", () => {
  for (const [reason, why] of [["refresh.reused", "reuse"], ["refresh.expired", "expired"], ["refresh.revoked", "revoked"], ["refresh.unknown", "revoked"], ["refresh.invalid", "revoked"], ["token.missing", "expired"]]) {
    test(`401 ${reason}: ${why}, in every tab`, async () => {
      const tab = await signedIn();
      const other = w.tab();
      await other.token();
      await expire();
      w.server.bends = [{ status: 401, body: { reason } }];
      expect(await tab.token()).toBeNull();
      await w.pass(0);
      expect(events(tab).at(-1)).toBe(`signed-out ${why}`);
      expect(events(other).at(-1)).toBe(`signed-out ${why}`);
      expect(w.storage.size).toBe(0);
    });
  }

  const other = [
    { status: 500 }, { status: 502, html: "<h1>Bad Gateway</h1>" }, { status: 503, body: { reason: "server.busy" }, retryAfter: "3" }, { status: 429, body: { reason: "login.throttled" }, retryAfter: "7" },
    { status: 401, html: "<h1>Log in to the Wi-Fi</h1>" }, { status: 401, body: { reason: "login.failed" } }, { status: 403, body: { reason: "request.origin" } }, { status: 421, body: { reason: "request.host" } },
    { status: 200, html: "<h1>Welcome to the Wi-Fi</h1>" }, { status: 200, body: {} }, { status: 401, body: { reason: "token.scheme" } },
  ];
  for (const bend of other) {
    test(`${bend.status} ${bend.html ?? bend.body?.reason ?? ""}: offline, then back`, async () => {
      const tab = await signedIn();
      await expire();
      w.server.always = bend;
      const refused = expect(tab.token()).rejects.toBeInstanceOf(AuthError);
      await w.pass(1000);
      await refused;
      expect(events(tab)).toContain("offline");
      expect(events(tab)).not.toContainEqual(expect.stringMatching(/^signed-out/));
      expect(tab.user).not.toBeNull();
      w.server.always = undefined;
      await w.pass(10_000);
      expect(events(tab).at(-1)).toBe("refreshed");
    });
  }

  test("after Retry-After and not before, also when somebody asks", async () => {
    const tab = await signedIn();
    await expire();
    w.server.bends = [{ status: 503, retryAfter: "20" }];
    await expect(tab.token()).rejects.toMatchObject({ status: 503, retryAfter: 20 });
    await w.pass(19_000);
    w.window.dispatchEvent(new Event("focus"));
    await expect(tab.token()).rejects.toMatchObject({ status: 503 });
    expect(w.server.count("/v1/refresh")).toBe(2);
    await w.pass(1500);
    expect(w.server.count("/v1/refresh")).toBe(3);
    expect(await tab.token()).toBeTypeOf("string");
  });

  test("the pauses grow to half a minute and not beyond", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const tab = await signedIn();
    await expire();
    w.server.always = { status: 500 };
    tab.token().catch(() => {});
    await w.pass(200_000);
    const pauses = tab.heard.filter(([event]) => event === "offline").map(([, detail]) => (detail as { retryIn: number }).retryIn);
    expect(pauses.slice(0, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });
});

describe("the Idempotency-Key", () => {
  const key = (n: number) => w.server.asked.filter((one) => one.path === "/v1/refresh").at(n)!.headers.get("Idempotency-Key");

  test("is kept until the reply is here, then gone", async () => {
    w.server.signIn();
    const tab = w.tab();
    w.server.bends = [{ delay: 1000 }];
    const token = tab.token();
    await w.pass(500);
    expect(JSON.parse(w.storage.get(NAME)!).key).toBe(key(0));
    await w.pass(600);
    await token;
    expect(w.storage.get(NAME) ?? "").not.toContain(key(0));
  });

  test("a lost reply is asked for again with the same key, and nobody is signed out", async () => {
    const tab = await signedIn();
    await expire();
    w.server.bends = ["lost reply"];
    const token = tab.token();
    await w.pass(1000);
    expect(await token).toBeTypeOf("string");
    expect(key(1)).toBe(key(2));
    expect(w.server.rotations).toBe(2);
    await expire();
    await tab.token();
    expect(key(3)).not.toBe(key(2));
  });

  test("a tab closed in flight leaves it to the tab that is opened much later", async () => {
    const tab = await signedIn();
    await expire();
    w.server.bends = ["lost reply", "hang"];
    tab.token().catch(() => {});
    await w.pass(300);
    tab.close();
    w.locks.held.clear();
    await w.pass(300_000);
    const next = w.tab();
    expect(await next.token()).toBeTypeOf("string");
    expect(new Set([key(1), key(2), key(3)]).size).toBe(1);
    expect(events(next)).toEqual(["signed-in"]);
  });

  test("a body cut after the cookie came: the next try has a new key, because the old one has nothing left to prove", async () => {
    const tab = await signedIn();
    for (let n = 0; n < 8; n++) {
      await expire();
      w.server.bends = ["cut body", "cut body"];
      tab.token().catch(() => {});
      await w.pass(20_000);
      expect(await tab.token()).toBeTypeOf("string");
    }
    const keys = w.server.asked.filter((one) => one.path === "/v1/refresh").map((one) => one.headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(keys.length);
    expect(events(tab)).not.toContainEqual(expect.stringMatching(/^signed-out/));
  });

  test("one that the server does not take is replaced", async () => {
    w.storage.set(NAME, '{"key":"short"}');
    w.server.signIn();
    const tab = w.tab();
    w.server.bends = [{ status: 400, body: { reason: "request.idempotency_key" } }];
    await expect(tab.token()).rejects.toMatchObject({ reason: "request.idempotency_key" });
    expect(await tab.token()).toBeTypeOf("string");
    expect(key(1)).not.toBe("short");
  });

  for (const rubbish of ["{", "null", "3", '"text"', "[]"]) {
    test(`${rubbish} on the shelf is as good as nothing`, async () => {
      w.storage.set(NAME, rubbish);
      await signedIn();
      expect(w.server.rotations).toBe(1);
    });
  }

  test("without localStorage everything works", async () => {
    vi.stubGlobal("localStorage", undefined);
    const tab = await signedIn();
    await expire();
    expect(await tab.token()).toBeTypeOf("string");
  });
});

describe("time", () => {
  test("a token is used until shortly before its end, whatever the calendar says", async () => {
    const tab = await signedIn();
    w.turnClock(86_400_000);
    await tab.token();
    w.turnClock(-2 * 86_400_000);
    await tab.token();
    await w.pass(FRESH_MS);
    await tab.token();
    expect(w.server.count("/v1/refresh")).toBe(1);
    await w.pass(90_000);
    await tab.token();
    await w.pass(10);
    expect(w.server.count("/v1/refresh")).toBe(2);
  });

  test("near its end it is renewed without anybody waiting", async () => {
    const tab = await signedIn();
    const first = await tab.token();
    await w.pass(880_000);
    w.server.bends = [{ delay: 3000 }];
    expect(await tab.token()).toBe(first);
    await w.pass(3100);
    expect(await tab.token()).not.toBe(first);
    expect(w.server.count("/v1/refresh")).toBe(2);
  });

  test("what is left of a token is used while the server is busy", async () => {
    const tab = await signedIn();
    const first = await tab.token();
    await w.pass(898_000);
    w.server.always = { status: 503, retryAfter: "60" };
    expect(await tab.token()).toBe(first);
    expect(await tab.token()).toBe(first);
    expect(w.server.count("/v1/refresh")).toBe(2);
    await w.pass(3000);
    await expect(tab.token()).rejects.toMatchObject({ status: 503 });
  });

  for (const [way, ahead] of [["ahead", -86_400_000], ["behind", 86_400_000]] as const) {
    test(`a clock a day ${way}: one skew event, and all works`, async () => {
      w.server.clockAhead = ahead;
      const tab = await signedIn();
      for (let n = 0; n < 3; n++) {
        await expire();
        expect((await tab.fetch(API)).status).toBe(200);
      }
      expect(tab.heard.filter(([event]) => event === "skew")).toEqual([["skew", expect.closeTo(-ahead / 1000, -1)]]);
      expect(w.server.count("/v1/refresh")).toBe(4);
    });
  }

  test("a minute off is no event, and neither is an answer without a date", async () => {
    w.server.clockAhead = 55_000;
    const tab = await signedIn();
    w.server.sendsDate = false;
    await expire();
    await tab.token();
    expect(events(tab)).toEqual(["signed-in", "refreshed"]);
  });

  test("a device that slept: the steady clock stood still, the page is looked at, the token is renewed", async () => {
    const tab = await signedIn();
    w.turnClock(3_600_000);
    w.window.dispatchEvent(new Event("visibilitychange"));
    await w.pass(10);
    expect(events(tab)).toEqual(["signed-in", "refreshed"]);
  });

  test("a page that nobody sees is left alone, until the network is back", async () => {
    const tab = await signedIn();
    w.document.visibilityState = "hidden";
    await expire();
    for (const event of ["visibilitychange", "focus"]) w.window.dispatchEvent(new Event(event));
    await w.pass(10);
    expect(events(tab)).toEqual(["signed-in"]);
    w.window.dispatchEvent(new Event("online"));
    await w.pass(10);
    expect(events(tab)).toEqual(["signed-in", "refreshed"]);
  });

  test("ten minutes offline across expiry: back as soon as the network is", async () => {
    const tab = await signedIn();
    await w.pass(600_000);
    w.server.always = "lost request";
    await w.pass(400_000);
    await expect(Promise.all([tab.token(), w.pass(1000)])).rejects.toMatchObject({ reason: "offline", status: 0 });
    await w.pass(200_000);
    w.server.always = undefined;
    w.window.dispatchEvent(new Event("online"));
    await w.pass(100);
    expect(events(tab).at(-1)).toBe("refreshed");
    expect(events(tab)).not.toContainEqual(expect.stringMatching(/^signed-out/));
  });

  test("a request that hangs is cut off at the time-out, and its key is used again", async () => {
    const tab = await signedIn();
    await expire();
    w.server.bends = ["hang", "hang"];
    const refused = expect(tab.token()).rejects.toMatchObject({ reason: "offline" });
    await w.pass(20_500);
    await refused;
    expect(w.locks.most).toBeLessThanOrEqual(10_500);
    expect(await tab.token()).toBeTypeOf("string");
    expect(new Set(w.server.asked.slice(1).map((one) => one.headers.get("Idempotency-Key"))).size).toBe(1);
  });
});

describe("signing in and out", () => {
  test("login: the body is what the API wants, other tabs are signed in too", async () => {
    const other = w.tab();
    await other.token();
    const tab = w.tab({ audience: "shop" });
    const same = w.tab({ audience: "shop" });
    const user = await tab.login({ email: "ada@example.com", password: "right" });
    expect(user.id).toBe("u1");
    expect(w.server.asked.at(-1)!.body).toEqual({ email: "ada@example.com", password: "right", delivery: "cookie", audience: "shop" });
    await w.pass(0);
    expect(events(tab)).toEqual(["signed-in"]);
    expect(events(same)).toEqual(["signed-in"]);
    expect(await same.token()).toBe(await tab.token());
    expect(events(other)).toEqual([]);
  });

  test("a refused login carries the server's reason and changes nothing", async () => {
    const tab = await signedIn();
    const token = await tab.token();
    await expect(tab.login({ email: "ada@example.com", password: "wrong" })).rejects.toMatchObject({ name: "AuthError", reason: "login.failed", status: 401 });
    expect(await tab.token()).toBe(token);
  });

  test("a second factor: the refusal says which, and mfa goes on from there, also after a wrong code", async () => {
    const tab = w.tab();
    await expect(tab.login({ username: "ada", password: "mfa" })).rejects.toMatchObject({ reason: "login.mfa_required", problem: { methods: ["totp"] } });
    await expect(tab.mfa({ code: "000000" })).rejects.toMatchObject({ reason: "mfa.code_wrong" });
    expect((await tab.mfa({ code: "123456" })).id).toBe("u1");
  });

  test("signup that sends a mail first answers null", async () => {
    const tab = w.tab();
    expect(await tab.signup({ email: "ada@example.com", password: "right" })).toBeNull();
    expect(events(tab)).toEqual([]);
  });

  test("a login in another tab while a refresh is under way: the old reply counts for nothing", async () => {
    const tab = await signedIn();
    const other = w.tab();
    await other.token();
    const old = w.server.session!.id;
    await expire();
    w.server.bends = [{ delay: 4000 }];
    const token = tab.token();
    await w.pass(100);
    await Promise.all([other.login({ email: "ada@example.com", password: "right" }), w.pass(3000)]);
    await w.pass(3000);
    const now = w.server.session!.id;
    expect(now > old).toBe(true);
    expect(atob((await token)!.split(".")[1]!)).toContain(now);
    expect(await other.token()).toBe(await tab.token());
  });

  test("logout: the server knows, the other tabs know, nothing is left", async () => {
    const tab = await signedIn();
    const other = w.tab();
    await other.token();
    await tab.logout();
    expect(events(tab).at(-1)).toBe("signed-out user");
    expect(events(other).at(-1)).toBe("signed-out other-tab");
    expect(await other.token()).toBeNull();
    expect(w.server.session!.ended).toBe("revoked");
    expect(w.storage.size).toBe(0);
  });

  test("a refresh that was under way at logout brings nobody back", async () => {
    const tab = await signedIn();
    const other = w.tab();
    await other.token();
    await expire();
    w.server.bends = [{ delay: 5000 }];
    const late = other.token();
    await w.pass(100);
    await Promise.all([tab.logout(), w.pass(2500)]);
    await w.pass(5000);
    expect(await late).toBeNull();
    expect([tab.user, other.user]).toEqual([null, null]);
  });

  test("a logout that does not reach the server is made good before anything else", async () => {
    const tab = await signedIn();
    w.server.always = "lost request";
    await Promise.all([tab.logout(), w.pass(1000)]);
    expect(events(tab).at(-1)).toBe("signed-out user");
    expect(w.server.session!.ended).toBeUndefined();
    w.server.always = undefined;
    const next = w.tab();
    expect(await next.token()).toBeNull();
    expect(w.server.session!.ended).toBe("revoked");
    expect(w.server.asked.at(-1)!.path).toBe("/v1/logout");
    expect(w.storage.size).toBe(0);
  });

  test("a login settles a logout that did not reach the server", async () => {
    const tab = await signedIn();
    w.server.always = "lost request";
    await Promise.all([tab.logout(), w.pass(1000)]);
    w.server.always = undefined;
    await tab.login({ email: "ada@example.com", password: "right" });
    expect(await w.tab().token()).toBeTypeOf("string");
    expect(w.server.count("/v1/logout")).toBe(1);
  });

  test("logoutAll: with the token; a refusal leaves everything as it is", async () => {
    const tab = await signedIn();
    w.server.bends = [{ status: 401, body: { reason: "stepup.required" } }];
    await expect(tab.logoutAll()).rejects.toMatchObject({ reason: "stepup.required" });
    expect(tab.user).not.toBeNull();
    await tab.logoutAll();
    expect(events(tab).at(-1)).toBe("signed-out user");
  });
});

describe("a native application", () => {
  const keychain = () => {
    let text: string | null = null;
    return { get: async () => text, set: async (value: string | null) => void (text = value), look: () => JSON.parse(text ?? "{}") };
  };

  test("keeps the refresh token where it is told and sends no cookies", async () => {
    const storage = keychain();
    const app = w.tab({ storage });
    await app.login({ email: "ada@example.com", password: "right" });
    expect(storage.look().refresh_token).toMatch(/:0$/);
    await expire();
    expect(await app.token()).toBeTypeOf("string");
    expect(storage.look()).toEqual({ refresh_token: expect.stringMatching(/:1$/) });
    expect(new Set(w.server.asked.map((one) => one.credentials))).toEqual(new Set(["omit"]));
    expect(w.storage.size).toBe(0);
  });

  test("killed in flight, and opened a day later: still in", async () => {
    const storage = keychain();
    const app = w.tab({ storage });
    await app.login({ email: "ada@example.com", password: "right" });
    await expire();
    w.server.bends = ["lost reply", "hang"];
    app.token().catch(() => {});
    await w.pass(500);
    app.close();
    await w.pass(86_400_000);
    const next = w.tab({ storage });
    expect(await next.token()).toBeTypeOf("string");
    expect(w.server.session!.ended).toBeUndefined();
  });

  test("a cut body leaves the old token and its key, which the server knows again", async () => {
    const storage = keychain();
    const app = w.tab({ storage });
    await app.login({ email: "ada@example.com", password: "right" });
    await expire();
    w.server.bends = ["cut body"];
    await Promise.all([app.token(), w.pass(1000)]);
    expect(storage.look().refresh_token).toMatch(/:1$/);
  });

  test("asks nobody when nothing is kept, and nothing is kept after logout", async () => {
    const storage = keychain();
    const app = w.tab({ storage });
    expect(await app.token()).toBeNull();
    expect(w.server.asked).toEqual([]);
    await app.login({ email: "ada@example.com", password: "right" });
    await app.logout();
    expect(storage.look()).toEqual({});
    expect(w.server.asked.at(-1)!.body.refresh_token).toMatch(/:0$/);
  });

  test("a logout out of reach is made good with the token that was kept", async () => {
    const storage = keychain();
    const app = w.tab({ storage });
    await app.login({ email: "ada@example.com", password: "right" });
    w.server.always = "lost request";
    await Promise.all([app.logout(), w.pass(1000)]);
    w.server.always = undefined;
    expect(await w.tab({ storage }).token()).toBeNull();
    expect(w.server.session!.ended).toBe("revoked");
    expect(storage.look()).toEqual({});
  });
});
