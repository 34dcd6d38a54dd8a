// Walks the example against a real Jotgate: JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS, startApplication, startJotgate } from "./test-servers.mjs";

const LIFETIME_SECONDS = 10; // the least that Jotgate takes
const USER = { email: "ada@example.com", password: "difference engine 1822" };
const ADMIN = { email: "grace@example.com", password: "nanoseconds of wire 1906" };
const SECRET = "8f2c5b0d9e6a47318b1f4c7da0e9635229d4c81b7e3f60a5c6d8174e2b9f0a3c";

/** JSON out, JSON in, as curl would. */
async function call(url, { body, token, headers = {}, method = body ? "POST" : "GET" } = {}) {
  if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
  if (body) headers = { ...headers, "Content-Type": "application/json" };
  const reply = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text && JSON.parse(text) };
}

async function jotgateWithUsers(configuration) {
  const jotgate = await startJotgate(configuration);
  const signup = await call(`${jotgate.url}/v1/signup`, { body: USER });
  assert.equal(signup.status, 201, JSON.stringify(signup.body));
  jotgate.run(["user", "add", ADMIN.email, "--role", "admin", "--password-stdin"], ADMIN.password);
  return jotgate;
}

const plainFetch = globalThis.fetch;

/** The part of a browser that matters here: a cookie jar, and the headers a script can neither set nor leave out. */
function browserAt(origin) {
  const jar = new Map();
  return async (path, { headers = {}, ...init } = {}) => {
    const sent = { ...headers, Cookie: [...jar].map((pair) => pair.join("=")).join("; "), "Sec-Fetch-Site": "same-origin" };
    if (init.method === "POST") sent.Origin = origin;
    const reply = await plainFetch(new URL(path, origin), { ...init, headers: sent });
    for (const cookie of reply.headers.getSetCookie()) {
      const [pair, ...attributes] = cookie.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      assert.ok(attributes.includes("HttpOnly"), cookie);
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, pair.slice(name.length + 1));
    }
    return reply;
  };
}

