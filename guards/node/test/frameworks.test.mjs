// The guard in Express, in Node's own server and in Fastify: what a client sees.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import express from "express";
import Fastify from "fastify";
import { anyOf, authOf, createGuard, freshWithin, requireRole, requireScope } from "../dist/index.js";
import { jotgateGuard } from "../dist/fastify.js";
import { startIssuer } from "./support/issuer.mjs";

const RESOURCE = "https://api.example/v2";

async function expressApp(guard) {
  const app = express();
  const say = (req, res) => res.json(authOf(req).subject);
  app.get("/open", guard.expressOptional(), (req, res) => res.json(req.auth?.subject ?? "nobody"));
  app.get("/forgotten", say);
  app.use(guard.express());
  app.get("/", say);
  app.get("/scope", guard.express(requireScope("read")), say);
  app.get("/scopes", guard.express(requireScope("read", "delete")), say);
  app.get("/admin", guard.express(requireRole("admin")), say);
  app.get("/any", guard.express(anyOf(requireRole("admin"), requireScope("write"))), say);
  app.get("/none", guard.express(anyOf(requireRole("admin"), requireRole("owner"))), say);
  app.get("/fresh", guard.express(freshWithin(60)), say);
  app.get("/now", guard.express(freshWithin(0)), say);
  app.use((error, req, res, next) => res.status(500).json({ error: error.message }));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, close: () => (server.closeAllConnections(), server.close()) };
}

