// The set in memory against a Map that does the same without cleverness.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { RevocationSet, digestAt } from "../dist/feed/set.js";

const NONE = { sessions: Buffer.alloc(0), tokens: Buffer.alloc(0), subjects: Buffer.alloc(0), keys: Buffer.alloc(0) };
const bytesOf = (n) => createHash("sha256").update(String(n)).digest().subarray(0, 8);
const digest = (n) => digestAt(bytesOf(n), 0);

function plain(entries) {
  return Buffer.concat(entries.map(([n, until]) => Buffer.concat([bytesOf(n), word(until)])));
}

function subjects(entries) {
  return Buffer.concat(entries.map(([n, value, until]) => {
    const epoch = Buffer.alloc(8);
    epoch.writeBigInt64BE(BigInt(value));
    return Buffer.concat([bytesOf(n), epoch, word(until)]);
  }));
}

function word(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

test("finds what was put in and nothing else, through growth and pruning", () => {
  const set = new RevocationSet();
  const model = new Map();
  for (let round = 0; round < 40; round += 1) {
    const entries = Array.from({ length: 250 }, (_, n) => [round * 200 + n, 1000 + ((n * 7919 + round) % 500)]);
    set.merge({ ...NONE, [["sessions", "tokens", "keys"][round % 3]]: plain(entries) });
    for (const [n, until] of entries) model.set(n, Math.max(until, model.get(n) ?? 0));
    if (round % 10 === 9) {
      set.prune(1000 + round * 10);
      for (const [n, until] of model) if (until < 1000 + round * 10 && !set.has(digest(n))) model.delete(n);
    }
    assert.equal(set.size, model.size);
  }
  for (const n of model.keys()) assert.ok(set.has(digest(n)), String(n));
  for (let n = 100_000; n < 110_000; n += 1) assert.ok(!set.has(digest(n)));
});

test("pruning keeps what has not ended", () => {
  const set = new RevocationSet();
  set.merge({ ...NONE, sessions: plain([[1, 100], [2, 200], [3, 201]]) });
  set.prune(201);
  assert.deepEqual([1, 2, 3].map((n) => set.has(digest(n))), [false, false, true]);
});

test("of two entries the later end and the higher epoch stay", () => {
  const set = new RevocationSet();
  set.merge({ ...NONE, subjects: subjects([[1, 7, 200], [1, 5, 300]]), tokens: plain([[2, 300], [2, 200]]) });
  assert.ok(set.isOutdated(digest(1), 6) && !set.isOutdated(digest(1), 7));
  set.prune(250);
  assert.ok(set.isOutdated(digest(1), 6) && set.has(digest(2)));
  assert.ok(!set.isOutdated(digest(3), -1));
});

test("a snapshot loaded twice takes no more room", () => {
  const set = new RevocationSet();
  const sessions = plain(Array.from({ length: 10_000 }, (_, n) => [n, 1000]));
  set.merge({ ...NONE, sessions });
  set.merge({ ...NONE, sessions });
  assert.equal(set.size, 10_000);
});
