// The guard against the real server: JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { createGuard, createTokenSource, freshWithin, requireRole, requireScope } from "../dist/index.js";
import { eventually, reasonOf } from "./support/issuer.mjs";
import { Jotgate, PASSWORD, skip } from "./support/jotgate.mjs";

const guards = [];
afterEach(() => guards.splice(0).forEach((guard) => guard.close()));

function guardOf(jotgate, more) {
  const guard = createGuard({ issuer: jotgate.url, audience: jotgate.url, log: () => undefined, ...more });
  guards.push(guard);
  return guard;
}

async function becomes(guard, token, reason, patience) {
  const begun = performance.now();
  await eventually(`the answer is ${reason}`, async () => (await reasonOf(guard.check(token))) === reason, patience);
  return performance.now() - begun;
}

describe("with the real server", { skip }, () => {
  let jotgate;
  before(async () => (jotgate = await Jotgate.start()));
  after(() => jotgate?.remove());

  test("a login's token is good, and says who", async () => {
    const { access_token: token, user } = await jotgate.user("ada");
    const auth = await guardOf(jotgate).check(token);
    assert.deepEqual([auth.subject, auth.client, auth.roles, auth.claims.iss], [user.id, "first-party", [], jotgate.url]);
    assert.match(auth.session, /^[0-9a-f-]{36}$/);
  });

  test("logout: refused at once", async () => {
    const { access_token: token, refresh_token } = await jotgate.user("logout");
    const guard = guardOf(jotgate);
    await guard.check(token);
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    assert.ok((await becomes(guard, token, "revoked.session")) < 2000);
  });

  test("logout on all devices", async () => {
    const { access_token: first } = await jotgate.user("devices");
    const { body: second } = await jotgate.call("/v1/login", { body: { email: "devices@example.com", password: PASSWORD } });
    const guard = guardOf(jotgate);
    await Promise.all([first, second.access_token].map((token) => guard.check(token)));
    await jotgate.call("/v1/logout/all", { method: "POST", token: first });
    await becomes(guard, first, "revoked.session");
    await becomes(guard, second.access_token, "revoked.session");
  });

  test("a new password: the old tokens are refused, the new one is good", async () => {
    const { access_token: old } = await jotgate.user("password");
    const guard = guardOf(jotgate);
    await guard.check(old);
    const { body } = await jotgate.call("/v1/password", { token: old, body: { current: PASSWORD, new: "nanoseconds of wire 1906" } });
    await becomes(guard, old, "revoked.session");
    assert.equal(await reasonOf(guard.check(body.access_token)), "accepted");
  });

  test("a role: the old token is refused, the next one has it", async () => {
    const { access_token: old, refresh_token } = await jotgate.user("role");
    const guard = guardOf(jotgate);
    assert.equal(await reasonOf(guard.check(old, requireRole("editor"))), "role.missing");
    jotgate.run(["user", "roles", "role@example.com", "editor"]);
    await becomes(guard, old, "revoked.subject");
    const { body } = await jotgate.call("/v1/refresh", { body: { refresh_token } });
    assert.deepEqual((await guard.check(body.access_token, requireRole("editor"))).roles, ["editor"]);
    jotgate.run(["user", "roles", "role@example.com", "--none"]);
    await becomes(guard, body.access_token, "revoked.subject");
  });

  test("a user who is disabled", async () => {
    const { access_token: token } = await jotgate.user("disabled");
    const guard = guardOf(jotgate);
    await guard.check(token);
    jotgate.run(["user", "disable", "disabled@example.com"]);
    await eventually("refused", async () => (await reasonOf(guard.check(token))).startsWith("revoked."));
  });

  test("a stolen refresh token that is used out of turn", async () => {
    const { access_token: token, refresh_token: stolen } = await jotgate.user("theft");
    const guard = guardOf(jotgate);
    await guard.check(token);
    let next = stolen;
    // Further back than any retry of an honest client: out of the generations that are remembered.
    for (let n = 0; n < 10; n += 1) next = (await jotgate.call("/v1/refresh", { body: { refresh_token: next } })).body.refresh_token;
    await assert.rejects(jotgate.call("/v1/refresh", { body: { refresh_token: stolen } }), /refresh\.reused/);
    await becomes(guard, token, "revoked.session");
  });

  test("a guard that starts after the logout knows of it", async () => {
    const { access_token: token, refresh_token } = await jotgate.user("before");
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    await becomes(guardOf(jotgate), token, "revoked.session", 5000);
  });

  test("without the feed a logout does not count, unless the server is asked", async () => {
    const { access_token: token, refresh_token } = await jotgate.user("nofeed");
    const guard = guardOf(jotgate, { feed: false });
    assert.equal(await reasonOf(guard.check(token, freshWithin(0))), "accepted");
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    assert.equal(await reasonOf(guard.check(token)), "accepted");
    assert.equal(await reasonOf(guard.check(token, freshWithin(0))), "revoked.session");
  });

  test("the feed is cut off, the server is not: introspect asks it about each token", async () => {
    const hole = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1").unref();
    await once(hole, "listening");
    const { access_token: token, refresh_token } = await jotgate.user("introspect");
    const guard = guardOf(jotgate, { stale: "introspect", maxStaleness: 1, feed: { uri: `http://127.0.0.1:${hole.address().port}/` } });
    assert.equal(await reasonOf(guard.check(token)), "accepted");
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    assert.equal(await reasonOf(guard.check(token)), "revoked.session");
    hole.close();
  });

  test("a token for the server is none for another API", async () => {
    const { access_token: token } = await jotgate.user("audience");
    assert.equal(await reasonOf(guardOf(jotgate, { audience: "https://api.example" }).check(token)), "aud.mismatch");
  });

  test("the cookie of delivery `cookies`", async () => {
    const origin = jotgate.url;
    const body = { email: "cookie@example.com", password: PASSWORD, delivery: "cookies" };
    const { cookies } = await jotgate.call("/v1/signup", { body, headers: { Origin: origin } });
    const Cookie = cookies.map((cookie) => cookie.split(";")[0]).join("; ");
    const guard = guardOf(jotgate, { acceptCookie: { origins: [origin] } });
    const request = (headers) => ({ method: "POST", url: "/", rawHeaders: Object.entries({ Cookie, ...headers }).flat() });
    assert.match((await guard.authenticate(request({ Origin: origin }))).subject, /./);
    await assert.rejects(guard.authenticate(request({ Origin: "https://evil.example" })), { reason: "request.origin" });
  });
});

