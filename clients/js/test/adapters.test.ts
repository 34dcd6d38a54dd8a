import axiosModule from "axios";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { effectScope, isRef } from "vue";
import { withAuth } from "../src/axios.js";
import { useAuth as useInReact } from "../src/react.js";
import { useAuth as useInVue } from "../src/vue.js";
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

describe("axios", () => {
  /** Axios itself, with the fake network under it. */
  const instance = () => axiosModule.create({ adapter: "fetch", env: { fetch: w.server.fetch } } as object);
  const sent = () => w.server.asked.filter((one) => one.path === "/things");

  test("sends the token, and what was posted once more when it had run out", async () => {
    const tab = await signedIn();
    const http = withAuth(instance(), tab);
    w.server.expireTokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => http.post(API, { a: 1 })));
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
    expect(w.server.count("/v1/refresh")).toBe(2);
    expect(sent().map((one) => JSON.stringify(one.body))).toEqual(Array(40).fill('{"a":1}'));
  });

  test("with a base address, not to strangers, and not over a header of the caller's", async () => {
    const tab = await signedIn();
    const http = withAuth(instance(), tab);
    await http.get("/things", { baseURL: "https://api.example.com" });
    await http.get("https://evil.example/things").catch(() => {});
    await http.get(API, { headers: { Authorization: "Basic abc" } }).catch(() => {});
    expect(sent().map((one) => one.headers.get("Authorization"))).toEqual([`Bearer ${await tab.token()}`, null, "Basic abc"]);
    expect(w.server.count("/v1/refresh")).toBe(1);
  });

  test("exactly one retry", async () => {
    const tab = await signedIn();
    vi.spyOn(w.server.good, "has").mockReturnValue(false);
    await expect(withAuth(instance(), tab).get(API)).rejects.toMatchObject({ response: { status: 401 } });
    expect(sent()).toHaveLength(2);
  });
});

describe("vue", () => {
  test("follows who is signed in, and lets go with its component", async () => {
    w.server.signIn();
    const tab = w.tab();
    vi.stubGlobal("window", w.window);
    const scope = effectScope();
    const { user, loading } = scope.run(() => useInVue(tab))!;
    expect([isRef(user), user.value, loading.value]).toEqual([true, null, true]);
    await w.pass(10);
    expect([user.value?.email, loading.value]).toEqual(["ada@example.com", false]);
    await tab.logout();
    expect([user.value, loading.value]).toEqual([null, false]);
    scope.stop();
    await tab.login({ email: "ada@example.com", password: "right" });
    expect(user.value).toBeNull();
  });
});

describe("react", () => {
  test("on a server: not known, and nobody is asked", () => {
    w.server.signIn();
    const tab = w.tab();
    const Page = () => {
      const { user, loading } = useInReact(tab);
      return createElement("p", null, loading ? "loading" : (user?.email ?? "nobody"));
    };
    expect(renderToString(createElement(Page))).toBe("<p>loading</p>");
    expect(w.server.asked).toEqual([]);
  });
});
