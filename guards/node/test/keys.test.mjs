// Keys: when they are fetched, within which limits, and what happens when they cannot be.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterEach, describe, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { exportJWK, generateKeyPair } from "jose";
import { Cache } from "../dist/cache.js";
import { createGuard } from "../dist/index.js";
import { KeyRing } from "../dist/keys.js";
import { eventually, reasonOf, startIssuer, TestIssuer } from "./support/issuer.mjs";

const JWKS = "/.well-known/jwks.json";
const run = promisify(execFile);
const METADATA = "/.well-known/oauth-authorization-server";

describe("keys", () => {
  const open = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await (one.close ? one.close() : one.stop());
  });
  const opened = (one) => (open.push(one), one);
  const issuerWith = async (change = () => undefined) => {
    const issuer = opened(await startIssuer());
    await change(issuer);
    return issuer;
  };
  const guardOf = (issuer, more) => opened(createGuard({ issuer: issuer.url, audience: "api", feed: false, log: () => undefined, ...more }));

  test("a guard starts while the issuer is away, answers 503, and works once it is there", async () => {
    const later = opened(new TestIssuer());
    await later.listen();
    const { port } = later;
    await later.stop();
    const guard = guardOf(later);
    const token = await later.sign();
    const refusal = await guard.check(token).catch((error) => error);
    assert.equal(refusal.reason, "keys.unreachable");
    assert.equal(refusal.status, 503);
    const back = opened(new TestIssuer());
    await back.listen(port);
    await eventually("the guard has keys", async () => (await reasonOf(guard.check(token))) === "accepted");
  });

  test("one fetch for callers who come together, none for those who come later", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, n) => issuer.sign({ claims: { jti: `j${n}` } })));
    await Promise.all(tokens.map((token) => guard.check(token)));
    assert.equal(issuer.count(JWKS), 1);
    assert.equal(issuer.count(METADATA), 1);
  });

  test("a new key is found at once; made-up names fetch nothing more", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    await guard.check(await issuer.sign());
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    issuer.jwks.push({ ...(await exportJWK(publicKey)), kid: "t9", alg: "ES256" });
    const tokens = await Promise.all(["a", "b", "c"].map((jti) => issuer.sign({ key: privateKey, header: { kid: "t9" }, claims: { jti } })));
    const reasons = await Promise.all(tokens.map((token) => reasonOf(guard.check(token))));
    assert.deepEqual(reasons, ["accepted", "accepted", "accepted"], "those who come together share the fetch");
    assert.equal(issuer.count(JWKS), 2);
    for (let n = 0; n < 1000; n += 1) assert.equal(await reasonOf(guard.check(await issuer.sign({ header: { kid: `x${n}` } }))), "key.unknown_kid");
    assert.equal(issuer.count(JWKS), 2);
  });

  test("a key that is withdrawn counts no more, also for tokens seen before", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    const token = await issuer.sign();
    await guard.check(token);
    const { publicKey } = await generateKeyPair("ES256");
    issuer.jwks = [{ ...(await exportJWK(publicKey)), kid: "t9", alg: "ES256" }];
    await reasonOf(guard.check(await issuer.sign({ header: { kid: "t9" } })));
    assert.equal(await reasonOf(guard.check(token)), "key.unknown_kid");
  });

  test("the same name with another key: the new one counts, the old one not", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    const old = await issuer.sign();
    await guard.check(old);
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    issuer.jwks = [{ ...(await exportJWK(publicKey)), kid: "t1", alg: "ES256" }];
    await reasonOf(guard.check(await issuer.sign({ header: { kid: "fetch" } })));
    assert.equal(await reasonOf(guard.check(await issuer.sign({ key: privateKey }))), "accepted");
    assert.equal(await reasonOf(guard.check(old)), "signature.invalid");
  });

  test("known keys outlive an answer that is no key set", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    await guard.check(await issuer.sign());
    issuer.overrides.set(JWKS, (_, res) => res.writeHead(500).end("<html>"));
    assert.equal(await reasonOf(guard.check(await issuer.sign({ header: { kid: "new" } }))), "keys.unreachable");
    assert.equal(await reasonOf(guard.check(await issuer.sign())), "accepted");
  });

  test("two keys of one name: the one that fits; two that fit are ambiguous", async () => {
    const issuer = await issuerWith(async (issuer) => {
      const { publicKey } = await generateKeyPair("RS256");
      issuer.jwks.push({ ...(await exportJWK(publicKey)), kid: "t1", alg: "RS256" });
    });
    assert.equal(await reasonOf(guardOf(issuer).check(await issuer.sign())), "accepted");
    const { publicKey } = await generateKeyPair("ES256");
    issuer.jwks.push({ ...(await exportJWK(publicKey)), kid: "t1", alg: "ES256" });
    const guard = guardOf(issuer);
    assert.equal(await reasonOf(guard.check(await issuer.sign())), "key.ambiguous");
    assert.equal(await reasonOf(guard.check(await issuer.sign({ header: { kid: undefined } }))), "key.ambiguous");
  });

  test("a key that is private or for something else is not used", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg: "ES256" };
    const { d, ...pub } = jwk;
    const issuer = await issuerWith((issuer) => issuer.jwks.push({ ...jwk, kid: "private" }, { ...pub, kid: "enc", use: "enc" }, { ...pub, kid: "ops", key_ops: ["sign"] }));
    const guard = guardOf(issuer);
    const reasons = {};
    for (const kid of ["private", "enc", "ops"]) reasons[kid] = await reasonOf(guard.check(await issuer.sign({ key: privateKey, header: { kid } })));
    assert.deepEqual(reasons, { private: "key.unsupported", enc: "key.wrong_use", ops: "key.wrong_use" });
  });

  test("a banned key stays banned, whatever key sets say later and whether or not an entry is still there", async () => {
    const issuer = await issuerWith();
    const ring = new KeyRing(issuer.url, async () => new URL(JWKS, issuer.url), ["ES256"], () => undefined);
    opened(ring);
    const key = await ring.find("ES256", "t1");
    ring.ban([key.digest]);
    assert.equal(key.live, false);
    await eventually("the key set is fetched again, for the key in its place", () => issuer.count(JWKS) === 2);
    assert.equal(await reasonOf(ring.find("ES256", "new")), "key.unknown_kid");
    assert.equal(issuer.count(JWKS), 3);
    assert.equal(await reasonOf(ring.find("ES256", "t1")), "revoked.key");
    const { publicKey } = await generateKeyPair("ES256");
    issuer.jwks = [{ ...(await exportJWK(publicKey)), kid: "t2", alg: "ES256" }];
    ring.start();
    await eventually("the key set without it is there", () => ring.find("ES256", "t2").then(() => true, () => false));
    assert.equal(await reasonOf(ring.find("ES256", "t1")), "revoked.key");
  });

  const answers = {
    "a redirect": (_, res) => res.writeHead(302, { Location: "/moved" }).end(),
    "an answer that is too large": (_, res, good) => res.end(JSON.stringify({ keys: [good], x: "x".repeat(300_000) })),
    "one that is too large when it is unpacked": (_, res, good) => res.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(JSON.stringify({ keys: [good], x: "x".repeat(300_000) }))),
    "101 keys": (_, res, good) => res.end(JSON.stringify({ keys: Array.from({ length: 101 }, () => good) })),
    "HTML": (_, res) => res.end("<html>"),
    "no list of keys": (_, res) => res.end('{"keys":{}}'),
    "no usable key": (_, res) => res.end('{"keys":[{"kty":"new","alg":"X"}]}'),
    "a list twice": (_, res) => res.end('{"keys":[],"keys":[]}'),
    "an answer that breaks off": (_, res) => (res.writeHead(200, { "Content-Length": 999 }).write("{"), res.socket.destroy()),
  };
  for (const [what, answer] of Object.entries(answers)) {
    test(`not taken for keys: ${what}`, async () => {
      const issuer = await issuerWith((issuer) => issuer.overrides.set(JWKS, (req, res) => answer(req, res, issuer.token.jwk)));
      assert.equal(await reasonOf(guardOf(issuer).check(await issuer.sign())), "keys.unreachable");
      assert.equal(issuer.count("/moved"), 0);
    });
  }

  const metadata = {
    "of another issuer": (document) => ({ ...document, issuer: "https://evil.example" }),
    "with keys at another origin": (document, elsewhere) => ({ ...document, jwks_uri: `${elsewhere.url}${JWKS}` }),
    "with keys in a file": (document) => ({ ...document, jwks_uri: "file:///etc/passwd" }),
    "without keys": ({ jwks_uri, ...document }) => document,
  };
  for (const [what, change] of Object.entries(metadata)) {
    test(`metadata not taken: ${what}`, async () => {
      const elsewhere = await issuerWith();
      const issuer = await issuerWith((issuer) => issuer.overrides.set(METADATA, (_, res) => res.end(JSON.stringify(change(issuer.metadata(), elsewhere)))));
      assert.equal(await reasonOf(guardOf(issuer).check(await issuer.sign())), "keys.unreachable");
      assert.deepEqual(elsewhere.requests, []);
    });
  }

  test("keys at another origin are asked for when the configuration names it", async () => {
    const keys = await issuerWith();
    const issuer = await issuerWith();
    const guard = guardOf(issuer, { jwksUri: `${keys.url}${JWKS}` });
    assert.equal(await reasonOf(guard.check(await issuer.sign())), "accepted");
    assert.deepEqual([issuer.requests, keys.requests], [[], [JWKS]]);
  });

  test("a token makes no request, whatever addresses its header holds", async () => {
    const elsewhere = await issuerWith();
    const issuer = await issuerWith();
    const guard = guardOf(issuer);
    for (const header of [{ jku: `${elsewhere.url}${JWKS}` }, { x5u: `${elsewhere.url}/cert` }, { jwk: elsewhere.token.jwk }]) {
      assert.equal(await reasonOf(guard.check(await issuer.sign({ header: { kid: "theirs", ...header } }))), "key.unknown_kid");
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  test("a guard that follows a feed does not keep a process alive", async () => {
    const issuer = await issuerWith();
    const script = `
      import { createGuard } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      const guard = createGuard({ issuer: process.env.ISSUER, audience: "api" });
      console.log((await guard.check(process.env.TOKEN)).subject);`;
    const env = { PATH: process.env.PATH, ISSUER: issuer.url, TOKEN: await issuer.sign() };
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env, timeout: 30_000 });
    assert.equal(stdout, "u1\n");
  });

  test("a closed guard hangs up", async () => {
    const issuer = await issuerWith();
    const guard = guardOf(issuer, { feed: true });
    await guard.check(await issuer.sign());
    await eventually("the stream is open", () => issuer.streams.size === 1);
    guard.close();
    await eventually("the stream is closed", () => issuer.streams.size === 0);
  });
});

test("the cache holds so many tokens and no more; the one not used for longest goes", () => {
  const cache = new Cache(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  assert.deepEqual(["a", "b", "c"].map((key) => cache.get(key)), [1, undefined, 3]);
  assert.equal(cache.size, 2);
  const none = new Cache(0);
  none.set("a", 1);
  assert.equal(none.get("a"), undefined);
});