describe("with a shared secret", { skip }, () => {
  const secret = "8f2c5b0d9e6a47318b1f4c7da0e9635229d4c81b7e3f60a5c6d8174e2b9f0a3c";
  let jotgate;
  before(async () => (jotgate = await Jotgate.start(`[tokens]\nalgorithm = "HS256"\naudience = "my-api"\nsecret = "${secret}"\n`)));
  after(() => jotgate?.remove());

  test("login, logout", async () => {
    const { access_token: token, refresh_token } = await jotgate.user("ada");
    const guard = guardOf(jotgate, { audience: "my-api", secret });
    assert.equal(await reasonOf(guard.check(token)), "accepted");
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    await becomes(guard, token, "revoked.session");
  });
});

describe("programs that act for themselves", { skip }, () => {
  let jotgate;
  before(async () => (jotgate = await Jotgate.start('[tokens]\naudience = "https://api.example"\n[revocations]\naccess = "clients"\n')));
  after(() => jotgate?.remove());
  const client = (name, ...more) => {
    const { client_secret: clientSecret } = JSON.parse(jotgate.run(["client", "add", name, "--json", ...more]));
    return { issuer: jotgate.url, clientId: name, clientSecret };
  };

  test("their tokens, and a feed that is only for them", async () => {
    const reports = client("reports", "--scope", "read");
    const follower = client("follower", "--scope", "revocations", "--audience", jotgate.url);
    const feed = { token: createTokenSource({ ...follower, audience: jotgate.url, scope: "revocations" }) };
    const guard = guardOf(jotgate, { audience: "https://api.example", feed });
    const source = createTokenSource({ ...reports, audience: "https://api.example" });
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => source()));
    assert.equal(new Set(tokens).size, 1);
    const { subject, session, client: id } = await guard.check(tokens[0], requireScope("read"));
    assert.deepEqual([subject, session, id], ["client:reports", undefined, "reports"]);
    jotgate.run(["client", "disable", "reports"]);
    await becomes(guard, tokens[0], "revoked.subject");
  });

  test("without a token the feed is closed, and the policy applies", async () => {
    const source = createTokenSource({ ...client("other"), audience: "https://api.example" });
    const guard = guardOf(jotgate, { audience: "https://api.example" });
    assert.equal(await reasonOf(guard.check(await source())), "revocations.stale");
  });
});

