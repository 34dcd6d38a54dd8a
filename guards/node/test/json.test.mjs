// JSON from outside: what `JSON.parse` takes and this does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64url, parseObject } from "../dist/json.js";

function read(text) {
  try {
    return parseObject(Buffer.from(text));
  } catch ({ reason, message }) {
    return reason ?? message;
  }
}

test("one value for every name, at every depth, however it is written", () => {
  const twice = ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":{"a":1,"a":2}}', '{"x":[{"a":1,"a":2}]}', `{"a"${" \n\t\r".repeat(100)}:1,"a":2}`, '{"\\"":1,"\\"":2}', '{"a\\\\":1,"a\\\\":2}'];
  for (const text of twice) assert.equal(read(text), "malformed.duplicate_member", text.slice(0, 40));
  const once = ['{"a":{"a":1},"b":{"a":1}}', '{"a":"a","b":"a"}', '{"a":"\\"a\\":1,","b":"{\\"a\\":1"}', '{"a":["a","a","a"]}', '{"a":"\\\\","b":":"}', '{"__proto__":1,"constructor":2}', "{}"];
  for (const text of once) assert.deepEqual(read(text), JSON.parse(text), text);
});

test("an object and nothing else, in UTF-8, not too deep", () => {
  for (const text of ["[]", '"a"', "1", "null"]) assert.equal(read(text), "malformed.claims_not_object");
  for (const text of ["", "{", "{}{}", "{a:1}", "{'a':1}", '{"a":01}', '{"a":NaN}', '{"a":1,}', "\ufeff{}"]) assert.equal(read(text), "malformed.json", text);
  assert.equal(read(Buffer.from([0x7b, 0xff, 0x7d])), "malformed.utf8");
  const nested = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  assert.equal(typeof read(nested(32)), "object");
  assert.equal(read(nested(33)), "malformed.depth");
});

test("a text of many megabytes, as in a snapshot", () => {
  assert.equal(read(`{"a":"${"x".repeat(20_000_000)}","b":1}`).b, 1);
});

test("base64url in its one form", () => {
  assert.equal(decodeBase64url("YQ").toString(), "a");
  for (const text of ["YQ==", "YR", "Y", "Y Q", "YQ\n", "-+", "Y/"]) assert.throws(() => decodeBase64url(text), { reason: "malformed.base64" }, text);
});
