// The feed's wire format against the vectors that every implementation is tested with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { importJWK } from "jose";
import { readEvent, readSnapshot } from "../dist/feed/message.js";
import { RevocationSet, digestAt, digestOf } from "../dist/feed/set.js";

const vectors = JSON.parse(readFileSync(new URL("../../../crates/token/data/revocation-vectors.json", import.meta.url)));
const [jwk] = vectors.keys.keys;
const material = await importJWK(jwk);
const find = async (alg, kid) => {
  if (alg !== "ES256" || kid !== jwk.kid) throw new Error("unknown key");
  return { material };
};
const digest = (hex) => digestAt(Buffer.from(hex, "hex"), 0);

test("digests", () => {
  assert.ok(vectors.digests.length >= 20);
  for (const { issuer, kind, id, digest: expected } of vectors.digests) {
    assert.deepEqual(digestOf(issuer, kind, id), digest(expected), `${issuer} ${kind} ${id}`);
  }
});

test("an event", async () => {
  const { claims, jws } = vectors.event;
  const event = await readEvent(jws, vectors.issuer, find);
  const { era, seq, iat, leeway, previous, nonce } = event;
  assert.deepEqual({ era, seq, iat, feed_leeway: leeway, prev_seq: previous, nonce }, {
    era: claims.era, seq: claims.seq, iat: claims.iat, feed_leeway: claims.feed_leeway, prev_seq: claims.prev_seq, nonce: claims.nonce,
  });
  for (const [name, { packed }] of Object.entries(vectors.lists)) assert.equal(event.lists[name].toString("base64url"), packed);
});

test("a heartbeat has no entries", async () => {
  const { lists, previous, seq } = await readEvent(vectors.heartbeat.jws, vectors.issuer, find);
  assert.equal(previous, seq);
  assert.ok(Object.values(lists).every((list) => list.length === 0));
});

test("a snapshot, and every entry of it is found", async () => {
  const { lists } = await readSnapshot(vectors.snapshot.jws, vectors.issuer, find);
  const set = new RevocationSet();
  set.merge(lists);
  for (const { digest: hex, until } of ["sessions", "tokens", "keys"].flatMap((name) => vectors.lists[name].entries)) {
    assert.equal(set.has(digest(hex)), until > 0, hex);
  }
  for (const { digest: hex, value } of vectors.lists.subjects.entries) {
    assert.equal(set.isOutdated(digest(hex), Number(value) - 4096), Number(value) > Number(value) - 4096);
    assert.equal(set.isOutdated(digest(hex), Number(value)), false);
  }
});

describe("refused", () => {
  for (const { name, as, jws } of vectors.refused) {
    test(name, async () => {
      await assert.rejects((as === "event" ? readEvent : readSnapshot)(jws, vectors.issuer, find));
    });
  }
});
