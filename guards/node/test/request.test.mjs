// Where a request's token is read, and from which pages a cookie counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missing, tokenOf } from "../dist/request.js";

function read(headers, { method = "GET", url = "/", cookie } = {}) {
  try {
    return tokenOf({ method, url, rawHeaders: headers.flat() }, cookie) ?? "nobody";
  } catch ({ reason, status }) {
    return `${status} ${reason}`;
  }
}

const authorization = (...lines) => lines.map((line) => ["Authorization", line]);

test("one header, one token, the scheme in any case", () => {
  for (const line of ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c", "Bearer a.b.c "]) assert.equal(read(authorization(line)), "a.b.c", line);
});

test("none, two, another scheme", () => {
  assert.equal(read([]), "nobody");
  for (const lines of [["Bearer"], ["Bearer  "], ["Bearer undefined"], ["Bearer null"]]) assert.equal(read(authorization(...lines)), "401 token.missing");
  for (const lines of [["Bearer a", "Bearer b"], ["Bearer a", "Basic b"], ["Bearer a, Bearer b"], ["Bearer a b"], ["Bearer a,b"]]) {
    assert.equal(read(authorization(...lines)), "400 token.repeated", lines.join("; "));
  }
  for (const line of ["Basic dXNlcjpwdw==", "JWT a.b.c", "a.b.c", "Bearera.b.c", ""]) assert.equal(read(authorization(line)), "401 token.scheme", line);
});

test("a token in the URL is not read, and beside a header it is one too many", () => {
  assert.equal(read([], { url: "/x?access_token=a" }), "nobody");
  assert.match(missing({ url: "/x?access_token=a", rawHeaders: [] }).particulars.detail, /URL/);
  assert.equal(read(authorization("Bearer a"), { url: "/x?y=1&access_token=b" }), "400 token.repeated");
});

test("a bare token is not repeated in the refusal", () => {
  try {
    tokenOf({ rawHeaders: ["Authorization", "eyJhbGciOiJFUzI1NiJ9.e30.sig"] });
    assert.fail();
  } catch (error) {
    assert.ok(!JSON.stringify(error.problem("https://id.example")).includes("eyJ"));
  }
});

test("the cookie: only where it was asked for, only from our pages, only when there is one", () => {
  const cookie = { name: "__Host-jotgate_access", origins: ["https://app.example"] };
  const jar = ["Cookie", "a=1; __Host-jotgate_access=t.o.k; b=2"];
  assert.equal(read([jar]), "nobody");
  assert.equal(read([jar], { cookie }), "t.o.k");
  assert.equal(read([jar, ["Authorization", "Bearer a.b.c"]], { cookie }), "a.b.c");
  assert.equal(read([["Cookie", "__Host-jotgate_access=a; __Host-jotgate_access=b"]], { cookie }), "400 token.repeated");
  for (const line of ["x__Host-jotgate_access=a", "__Host-jotgate_access=", ""]) assert.equal(read([["Cookie", line]], { cookie }), "nobody");

  const post = { method: "POST", cookie };
  const refused = "403 request.origin";
  assert.equal(read([jar, ["Origin", "https://app.example"]], post), "t.o.k");
  assert.equal(read([jar, ["Sec-Fetch-Site", "same-origin"]], post), "t.o.k");
  for (const headers of [[], [["Origin", "null"]], [["Origin", "https://app.example.evil"]], [["Sec-Fetch-Site", "same-site"]], [["Origin", "https://evil.example"], ["Sec-Fetch-Site", "same-origin"]], [["Origin", "https://app.example"], ["Origin", "https://evil.example"]]]) {
    assert.equal(read([jar, ...headers], post), refused, JSON.stringify(headers));
  }
  assert.equal(read([jar, ["Origin", "https://evil.example"]], { cookie }), refused, "a WebSocket begins with a GET");
});
