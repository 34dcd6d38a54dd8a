// What follows from each event: no network, no clock.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOTHING, endOfEntries, isEnough, onFirst, onNext, withSnapshot } from "../dist/feed/progress.js";

const NONCE = "bm9uY2Utb2YtdGhlLXRlc3Q";
const event = (changes = {}) => ({ era: "a", seq: 10, previous: 10, iat: 1000, leeway: 120, nonce: undefined, ...changes });
const first = (changes) => event({ nonce: NONCE, ...changes });
/** As after a connection at 5,000 ms, when the issuer's clock said 1,000 s. */
const begun = (position = { era: "a", seq: 10 }) => onFirst({ ...NOTHING, position }, first(), 5000, NONCE).after;

describe("the first event of a connection", () => {
  test("must echo the nonce", () => {
    for (const nonce of [undefined, "another"]) assert.throws(() => onFirst(NOTHING, event({ nonce }), 5000, NONCE));
  });

  test("is as fresh as its request", () => {
    assert.equal(begun().freshAtMs, 5000);
    const again = onFirst({ ...begun(), freshAtMs: 9000 }, first(), 7000, NONCE);
    assert.equal(again.after.freshAtMs, 9000, "what was known already is not forgotten");
  });

  test("asks for the snapshot when nothing is known, when entries lie between, and in a new era", () => {
    const load = (position, changes) => onFirst({ ...NOTHING, position }, first(changes), 0, NONCE).load;
    assert.deepEqual(load(undefined), { era: "a", seq: 10 });
    assert.deepEqual(load({ era: "a", seq: 9 }), { era: "a", seq: 10 });
    assert.deepEqual(load({ era: "b", seq: 10 }), { era: "a", seq: 10 });
    assert.equal(load({ era: "a", seq: 10 }), undefined);
    assert.equal(load({ era: "a", seq: 4 }, { previous: 4, seq: 12 }), undefined);
  });

  test("raises an alarm for a lower number and a new era, not for the first one", () => {
    const step = (position, changes) => onFirst({ ...NOTHING, position }, first(changes), 0, NONCE);
    assert.equal(step(undefined).alarm, undefined);
    assert.match(step({ era: "a", seq: 11 }).alarm, /11 to 10/);
    assert.deepEqual(step({ era: "a", seq: 11 }).load, { era: "a", seq: 10 });
    assert.match(step({ era: "b", seq: 10 }).alarm, /era/);
  });
});

describe("a later event", () => {
  test("is as fresh as it was made, whenever it arrives", () => {
    const held = onNext(begun(), event({ iat: 1005 }), 60_000);
    assert.equal(held.after.freshAtMs, 10_000);
  });

  test("is never fresher than now, whatever the issuer's clock says", () => {
    assert.equal(onNext(begun(), event({ iat: 9999 }), 6000).after.freshAtMs, 6000);
  });

  test("made earlier than the one before refreshes nothing and ends the connection", () => {
    const known = onNext(begun(), event({ iat: 1005 }), 10_000).after;
    const step = onNext(known, event({ iat: 1004 }), 11_000);
    assert.equal(step.after.freshAtMs, 10_000);
    assert.ok(step.reconnect);
    assert.equal(step.after.anchor.lastIat, 1005);
  });

  test("made before one from the future refreshes nothing either", () => {
    const known = onNext(begun(), event({ iat: 9999 }), 6000).after;
    assert.equal(onNext(known, event({ iat: 5000 }), 60_000).after.freshAtMs, 6000);
  });

  test("the same event again refreshes nothing", () => {
    const known = onNext(begun(), event({ iat: 1005 }), 10_000).after;
    const step = onNext(known, event({ iat: 1005 }), 30_000);
    assert.equal(step.after.freshAtMs, 10_000);
    assert.ok(!step.reconnect);
  });

  test("moves the position on, over numbers that are skipped", () => {
    const step = onNext(begun(), event({ previous: 10, seq: 15, iat: 1001 }), 6000);
    assert.deepEqual([step.after.position, step.load], [{ era: "a", seq: 15 }, undefined]);
  });

  test("behind a gap asks for the snapshot", () => {
    assert.deepEqual(onNext(begun(), event({ previous: 11, seq: 12 }), 6000).load, { era: "a", seq: 12 });
  });
});

describe("a snapshot", () => {
  test("counts when it is of the era and has the number", () => {
    const load = { era: "a", seq: 10 };
    assert.deepEqual([9, 10, 11].map((seq) => isEnough(load, event({ seq }))), [false, true, true]);
    assert.ok(!isEnough(load, event({ era: "b", seq: 99 })));
  });

  test("sets the position", () => {
    const step = onFirst(NOTHING, first(), 5000, NONCE);
    assert.deepEqual(withSnapshot(step, event({ seq: 12 })).position, { era: "a", seq: 12 });
  });
});

test("entries end by the slower of the two clocks", () => {
  assert.equal(endOfEntries(begun(), 15_000, 2000), 1010);
  assert.equal(endOfEntries(begun(), 15_000, 400), 400);
  assert.equal(endOfEntries(NOTHING, 15_000, 400), -Infinity);
});
