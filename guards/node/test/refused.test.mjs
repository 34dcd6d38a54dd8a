// The reasons here are those of the catalogue: same codes, same status, same titles.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CATALOGUE, Refused, shown } from "../dist/refused.js";

test("every reason stands in docs/reasons as it stands here", () => {
  const page = readFileSync(new URL("../../../docs/reasons/README.md", import.meta.url), "utf8");
  const rows = new Map([...page.matchAll(/^\| \[`([^`]+)`\]\S+ \| (\d+) \| (.+) \|$/gm)].map(([, code, status, title]) => [code, [Number(status), title]]));
  for (const [code, known] of Object.entries(CATALOGUE)) assert.deepEqual([...known], rows.get(code), code);
});

test("the challenge of each status (RFC 6750 section 3)", () => {
  const challenge = (reason, particulars) => new Refused(reason, particulars).headers()["WWW-Authenticate"];
  assert.equal(challenge("token.missing"), 'Bearer realm="jotgate"');
  assert.equal(challenge("token.scheme"), 'Bearer realm="jotgate"');
  assert.equal(challenge("token.repeated"), 'Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"');
  assert.equal(challenge("exp.expired"), 'Bearer realm="jotgate", error="invalid_token", error_description="The token has expired"');
  assert.equal(challenge("scope.missing", { expected: "read" }), 'Bearer realm="jotgate", error="insufficient_scope", error_description="The token does not have the scope needed", scope="read"');
  assert.equal(challenge("keys.unreachable"), undefined);
  assert.match(new Refused("token.missing").headers("https://api.example/m")["WWW-Authenticate"], /, resource_metadata="https:\/\/api.example\/m"$/);
  assert.equal(new Refused("keys.unreachable").headers()["Retry-After"], "1");
  for (const reason of Object.keys(CATALOGUE)) {
    const header = challenge(reason) ?? "";
    assert.match(header, /^[ -~]*$/);
    assert.equal((header.match(/"/g) ?? []).length % 2, 0);
    assert.equal(header !== "", new Refused(reason).status < 500 && reason !== "request.origin", reason);
  }
});

test("what is shown of a value is printable and short", () => {
  assert.equal(shown("a\r\nb\u001b[31m\u202e"), "a\\u{d}\\u{a}b\\u{1b}[31m\\u{202e}");
  assert.ok(shown("x".repeat(10_000)).length < 110);
  assert.equal(shown({ a: 1 }), '{"a":1}');
});