async function fastifyApp(guard) {
  const app = Fastify();
  const say = async (request) => JSON.stringify(authOf(request).subject);
  const onRequest = (...rules) => ({ onRequest: guard.fastify(...rules) });
  app.get("/open", { onRequest: guard.fastifyOptional() }, async (request) => JSON.stringify(request.auth?.subject ?? "nobody"));
  app.get("/forgotten", say);
  await app.register(async (guarded) => {
    await guarded.register(jotgateGuard, { guard });
    guarded.get("/", say);
    guarded.get("/scope", onRequest(requireScope("read")), say);
    guarded.get("/scopes", onRequest(requireScope("read", "delete")), say);
    guarded.get("/admin", onRequest(requireRole("admin")), say);
    guarded.get("/any", onRequest(anyOf(requireRole("admin"), requireScope("write"))), say);
    guarded.get("/none", onRequest(anyOf(requireRole("admin"), requireRole("owner"))), say);
    guarded.get("/fresh", onRequest(freshWithin(60)), say);
    guarded.get("/now", onRequest(freshWithin(0)), say);
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: app.server.address().port, close: () => app.close() };
}

for (const [name, start] of Object.entries({ express: expressApp, fastify: fastifyApp })) {
  describe(name, () => {
    let issuer, guard, app, verdict;
    before(async () => {
      issuer = await startIssuer();
      issuer.overrides.set("/v1/verify", (req, res, query) => verdict(req, res, query));
      guard = createGuard({ issuer: issuer.url, audience: "api", resource: RESOURCE, log: () => undefined });
      app = await start(guard);
    });
    after(async () => {
      await app.close();
      guard.close();
      await issuer.stop();
    });

    async function get(path, { token, headers = {} } = {}) {
      if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
      const reply = await fetch(`http://127.0.0.1:${app.port}${path}`, { headers });
      const text = await reply.text();
      return { status: reply.status, challenge: reply.headers.get("WWW-Authenticate"), type: reply.headers.get("Content-Type"), retry: reply.headers.get("Retry-After"), body: JSON.parse(text) };
    }

    test("a good token is let through, and the handler knows whose it is", async () => {
      assert.deepEqual((await get("/", { token: await issuer.sign() })).body, "u1");
    });

    test("no token: 401 with a challenge without an error, that names the API's metadata", async () => {
      const { status, challenge, type, body } = await get("/");
      assert.deepEqual([status, type.split(";")[0]], [401, "application/problem+json"]);
      assert.equal(challenge, `Bearer realm="jotgate", resource_metadata="https://api.example/.well-known/oauth-protected-resource/v2"`);
      assert.deepEqual(body, { type: `${issuer.url}/reasons/token.missing`, title: "No token was sent", status: 401, detail: "No token was sent.", reason: "token.missing" });
    });

    test("a bad token: 401 with the reason", async () => {
      const { status, challenge, body } = await get("/", { token: await issuer.sign({ claims: { aud: "other" } }) });
      assert.deepEqual([status, body.reason, body.expected, body.received], [401, "aud.mismatch", "api", "other"]);
      assert.match(challenge, /error="invalid_token", error_description="The token is meant for somebody else"/);
    });

    test("two Authorization headers: 400, though Node shows only one", async () => {
      const token = await issuer.sign();
      const socket = connect(app.port, "127.0.0.1");
      socket.end(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      let answer = "";
      for await (const chunk of socket) answer += chunk;
      assert.match(answer, /^HTTP\/1.1 400 [^]*error="invalid_request"[^]*token\.repeated/i);
    });

    test("the optional guard: nobody, somebody, and a bad token is refused all the same", async () => {
      assert.equal((await get("/open")).body, "nobody");
      assert.equal((await get("/open", { token: await issuer.sign() })).body, "u1");
      assert.equal((await get("/open", { token: `${await issuer.sign()}x` })).status, 401);
      for (const Authorization of ["Basic eDp5", "Bearer", "Bearer undefined"]) assert.equal((await get("/open", { headers: { Authorization } })).status, 401);
    });

    test("a route without a guard fails instead of being open", async () => {
      assert.equal((await get("/forgotten", { token: await issuer.sign() })).status, 500);
    });

    test("scopes and roles: 403 when missing, compared whole", async () => {
      const token = await issuer.sign();
      for (const path of ["/scope", "/any"]) assert.equal((await get(path, { token })).status, 200, path);
      const scopes = await get("/scopes", { token });
      assert.deepEqual([scopes.status, scopes.body.reason], [403, "scope.missing"]);
      assert.match(scopes.challenge, /error="insufficient_scope", .*scope="read delete"/);
      const admin = await get("/admin", { token: await issuer.sign({ claims: { roles: ["administrator", "Admin"] } }) });
      assert.deepEqual([admin.status, admin.body.reason, admin.body.expected], [403, "role.missing", "the role admin"]);
      assert.equal((await get("/admin", { token: await issuer.sign({ claims: { roles: ["admin"] } }) })).status, 200);
      assert.equal((await get("/none", { token })).status, 403);
    });

    test("freshWithin asks the issuer, and remembers a good answer only", async () => {
      const token = await issuer.sign({ claims: { jti: name } });
      const asked = [];
      const good = (req, res, query) => (asked.push(query.get("aud")), res.end('{"active":true,"sub":"u1"}'));
      verdict = good;
      for (const path of ["/fresh", "/fresh", "/now", "/now"]) assert.equal((await get(path, { token })).status, 200, path);
      assert.deepEqual(asked, ["api", "api", "api"]);
      verdict = (req, res) => res.writeHead(401).end('{"reason":"revoked.session"}');
      const refused = await get("/now", { token });
      assert.deepEqual([refused.status, refused.body.reason], [401, "revoked.session"]);
      for (const answer of ["<html>", '{"active":false,"sub":"u1"}', '{"active":true,"sub":"u2"}', "{}"]) {
        verdict = (req, res) => res.end(answer);
        const { status, body, retry } = await get("/now", { token });
        assert.deepEqual([status, body.reason, retry], [503, "revocations.stale", "1"], answer);
      }
      for (const [status, reason] of [[401, "login.failed"], [401, "role.missing"], [400, "token.repeated"], [500, "revoked.session"]]) {
        verdict = (req, res) => res.writeHead(status).end(JSON.stringify({ reason }));
        assert.equal((await get("/now", { token })).status, 503, reason);
      }
    });

    test("what was refused is counted by reason", async () => {
      const before = guard.metrics();
      await get("/");
      await get("/", { token: await issuer.sign() });
      const { accepted, refused } = guard.metrics();
      assert.equal(refused["token.missing"], (before.refused["token.missing"] ?? 0) + 1);
      assert.equal(accepted, before.accepted + 1);
    });
  });
}

test("the API's own metadata", () => {
  const guard = createGuard({ issuer: "http://localhost:9", audience: "api", resource: RESOURCE, feed: false, log: () => undefined });
  assert.deepEqual(guard.resourceMetadata(), {
    path: "/.well-known/oauth-protected-resource/v2",
    document: { resource: RESOURCE, authorization_servers: ["http://localhost:9"], bearer_methods_supported: ["header"] },
  });
  guard.close();
});

test("the cookie opens the API to our pages only", async () => {
  const issuer = await startIssuer();
  const guard = createGuard({ issuer: issuer.url, audience: "api", acceptCookie: { origins: ["https://app.example"] }, log: () => undefined });
  const Cookie = `jotgate_access_${issuer.port}=${await issuer.sign()}`;
  const request = (headers) => ({ method: "POST", url: "/", rawHeaders: Object.entries({ Cookie, ...headers }).flat() });
  try {
    assert.equal((await guard.authenticate(request({ Origin: "https://app.example" }))).subject, "u1");
    await assert.rejects(guard.authenticate(request({ Origin: "https://evil.example" })), { reason: "request.origin", status: 403 });
    await assert.rejects(guard.authenticateOptional(request({})), { reason: "request.origin" });
  } finally {
    guard.close();
    await issuer.stop();
  }
});
