// The follower against a feed that is cut, held back, played again, rolled back and forged.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { generateKeyPair } from "jose";
import { createGuard } from "../dist/index.js";
import { EventReader } from "../dist/feed/stream.js";
import { TestIssuer, eventually, reasonOf, startIssuer } from "./support/issuer.mjs";

/** Every byte takes a while: `JOTGATE_DEEP=1`. */
const STEP = process.env.JOTGATE_DEEP ? 1 : 37;

describe("the feed", () => {
  const open = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await (one.close ? one.close() : one.stop());
  });
  const opened = (one) => (open.push(one), one);
  const said = [];
  const guardOf = (issuer, more) => opened(createGuard({ issuer: issuer.url, audience: "api", log: (message) => said.push(message), ...more }));
  const feedOf = (guard) => guard.metrics().issuers[0].feed;
  const becomes = (guard, token, reason) => eventually(`the answer is ${reason}`, async () => (await reasonOf(guard.check(token))) === reason);
  /** An issuer and a guard that follows it. */
  async function following(more) {
    const issuer = opened(await startIssuer());
    const guard = guardOf(issuer, more);
    await guard.check(await issuer.sign());
    await eventually("the stream is open", () => issuer.streams.size === 1);
    return { issuer, guard };
  }

  test("what was revoked before the guard started is refused from the first request on", async () => {
    const issuer = opened(await startIssuer());
    await issuer.revoke("session", "s1");
    assert.equal(await reasonOf(guardOf(issuer).check(await issuer.sign())), "revoked.session");
  });

  const kinds = {
    session: ["s1", { sid: "s2" }],
    token: ["j1", { jti: "j2" }],
    subject: ["u1", { epoch: 101 }],
  };
  for (const [kind, [id, unlike]] of Object.entries(kinds)) {
    test(`a revoked ${kind} is refused, another one not; also when the token was seen before`, async () => {
      const { issuer, guard } = await following();
      const seen = await issuer.sign();
      assert.equal(await reasonOf(guard.check(seen)), "accepted");
      await issuer.revoke(kind, id, 101);
      await becomes(guard, seen, `revoked.${kind}`);
      assert.equal(await reasonOf(guard.check(await issuer.sign())), `revoked.${kind}`);
      assert.equal(await reasonOf(guard.check(await issuer.sign({ claims: unlike }))), "accepted");
    });
  }

  test("a revoked key is dropped at once and never taken back from the key set", async () => {
    const { issuer, guard } = await following();
    const token = await issuer.sign();
    await guard.check(token);
    const { calculateJwkThumbprint } = await import("jose");
    await issuer.revoke("key", await calculateJwkThumbprint(issuer.token.jwk));
    await becomes(guard, token, "revoked.key");
    // The key set still holds it, and is fetched again because a name is unknown.
    await reasonOf(guard.check(await issuer.sign({ header: { kid: "new" } })));
    assert.ok(issuer.count("/.well-known/jwks.json") >= 2);
    assert.equal(await reasonOf(guard.check(await issuer.sign({ claims: { jti: "later" } }))), "revoked.key");
  });

  test("no request is made to check a token", async () => {
    const { issuer, guard } = await following();
    const before = issuer.requests.length;
    for (let n = 0; n < 200; n += 1) await guard.check(await issuer.sign({ claims: { jti: `j${n}` } }));
    assert.equal(issuer.requests.length, before);
  });

  test("a stream that is cut is taken up where it was; nothing in between is missed, no snapshot needed", async () => {
    const { issuer, guard } = await following();
    const token = await issuer.sign();
    for (let n = 0; n < 5; n += 1) {
      for (const stream of issuer.streams) stream.res.destroy();
      await eventually("the stream is gone", () => issuer.streams.size === 0);
      await issuer.revoke("session", n === 4 ? "s1" : `other${n}`);
      await eventually("the guard is back", () => issuer.streams.size === 1 && feedOf(guard).seq === issuer.seq);
    }
    await becomes(guard, token, "revoked.session");
    const snapshots = issuer.count("/v1/revocations") - feedOf(guard).connections;
    assert.equal(snapshots, 1);
  });

  test("cut at every byte of an event, it is missed by nobody", async () => {
    const { issuer, guard } = await following();
    const first = `event: revocations\ndata: ${await issuer.message({ prev_seq: 0, seq: 1, nonce: "n".repeat(22) })}\n\n`;
    for (let at = 0; at < first.length; at += STEP) {
      for (const stream of issuer.streams) stream.res.write(first.slice(0, at), () => stream.res.destroy());
      await issuer.revoke("session", `s${at + 1000}`);
      await eventually(`back after a cut at ${at}`, () => issuer.streams.size === 1 && feedOf(guard).seq === issuer.seq);
    }
    assert.equal(await reasonOf(guard.check(await issuer.sign({ claims: { sid: "s1000" } }))), "revoked.session");
  });

  test("behind a gap the snapshot is loaded, however late a cache has it", async () => {
    const { issuer, guard } = await following();
    const old = await issuer.message({ seq: 0 });
    let late = 3;
    issuer.overrides.set("/v1/revocations", (req, res, query) => {
      if (req.headers.accept === "text/event-stream" || --late < 0) return issuer.feed(req, res, query);
      res.end(old);
    });
    const token = await issuer.sign();
    await issuer.revoke("session", "s1");
    const [stream] = issuer.streams;
    // As if the event had been lost: the next one begins after it.
    stream.sent = issuer.seq;
    await issuer.revoke("session", "another");
    await becomes(guard, token, "revoked.session");
  });

  test("an event that is tampered with, signed by a token key, of another type or issuer ends the connection", async () => {
    const { issuer, guard } = await following();
    const claims = { prev_seq: issuer.seq, seq: issuer.seq + 5 };
    const good = await issuer.message(claims);
    const foreign = [
      good.replace(/.{4}$/, "AAAA"),
      await issuer.message(claims, { key: issuer.token.privateKey, kid: "t1" }),
      await issuer.message(claims, { key: (await generateKeyPair("ES256")).privateKey }),
      await issuer.message(claims, { typ: "at+jwt" }),
      await issuer.message({ ...claims, iss: "https://evil.example" }),
      await issuer.message({ seq: issuer.seq + 5 }),
      "not a token",
    ];
    for (const jws of foreign) {
      await eventually("the stream is open", () => issuer.streams.size === 1);
      const [stream] = issuer.streams;
      stream.write(jws);
      await eventually(`the guard hung up: ${jws.slice(0, 40)}`, () => !issuer.streams.has(stream));
    }
    assert.equal(feedOf(guard).seq, issuer.seq);
  });

  test("a recorded stream is not taken for a live one", async () => {
    const issuer = opened(await startIssuer());
    const recorded = await issuer.message({ prev_seq: 0, seq: 0, nonce: "n".repeat(22) });
    issuer.overrides.set("/v1/revocations", (req, res) => res.writeHead(200, { "Content-Type": "text/event-stream" }).write(`event: revocations\ndata: ${recorded}\n\n`));
    const guard = guardOf(issuer);
    await eventually("it was tried", () => issuer.count("/v1/revocations") > 1);
    assert.equal(feedOf(guard).age, Infinity);
  });

  test("rolled back: an alarm, a reload, and nothing is forgotten", async () => {
    const { issuer, guard } = await following();
    const token = await issuer.sign();
    await issuer.revoke("session", "s1");
    await becomes(guard, token, "revoked.session");
    issuer.seq = 0;
    issuer.entries.sessions = [];
    for (const stream of issuer.streams) stream.res.destroy();
    await eventually("the alarm", () => feedOf(guard).alarms === 1 && feedOf(guard).seq === 0);
    assert.equal(await reasonOf(guard.check(token)), "revoked.session");
    const other = await issuer.sign({ claims: { sid: "s2" } });
    await eventually("the stream is open", () => issuer.streams.size === 1);
    await issuer.revoke("session", "s2");
    await becomes(guard, other, "revoked.session");
  });

  test("a new era: an alarm, a reload, and nothing is forgotten", async () => {
    const { issuer, guard } = await following();
    await issuer.revoke("session", "s1");
    await becomes(guard, await issuer.sign(), "revoked.session");
    issuer.era = "ZZZZZZZZZZZZZZZZZZZZZZ";
    issuer.entries.sessions = [];
    await issuer.revoke("session", "s2");
    await becomes(guard, await issuer.sign({ claims: { sid: "s2" } }), "revoked.session");
    assert.equal(await reasonOf(guard.check(await issuer.sign())), "revoked.session");
    assert.ok(feedOf(guard).alarms >= 1);
  });

  for (const [stale, reason] of Object.entries({ reject: "revocations.stale", accept: "accepted", introspect: "accepted" })) {
    test(`held back for longer than maxStaleness: ${stale}, and what is known to be revoked is refused in any case`, async () => {
      const { issuer, guard } = await following({ stale, maxStaleness: 1 });
      let asked = 0;
      issuer.overrides.set("/v1/verify", (_, res) => ((asked += 1), res.end('{"active":true,"sub":"u1"}')));
      await issuer.revoke("session", "known");
      // The connection stays, and nothing comes through it.
      issuer.overrides.set("/v1/revocations", () => undefined);
      const streams = [...issuer.streams];
      issuer.streams.clear();
      await eventually("the feed is stale", () => feedOf(guard).age > 1);
      assert.equal(await reasonOf(guard.check(await issuer.sign())), reason);
      assert.equal(asked, stale === "introspect" ? 1 : 0);
      assert.equal(await reasonOf(guard.check(await issuer.sign({ claims: { sid: "known" } }))), "revoked.session");
      assert.equal(await reasonOf(guard.check(await issuer.sign({ claims: { aud: "other" } }))), "aud.mismatch", "a bad token is bad, stale or not");
      streams.forEach(({ res }) => res.destroy());
    });
  }

  test("heartbeats keep it fresh, old ones played again do not", async () => {
    const { issuer, guard } = await following({ maxStaleness: 2 });
    const old = await issuer.message({ prev_seq: 0, seq: 0 });
    const [stream] = issuer.streams;
    const replay = setInterval(() => stream.write(old), 50);
    try {
      await eventually("the feed is stale although events arrive", () => feedOf(guard).age > 2);
    } finally {
      clearInterval(replay);
    }
    await issuer.heartbeat();
    await eventually("a heartbeat freshens it", () => feedOf(guard).age < 2);
  });

  test("an issuer whose clock goes back is asked anew", async () => {
    const { issuer, guard } = await following();
    issuer.clockOffset = -600;
    await issuer.heartbeat();
    await eventually("a second connection", () => feedOf(guard).connections === 2);
    await eventually("fresh", () => feedOf(guard).age < 2);
    await issuer.revoke("session", "s1");
    await becomes(guard, await issuer.sign(), "revoked.session");
  });

  test("a clock that is 10 minutes off is noticed", async () => {
    const issuer = opened(await startIssuer());
    issuer.clockOffset = 600;
    guardOf(issuer);
    await eventually("a word about it", () => said.some((message) => /clock is (599|600|601) s behind/.test(message)));
  });

  test("a guard with more leeway than the feed allows for refuses to follow", async () => {
    const issuer = opened(await startIssuer());
    issuer.feedLeeway = 10;
    const guard = guardOf(issuer, { leeway: 60 });
    await eventually("a word about it", () => said.some((message) => /60 s of leeway/.test(message)));
    assert.equal(feedOf(guard).age, Infinity);
  });

  test("an issuer without a feed: the policy applies, and the log says what to write", async () => {
    const issuer = opened(await startIssuer());
    issuer.overrides.set("/.well-known/oauth-authorization-server", (_, res) => {
      const { revocations_uri, revocations_jwks_uri, ...rest } = issuer.metadata();
      res.end(JSON.stringify(rest));
    });
    const token = await issuer.sign();
    guardOf(issuer);
    await eventually("a word about it", () => said.some((message) => /feed: false/.test(message)));
    assert.equal(await reasonOf(guardOf(issuer, { feed: false }).check(token)), "accepted");
  });

  test("a feed that is not public gets a token", async () => {
    const issuer = opened(await startIssuer());
    const seen = [];
    issuer.overrides.set("/v1/revocations", (req, res, query) => (seen.push(req.headers.authorization), issuer.feed(req, res, query)));
    const guard = guardOf(issuer, { feed: { token: async () => "t.o.k" } });
    await eventually("it follows", () => feedOf(guard).seq === 0);
    assert.ok(seen.length >= 2 && seen.every((line) => line === "Bearer t.o.k"));
  });

  test("the issuer restarts: the guard comes back and misses nothing", async () => {
    const { issuer, guard } = await following();
    const token = await issuer.sign();
    await issuer.stop();
    const again = opened(new TestIssuer());
    await again.listen(issuer.port);
    await again.revoke("session", "s1");
    await becomes(guard, token, "revoked.session");
  });
});

describe("event streams", () => {
  const parts = (text, size) => Array.from({ length: Math.ceil(text.length / size) }, (_, n) => Buffer.from(text.slice(n * size, (n + 1) * size)));

  test("are read the same, wherever they are cut and however lines end", () => {
    const text = ": hello\n\nid: a:1\nevent: revocations\ndata: one\n\nevent: other\ndata: no\n\nevent: revocations\r\ndata:two\r\n\r\nevent: revocations\ndata: not whole\n";
    for (let size = 1; size <= text.length; size += 1) {
      const reader = new EventReader("revocations", 1000);
      assert.deepEqual(parts(text, size).flatMap((bytes) => [...reader.push(bytes)]), ["one", "two"], String(size));
    }
  });

  test("do not grow without end", () => {
    const reader = new EventReader("revocations", 1000);
    assert.throws(() => parts("x".repeat(2000), 100).flatMap((bytes) => [...reader.push(bytes)]));
  });
});