describe("keys", { skip }, () => {
  let jotgate;
  before(async () => (jotgate = await Jotgate.start()));
  after(() => jotgate?.remove());
  const kidOf = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;
  const refreshed = async ({ refresh_token }) => (await jotgate.call("/v1/refresh", { body: { refresh_token } })).body;

  test("a new key signs: tokens of the old one and of the new one are good", async () => {
    const old = await jotgate.user("rotate");
    const guard = guardOf(jotgate);
    await guard.check(old.access_token);
    jotgate.run(["signing-keys", "rotate", "--now"]);
    let next = old;
    await eventually("the new key signs", async () => kidOf((next = await refreshed(next)).access_token) !== kidOf(old.access_token));
    assert.equal(await reasonOf(guard.check(next.access_token)), "accepted");
    assert.equal(await reasonOf(guard.check(old.access_token)), "accepted");
  });

  test("a new key of the feed", async () => {
    const { access_token: token, refresh_token } = await jotgate.user("feedkey");
    const guard = guardOf(jotgate);
    await guard.check(token);
    jotgate.run(["signing-keys", "rotate", "--purpose", "feed", "--now"]);
    await jotgate.call("/v1/logout", { body: { refresh_token } });
    await becomes(guard, token, "revoked.session");
  });

  test("a key that has leaked: its tokens are refused, those of the key in its place are good", async () => {
    const old = await jotgate.user("leaked");
    const guard = guardOf(jotgate);
    await guard.check(old.access_token);
    jotgate.run(["signing-keys", "revoke", kidOf(old.access_token), "--yes"]);
    await becomes(guard, old.access_token, "revoked.key");
    // The command works beside the server, which may take a moment to sign with the new key.
    let next = old;
    await eventually("another key signs", async () => kidOf((next = await refreshed(next)).access_token) !== kidOf(old.access_token));
    await becomes(guard, next.access_token, "accepted");
    assert.equal(await reasonOf(guard.check(old.access_token)), "revoked.key");
  });
});

describe("when the server ends", { skip }, () => {
  let jotgate;
  before(async () => (jotgate = await Jotgate.start()));
  after(() => jotgate?.remove());

  test("killed: checks go on, then the policy; back: everything that happened in between is known", async () => {
    const [kept, ended] = [await jotgate.user("kept"), await jotgate.user("ended")];
    const guard = guardOf(jotgate, { maxStaleness: 2 });
    await Promise.all([kept, ended].map(({ access_token: token }) => guard.check(token)));
    await jotgate.stop("SIGKILL");
    // Without news for 2 s. A heartbeat comes only every 5 s, so this may hold for a moment before the end too.
    await becomes(guard, kept.access_token, "revocations.stale");
    await jotgate.restart();
    await jotgate.call("/v1/logout", { body: { refresh_token: ended.refresh_token } });
    await becomes(guard, ended.access_token, "revoked.session");
    await becomes(guard, kept.access_token, "accepted");
  });

  test("a guard that starts before the server", async () => {
    const { access_token: token } = await jotgate.user("early");
    await jotgate.stop();
    const guard = guardOf(jotgate);
    assert.equal(await reasonOf(guard.check(token)), "keys.unreachable");
    await jotgate.restart();
    await becomes(guard, token, "accepted");
  });
});
