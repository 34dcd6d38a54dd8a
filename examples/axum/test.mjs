// Walks the Rust example against a real Jotgate: JOTGATE_BIN=... JOTGATE_EXAMPLE_AXUM=... node --test test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS, startJotgate, startProgram } from "../express/test-servers.mjs";

const USER = { email: "ada@example.com", password: "difference engine 1822" };
const ADMIN = { email: "grace@example.com", password: "nanoseconds of wire 1906" };
const ROUTES = ["/dashboard", "/profiles", "/api/profile"];

const { JOTGATE_EXAMPLE_AXUM } = process.env;
if (!JOTGATE_EXAMPLE_AXUM) throw new Error("JOTGATE_EXAMPLE_AXUM must name the example's program");

let jotgate, app;
before(async () => {
  jotgate = await startJotgate("");
  jotgate.run(["user", "add", ADMIN.email, "--role", "admin", "--password-stdin"], ADMIN.password);
  const signup = await call(`${jotgate.url}/v1/signup`, { body: USER });
  assert.equal(signup.status, 201, JSON.stringify(signup.body));
  app = await startProgram(JOTGATE_EXAMPLE_AXUM, { JOTGATE_URL: jotgate.url });
  // Until keys and revocations are there it answers 503; that it gets there is the first thing to show.
  const { access_token } = await login(USER);
  await until(async () => (await call(`${app.url}/dashboard`, { token: access_token })).status === 200);
});
after(async () => {
  await app?.stop();
  await jotgate?.stop();
});

async function call(url, { body, token, headers = {} } = {}) {
  if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
  if (body) headers = { ...headers, "Content-Type": "application/json" };
  const method = body ? "POST" : "GET";
  const reply = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text && JSON.parse(text) };
}

async function login(who) {
  const { status, body } = await call(`${jotgate.url}/v1/login`, { body: who });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function until(isSo) {
  for (const end = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(20)) assert.ok(Date.now() < end, `not so in ${PATIENCE_MS} ms`);
}

test("every route answers with a token", async () => {
  const { access_token, user } = await login(USER);
  for (const route of ROUTES) {
    const { status, body } = await call(app.url + route, { token: access_token });
    assert.equal(status, 200, route);
    assert.ok(JSON.stringify(body).includes(user.id), route);
  }
});

test("without a good token it is 401 with a challenge and the reason", async () => {
  for (const [token, reason, challenge] of [
    [undefined, "token.missing", 'Bearer realm="jotgate"'],
    ["not-a-token", "malformed.parts", /error="invalid_token"/],
    ["eyJhbGciOiJub25lIn0.e30.", "alg.none", /error="invalid_token"/],
  ]) {
    const { status, headers, body } = await call(`${app.url}/dashboard`, { token });
    assert.equal(status, 401);
    assert.equal(body.reason, reason);
    assert.match(headers.get("WWW-Authenticate"), new RegExp(challenge));
  }
});

test("the role decides about /admin", async () => {
  const { status, body } = await call(`${app.url}/admin`, { token: (await login(USER)).access_token });
  assert.deepEqual([status, body.reason], [403, "role.missing"]);
  assert.equal((await call(`${app.url}/admin`, { token: (await login(ADMIN)).access_token })).status, 200);
});

test("a token is refused after logout, although it has not expired", async () => {
  const { access_token, refresh_token } = await login(USER);
  assert.equal((await call(`${app.url}/dashboard`, { token: access_token })).status, 200);
  const logout = await call(`${jotgate.url}/v1/logout`, { body: { refresh_token } });
  assert.equal(logout.status, 204);
  let last;
  await until(async () => (last = await call(`${app.url}/dashboard`, { token: access_token })).status !== 200);
  assert.deepEqual([last.status, last.body.reason], [401, "revoked.session"]);
});
