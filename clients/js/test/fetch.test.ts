import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AuthError } from "../src/index.js";
import { isAboutToken } from "../src/fetch.js";
import { world, type World } from "./support.js";

const API = "https://api.example.com/things";
let w: World;

beforeEach(() => void (w = world()));
afterEach(() => w.close());

const signedIn = async () => {
  w.server.signIn();
  const tab = w.tab();
  await tab.token();
  return tab;
};
const sent = (url: string) => w.server.asked.filter((one) => one.path === new URL(url).pathname);

test("the token goes along, and the rest of the request stays as it was", async () => {
  const tab = await signedIn();
  const answer = await tab.fetch(API, { method: "PUT", headers: { "X-One": "1" }, body: "text" });
  expect(answer.status).toBe(200);
  const [one] = sent(API);
  expect(one!.headers.get("Authorization")).toBe(`Bearer ${await tab.token()}`);
  expect([one!.headers.get("X-One"), one!.body]).toEqual(["1", "text"]);
});

test("strangers never get it", async () => {
  const tab = await signedIn();
  for (const url of ["https://evil.example/x", "https://api.example.com.evil.example/x", "http://api.example.com/x", "https://api.example.com:8443/x", "https://id.example.com./x"]) {
    expect(tab.allows(url)).toBe(false);
    await tab.fetch(url);
  }
  expect(sent("https://evil.example/x").map((one) => one.headers.get("Authorization"))).toEqual([null, null, null, null, null]);
  for (const url of [API, "https://id.example.com/v1/me", "/own", "https://app.example.com/own", new URL(API)]) expect(tab.allows(url)).toBe(true);
});

test("a header of the caller's own is left alone, and its 401 too", async () => {
  const tab = await signedIn();
  const answer = await tab.fetch(API, { headers: { Authorization: "Basic abc" } });
  expect(answer.status).toBe(401);
  expect(sent(API).map((one) => one.headers.get("Authorization"))).toEqual(["Basic abc"]);
  expect(w.server.count("/v1/refresh")).toBe(1);
});

test("nobody signed in: the request goes out without a token, and its answer comes back", async () => {
  const tab = w.tab();
  expect((await tab.fetch(API)).status).toBe(401);
  expect((await tab.fetch(API)).status).toBe(401);
  expect(sent(API).map((one) => one.headers.get("Authorization"))).toEqual([null, null]);
  expect(w.server.count("/v1/refresh")).toBe(1);
});

test("twenty calls with a token that has run out: one refresh, twenty successes", async () => {
  const tab = await signedIn();
  w.server.expireTokens();
  const answers = await Promise.all(Array.from({ length: 20 }, () => tab.fetch(API)));
  expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
  expect(w.server.count("/v1/refresh")).toBe(2);
  expect(sent(API)).toHaveLength(40);
});

test("a 401 that comes after somebody else's refresh uses that", async () => {
  const tab = await signedIn();
  const slow = vi.fn(w.server.fetch);
  w.server.expireTokens();
  const [first] = await Promise.all([tab.fetch(API)]);
  const second = await tab.fetch(API);
  expect([first!.status, second.status]).toEqual([200, 200]);
  expect(w.server.count("/v1/refresh")).toBe(2);
  expect(slow).not.toHaveBeenCalled();
});

test("exactly one retry: a token that is refused again is the caller's to see", async () => {
  const tab = await signedIn();
  vi.spyOn(w.server.good, "has").mockReturnValue(false);
  expect((await tab.fetch(API)).status).toBe(401);
  expect(sent(API)).toHaveLength(2);
  expect(w.server.count("/v1/refresh")).toBe(2);
});

test("a session that is over: the 401 comes back, and the person is told", async () => {
  const tab = await signedIn();
  w.server.expireTokens();
  w.server.session!.ended = "revoked";
  expect((await tab.fetch(API)).status).toBe(401);
  expect(tab.heard.at(-1)).toEqual(["signed-out", "revoked"]);
  expect(sent(API)).toHaveLength(1);
});

test("no refresh can be had: the call fails as one without a network does", async () => {
  const tab = await signedIn();
  w.server.expireTokens();
  w.server.always = { status: 503, retryAfter: "9" };
  await expect(tab.fetch(API)).rejects.toMatchObject({ name: "AuthError", status: 503, retryAfter: 9 });
});

describe("the body is sent again", () => {
  const form = new FormData();
  form.set("a", "b");
  const bodies: [string, () => RequestInit["body"], (seen: unknown) => boolean][] = [
    ["text", () => "text", (seen) => seen === "text"],
    ["bytes", () => new Uint8Array([65, 66]), (seen) => seen === "AB"],
    ["a Blob", () => new Blob(["blob"]), (seen) => seen === "blob"],
    ["a form", () => form, (seen) => String(seen).includes('name="a"')],
    ["parameters", () => new URLSearchParams({ a: "1" }), (seen) => seen === "a=1"],
  ];
  for (const [name, body, same] of bodies) {
    test(name, async () => {
      const tab = await signedIn();
      w.server.expireTokens();
      expect((await tab.fetch(API, { method: "POST", body: body()! })).status).toBe(200);
      expect(sent(API).map((one) => same(one.body))).toEqual([true, true]);
    });
  }

  test("a Request, whose own body stays with the caller's copy", async () => {
    const tab = await signedIn();
    w.server.expireTokens();
    const request = new Request(API, { method: "POST", body: "mine" });
    const copy = request.clone();
    expect((await tab.fetch(request)).status).toBe(200);
    expect(sent(API).map((one) => one.body)).toEqual(["mine", "mine"]);
    expect(await copy.text()).toBe("mine");
    expect(copy.headers.has("Authorization")).toBe(false);
  });

  test("but a stream is not: the error says so, and the next call works", async () => {
    const tab = await signedIn();
    const stream = () => new Blob(["streamed"]).stream();
    const call = () => tab.fetch(API, { method: "POST", body: stream(), duplex: "half" } as RequestInit);
    w.server.expireTokens();
    const error = await call().catch((error) => error);
    expect(error).toBeInstanceOf(AuthError);
    expect(error.message).toContain("stream");
    expect((await call()).status).toBe(200);
    expect(sent(API)).toHaveLength(2);
  });
});

test("a call that is given up stays given up", async () => {
  const tab = await signedIn();
  await expect(tab.fetch(API, { signal: AbortSignal.abort() })).rejects.toThrow();
});

test("a 401 is about the token, unless it says otherwise", () => {
  for (const challenge of [null, "", 'Bearer error="invalid_token"', "bearer", 'DPoP realm="x", Bearer realm="y"']) expect(isAboutToken(401, challenge), String(challenge)).toBe(true);
  for (const challenge of ['Bearer error="insufficient_user_authentication"', 'Jotgate error="mfa.code_wrong"', "Basic", 'Digest realm="Bearers"']) expect(isAboutToken(401, challenge), challenge).toBe(false);
  for (const status of [200, 400, 403, 407, 500]) expect(isAboutToken(status, "Bearer")).toBe(false);
});