describe("server.js: public keys", () => {
  let jotgate, app;
  before(async () => {
    jotgate = await jotgateWithUsers(`
      [tokens]
      access_lifetime = "${LIFETIME_SECONDS}s"
      [http]
      trusted_proxies = ["127.0.0.0/8", "::1/128"]
    `);
    app = await startApplication("server.js", { JOTGATE_URL: jotgate.url, TRUST_PROXY: "loopback" });
  });
  after(async () => {
    await app?.stop();
    await jotgate?.stop();
  });
  const login = async (who) => (await call(`${app.url}/login`, { body: who })).body;

  test("login answers what tutorials read: token, accessToken, refreshToken", async () => {
    const { status, headers, body } = await call(`${app.url}/login`, { body: USER });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.token, body.accessToken);
    assert.equal(body.token.split(".").length, 3);
    assert.match(body.refreshToken, /^jgr_/);
    assert.equal(headers.get("Cache-Control"), "no-store");
    assert.deepEqual(headers.getSetCookie(), []);
  });

  test("a wrong password is 401 with a message", async () => {
    const { status, headers, body } = await call(`${app.url}/login`, { body: { ...USER, password: "not this one" } });
    assert.equal(status, 401);
    assert.equal(body.reason, "login.failed");
    assert.ok(body.message);
    assert.ok(headers.get("WWW-Authenticate"));
  });

  test("a body that is no JSON is 400", async () => {
    const reply = await fetch(`${app.url}/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{" });
    assert.equal(reply.status, 400);
  });

  test("every route answers with a token", async () => {
    const { token, user } = await login(USER);
    const dashboard = await call(`${app.url}/dashboard`, { token });
    assert.equal(dashboard.status, 200);
    assert.equal(dashboard.body.message, `Welcome, user ${user.id}`);
    const profiles = await call(`${app.url}/profiles`, { token });
    assert.ok(profiles.body.profiles.some(({ id }) => id === user.id));
    const profile = await call(`${app.url}/api/profile`, { token });
    assert.equal(profile.body.sub, user.id);
  });

  for (const path of ["/dashboard", "/profiles", "/api/profile", "/admin"]) {
    test(`${path} without a token is 401`, async () => {
      const { status, headers, body } = await call(app.url + path);
      assert.equal(status, 401);
      assert.equal(headers.get("WWW-Authenticate"), 'Bearer realm="jotgate"');
      assert.equal(body.reason, "token.missing");
    });
  }

  test("a changed token, another type and another scheme are 401", async () => {
    const { token, refreshToken } = await login(USER);
    const [header, payload, signature] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    const asAdmin = Buffer.from(JSON.stringify({ ...claims, roles: ["admin"] })).toString("base64url");
    for (const bad of [`${header}.${asAdmin}.${signature}`, refreshToken, `${header}.${payload}.`]) {
      const { status, headers } = await call(`${app.url}/admin`, { token: bad });
      assert.equal(status, 401);
      assert.match(headers.get("WWW-Authenticate"), /error="invalid_token"/);
    }
    const basic = await call(`${app.url}/dashboard`, { headers: { Authorization: `Basic ${token}` } });
    assert.equal(basic.status, 401);
  });

  test("/admin: 403 without the role, 200 with it", async () => {
    const refused = await call(`${app.url}/admin`, { token: (await login(USER)).token });
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get("WWW-Authenticate"), /insufficient_scope/);
    const admitted = await call(`${app.url}/admin`, { token: (await login(ADMIN)).token });
    assert.equal(admitted.status, 200);
  });

  test("refresh rotates; logout ends the session", async () => {
    const { refreshToken } = await login(USER);
    const next = await call(`${app.url}/refresh`, { body: { refreshToken } });
    assert.equal(next.status, 200, JSON.stringify(next.body));
    assert.notEqual(next.body.refreshToken, refreshToken);
    const logout = await call(`${app.url}/logout`, { body: { refreshToken: next.body.refreshToken } });
    assert.equal(logout.status, 204);
    const after = await call(`${app.url}/refresh`, { body: { refreshToken: next.body.refreshToken } });
    assert.equal(after.status, 401);
    assert.equal(after.body.reason, "refresh.revoked");
  });

  test("after the logout the access token is refused too", async () => {
    const { token, refreshToken } = await login(USER);
    assert.equal((await call(`${app.url}/dashboard`, { token })).status, 200);
    await call(`${app.url}/logout`, { body: { refreshToken } });
    const patience = performance.now() + PATIENCE_MS;
    let answer;
    do answer = await call(`${app.url}/dashboard`, { token });
    while (answer.status === 200 && performance.now() < patience);
    assert.deepEqual([answer.status, answer.body.reason], [401, "revoked.session"]);
  });

  test("a browser gets the refresh token as a cookie only", async () => {
    const browser = browserAt(app.url);
    const post = { method: "POST", headers: { "Content-Type": "application/json" } };
    const body = await (await browser("/login", { ...post, body: JSON.stringify(USER) })).json();
    assert.ok(body.accessToken);
    assert.equal(body.refreshToken, undefined);
    // What a tutorial's script does: keep what it was given and send it back.
    const refreshed = await browser("/refresh", { ...post, body: JSON.stringify({ refreshToken: String(body.refreshToken) }) });
    assert.equal(refreshed.status, 200);
    assert.equal((await refreshed.json()).refreshToken, undefined);
  });

  test("another site's page can use none of it", async () => {
    for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }, { Origin: "null" }, { Origin: "https://evil.example" }]) {
      const { status } = await call(`${app.url}/login`, { body: USER, headers });
      assert.equal(status, 403, JSON.stringify(headers));
    }
  });

  test("Jotgate sees the client's address through the proxies that are trusted", async () => {
    const headers = { "X-Forwarded-For": "203.0.113.7", "User-Agent": "example-test" };
    const { body } = await call(`${app.url}/login`, { body: USER, headers });
    const list = await call(`${jotgate.url}/v1/sessions`, { token: body.token });
    const current = list.body.sessions.find((session) => session.current);
    assert.equal(current.ip, "203.0.113.7");
    assert.equal(current.user_agent, "example-test");
  });

  test("in the page: expired, refreshed, repeated, and nobody notices", async (t) => {
    t.after(() => (globalThis.fetch = plainFetch));
    const calls = [];
    const browser = browserAt(app.url);
    globalThis.fetch = async (path, init) => {
      const reply = await browser(path, init);
      calls.push(`${path} ${reply.status}`);
      return reply;
    };
    const page = await import("./public/session.js");
    assert.equal((await page.login(USER.email, USER.password)).email, USER.email);
    assert.equal((await page.api("/dashboard")).status, 200);
    await sleep((LIFETIME_SECONDS + 1) * 1000);
    calls.length = 0;
    assert.equal((await page.api("/dashboard")).status, 200);
    assert.deepEqual(calls, ["/dashboard 401", "/refresh 200", "/dashboard 200"]);
    await page.logout();
    assert.equal(await page.resume(), false);
  });
});

describe("server-hs256.js: the tutorial's verifyToken", () => {
  let jotgate, app;
  before(async () => {
    jotgate = await jotgateWithUsers(`
      [tokens]
      algorithm = "HS256"
      audience = "my-api"
      secret = "${SECRET}"
      claims.email = "user.email"
    `);
    app = await startApplication("server-hs256.js", { JOTGATE_URL: jotgate.url, JWT_SECRET: SECRET });
  });
  after(async () => {
    await app?.stop();
    await jotgate?.stop();
  });

  test("greets the user by the e-mail claim", async () => {
    const { body } = await call(`${app.url}/login`, { body: USER });
    const { status, body: dashboard } = await call(`${app.url}/dashboard`, { token: body.token });
    assert.equal(status, 200);
    assert.deepEqual(dashboard, { message: `Hello ${USER.email}` });
  });

  test("401 without a token and with a changed one", async () => {
    assert.equal((await call(`${app.url}/dashboard`)).status, 401);
    const { body } = await call(`${app.url}/login`, { body: USER });
    assert.equal((await call(`${app.url}/dashboard`, { token: `${body.token.slice(0, -4)}AAAA` })).status, 401);
  });

  test("/admin: 403 for users, 200 for the administrator", async () => {
    const user = await call(`${app.url}/login`, { body: USER });
    assert.equal((await call(`${app.url}/admin`, { token: user.body.token })).status, 403);
    const admin = await call(`${app.url}/login`, { body: ADMIN });
    assert.equal((await call(`${app.url}/admin`, { token: admin.body.token })).status, 200);
  });

  test("refresh gives a token that verifies too", async () => {
    const { body } = await call(`${app.url}/login`, { body: USER });
    const next = await call(`${app.url}/refresh`, { body: { refreshToken: body.refreshToken } });
    assert.equal((await call(`${app.url}/profiles`, { token: next.body.accessToken })).status, 200);
  });
});

describe("without Jotgate", () => {
  test("login and guarded routes are 503, never 401", async () => {
    const issuer = `http://localhost:${await freePort()}`;
    const app = await startApplication("server.js", { JOTGATE_URL: issuer });
    try {
      for (const reply of [await call(`${app.url}/login`, { body: USER }), await call(`${app.url}/dashboard`, { token: signedByNobody(issuer) })]) {
        assert.equal(reply.status, 503);
        assert.ok(reply.headers.get("Retry-After"));
      }
    } finally {
      await app.stop();
    }
  });
});

async function freePort() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

function signedByNobody(iss) {
  const parts = [{ alg: "ES256", typ: "at+jwt", kid: "k" }, { iss, sub: "u" }];
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).concat("AAAA").join(".");
}
