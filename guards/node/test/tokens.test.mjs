// Which tokens are refused, and for which reason: the table, against keys that are ours to misuse.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createHmac } from "node:crypto";
import { CompactSign, SignJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import { createGuard } from "../dist/index.js";
import { eventually, reasonOf, startIssuer } from "./support/issuer.mjs";

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const quiet = () => undefined;

describe("a token", () => {
  let issuer, guard, rsa;
  before(async () => {
    issuer = await startIssuer();
    rsa = await generateKeyPair("RS256");
    const weak = { ...(await exportJWK((await generateKeyPair("ES256")).publicKey)), kid: "noalg", use: "sig" };
    const enc = { ...(await exportJWK((await generateKeyPair("ES256")).publicKey)), kid: "enc", use: "enc", alg: "ES256" };
    const shared = { kty: "oct", k: "A".repeat(43), kid: "shared", alg: "HS256" };
    issuer.jwks.push({ ...(await exportJWK(rsa.publicKey)), kid: "t2", alg: "RS256", use: "sig" }, weak, enc, shared);
    guard = createGuard({ issuer: issuer.url, audience: "api", leeway: 0, log: quiet });
  });
  after(async () => {
    guard.close();
    await issuer.stop();
  });

  const check = async (token) => reasonOf(guard.check(await token));
  /** Signed by the right key, whatever it says: `text` is the payload. */
  const raw = (text, header = {}) => new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "t1", ...header }).sign(issuer.token.privateKey, { crit: { odd: true } });
  const text = (changes) => JSON.stringify(issuer.claims(changes));
  const now = () => Math.floor(Date.now() / 1000);

  test("that is good names who calls", async () => {
    const auth = await guard.check(await issuer.sign());
    const { subject, session, client, scope, roles } = auth;
    assert.deepEqual({ subject, session, client, scope, roles }, { subject: "u1", session: "s1", client: "first-party", scope: ["read", "write"], roles: ["editor"] });
    assert.throws(() => auth.claims.roles.push("admin"), TypeError);
    assert.throws(() => (auth.subject = "u2"), TypeError);
  });

  const good = {
    "AT+JWT is the same type": { header: { typ: "AT+JWT" } },
    "so is application/at+jwt": { header: { typ: "application/at+jwt" } },
    "ours among several audiences": { claims: { aud: ["other", "api"] } },
    "a client acting for itself": { claims: { sub: "client:reports", client_id: "reports", sid: undefined } },
    "an exp with a fraction": { claims: { exp: Date.now() / 1000 + 60.5 } },
    "mapped claims": { claims: { cartID: "c1" } },
    "jku, x5u and jwk in the header are not looked at": { header: { jku: "https://evil.example/jwks", x5u: "https://evil.example/cert" } },
  };
  for (const [what, token] of Object.entries(good)) {
    test(`accepted: ${what}`, async () => assert.equal(await check(issuer.sign(token)), "accepted"));
  }
  test("accepted: another algorithm of the issuer's, under its own key", async () => {
    assert.equal(await check(issuer.sign({ header: { alg: "RS256", kid: "t2" }, key: rsa.privateKey })), "accepted");
  });

  const bad = {
    "another audience": ["aud.mismatch", { claims: { aud: "other" } }],
    "an audience that begins like ours": ["aud.mismatch", { claims: { aud: ["api.evil", "ap", "API", "api/"] } }],
    "no audience": ["aud.missing", { claims: { aud: undefined } }],
    "an audience of other things than texts": ["aud.malformed", { claims: { aud: ["api", 1] } }],
    "an empty audience": ["aud.mismatch", { claims: { aud: [] } }],
    "another issuer": ["iss.mismatch", { claims: { iss: "https://evil.example" } }],
    "an issuer with a slash more": ["iss.mismatch", { claims: { iss: "http://localhost/" } }],
    "no issuer": ["iss.missing", { claims: { iss: undefined } }],
    "a number for an issuer": ["iss.malformed", { claims: { iss: 7 } }],
    "no expiry": ["exp.missing", { claims: { exp: undefined } }],
    "expired": ["exp.expired", { claims: { iat: 1, exp: now() - 1 } }],
    "expired this second": ["exp.expired", { claims: { iat: 1, exp: now() } }],
    "an expiry as text": ["exp.malformed", { claims: { exp: "99999999999" } }],
    "an expiry beyond all years": ["exp.malformed", { claims: { exp: 1e300 } }],
    "an expiry of null": ["exp.malformed", { claims: { exp: null } }],
    "not valid yet": ["nbf.not_yet", { claims: { nbf: now() + 60 } }],
    "issued in the future": ["iat.in_future", { claims: { iat: now() + 60 } }],
    "over before it begins": ["claim.mismatch", { claims: { nbf: now() - 5, exp: now() + 5, iat: now() - 1, client_id: "u1" } }],
    "no subject": ["claim.missing", { claims: { sub: undefined } }],
    "an empty subject": ["claim.malformed", { claims: { sub: "" } }],
    "a subject that is a client's id": ["claim.mismatch", { claims: { sub: "reports", client_id: "reports" } }],
    "a client with a session": ["claim.mismatch", { claims: { sub: "client:reports", client_id: "reports" } }],
    "bound to a key, and sent without a proof": ["token.scheme", { claims: { cnf: { jkt: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" } } }],
    "no jti": ["claim.missing", { claims: { jti: undefined } }],
    "no epoch": ["claim.missing", { claims: { epoch: undefined } }],
    "half an epoch": ["claim.malformed", { claims: { epoch: 1.5 } }],
    "roles that are a text": ["claim.malformed", { claims: { roles: "admin" } }],
    "a scope that is a list": ["claim.malformed", { claims: { scope: ["read"] } }],
    "a scope with two spaces": ["claim.malformed", { claims: { scope: "read  write" } }],
    "an ID token": ["typ.mismatch", { header: { typ: "JWT" } }],
    "a logout token": ["typ.mismatch", { header: { typ: "logout+jwt" } }],
    "a message of the feed": ["typ.mismatch", { header: { typ: "revocations+jwt" } }],
    "no type": ["typ.mismatch", { header: { typ: undefined } }],
    "a type with a space": ["typ.mismatch", { header: { typ: "at+jwt " } }],
    "a token that says it holds a token": ["typ.mismatch", { header: { cty: "JWT" } }],
    "a kid that nobody has": ["key.unknown_kid", { header: { kid: "../../dev/null" } }],
    "the kid of a key for another algorithm": ["alg.key_mismatch", { header: { kid: "t2" } }],
    "a key that does not name its algorithm": ["key.missing_alg", { header: { kid: "noalg" } }],
    "a key for encryption": ["key.wrong_use", { header: { kid: "enc" } }],
    "an extension that is not known": ["crit.unsupported", { header: { crit: ["odd"], odd: 1 } }],
  };
  for (const [what, [reason, token]] of Object.entries(bad)) {
    test(`${reason}: ${what}`, async () => assert.equal(await check(issuer.sign(token)), reason));
  }

  const payloads = {
    "malformed.duplicate_member": ["two expiries", () => text().replace("{", '{"exp":1,')],
    "malformed.json": ["a comma too many", () => text().replace(/}$/, ",}")],
    "malformed.claims_not_object": ["a list", () => `[${text()}]`],
    "malformed.depth": ["a deep claim", () => text().replace("{", `{"x":${"[".repeat(40)}${"]".repeat(40)},`)],
    "exp.malformed": ["an expiry that JavaScript takes for Infinity", () => text().replace(/"exp":\d+/, '"exp":1e400')],
  };
  for (const [reason, [what, make]] of Object.entries(payloads)) {
    test(`${reason}: ${what}`, async () => assert.equal(await check(raw(make())), reason));
  }
  test("malformed.duplicate_member: a name written in two ways, and one deep inside", async () => {
    assert.equal(await check(raw(text().replace("{", '{"s\\u0075b":"admin",'))), "malformed.duplicate_member");
    assert.equal(await check(raw(text({ x: [{ y: 1 }] }).replace('{"y":1}', '{"y":1,"y":2}'))), "malformed.duplicate_member");
    assert.equal(await check(raw(text({ x: [{ y: 1 }, { y: 1 }], z: '{"y":1,"y":2}' }))), "accepted");
  });

  test("alg.none: in every spelling, with and without a signature", async () => {
    const [, payload, signature] = (await issuer.sign()).split(".");
    for (const alg of ["none", "None", "NONE", "nOnE", " none"]) {
      for (const tail of ["", signature]) assert.equal(await check(`${encode({ alg, typ: "at+jwt" })}.${payload}.${tail}`), "alg.none");
    }
  });

  test("HS256 with the public key as its secret, in every form", async () => {
    const spki = await exportSPKI(issuer.token.publicKey);
    for (const secret of [spki, spki.trimEnd(), JSON.stringify(issuer.token.jwk), issuer.token.jwk.x]) {
      const signed = `${encode({ alg: "HS256", typ: "at+jwt", kid: "t1" })}.${encode(text())}`;
      assert.equal(await check(`${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`), "alg.not_allowed");
    }
  });

  test("signature.invalid: tampered, somebody else's key, cut, in DER, all zero", async () => {
    const [header, payload, signature] = (await issuer.sign()).split(".");
    const { privateKey } = await generateKeyPair("ES256");
    const half = Buffer.from(signature, "base64url").subarray(0, 32).toString("base64url");
    const zero = Buffer.alloc(64).toString("base64url");
    const tokens = [`${header}.${encode(text({ roles: ["admin"] }))}.${signature}`, await issuer.sign({ key: privateKey }), `${header}.${payload}.${half}`, `${header}.${payload}.`, `${header}.${payload}.${zero}`];
    for (const token of tokens) assert.equal(await check(token), "signature.invalid");
  });

  test("other shapes", async () => {
    const token = await issuer.sign();
    const [header, payload, signature] = token.split(".");
    const list = {
      "malformed.parts": ["", "a", "a.b", "..", `${token}.x`, `.${token}`, `${token}.a.b`, JSON.stringify({ payload, signatures: [] })],
      "malformed.base64": [`${header}=.${payload}.${signature}`, `${header}.${payload}.${signature}=`, `${header}.${payload} .${signature}`, `${header}.${payload}.${signature}AAA`, `${header}.${payload}.+${signature.slice(1)}`],
      "malformed.size": [`${header}.${"A".repeat(17_000)}.${signature}`],
      "malformed.utf8": [`${Buffer.from([123, 34, 255, 34, 125]).toString("base64url")}.${payload}.${signature}`],
      "malformed.json": [`${encode('\ufeff{"alg":"ES256"}')}.${payload}.${signature}`, `${encode({ alg: "ES256", kid: 7 })}.${payload}.${signature}`],
      "alg.unknown": [`${encode({ alg: 7 })}.${payload}.${signature}`, `${encode({ alg: "ES999" })}.${payload}.${signature}`, `${encode({})}.${payload}.${signature}`],
      "crit.malformed": [[], ["a", "a"], "exp", [1]].map((crit) => `${encode({ alg: "ES256", kid: "t1", crit })}.${payload}.${signature}`).concat(`${encode({ alg: "ES256", kid: "t1", b64: false })}.${payload}.${signature}`),
    };
    for (const [reason, tokens] of Object.entries(list)) {
      for (const shape of tokens) assert.equal(await check(shape), reason, shape.slice(0, 80));
    }
  });

  test("one seen before is judged again: it expires", async () => {
    const token = await issuer.sign({ claims: { exp: Date.now() / 1000 + 1 } });
    assert.equal(await check(token), "accepted");
    assert.equal(guard.metrics().cachedTokens > 0, true);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal(await check(token), "exp.expired");
  });

  test("no refusal holds a token or the text of one", async () => {
    const token = await issuer.sign({ claims: { aud: "other" } });
    const refusal = await guard.check(token).catch((error) => error);
    const said = JSON.stringify([refusal.message, refusal.problem(issuer.url), refusal.headers(), refusal.stack]);
    for (const part of token.split(".")) assert.ok(!said.includes(part));
  });
});

describe("with a shared secret", () => {
  const secret = "8f2c5b0d9e6a47318b1f4c7da0e96352";
  let issuer, guard;
  before(async () => {
    issuer = await startIssuer();
    guard = createGuard({ issuer: issuer.url, audience: "api", secret, log: quiet });
  });
  after(async () => {
    guard.close();
    await issuer.stop();
  });
  const sign = (header, key) => new SignJWT(issuer.claims()).setProtectedHeader({ typ: "at+jwt", ...header }).sign(key);

  test("HS256 is taken and nothing else, and no keys are fetched", async () => {
    assert.equal(await reasonOf(guard.check(await sign({ alg: "HS256" }, Buffer.from(secret)))), "accepted");
    assert.equal(await reasonOf(guard.check(await sign({ alg: "HS256", kid: "x" }, Buffer.from("9".repeat(32))))), "signature.invalid");
    assert.equal(await reasonOf(guard.check(await issuer.sign())), "alg.not_allowed");
    assert.equal(issuer.count("/.well-known/jwks.json"), 0);
  });

  test("a revoked session is refused all the same", async () => {
    await issuer.revoke("session", "s1");
    const token = await sign({ alg: "HS256" }, Buffer.from(secret));
    await eventually("the revocation arrives", async () => (await reasonOf(guard.check(token))) === "revoked.session");
  });
});

describe("several issuers", () => {
  let one, two, guard;
  before(async () => {
    [one, two] = [await startIssuer(), await startIssuer()];
    guard = createGuard({ issuer: one.url, audience: "api", trust: [{ issuer: two.url, audience: "other" }], log: quiet });
    two.jwks = [{ ...two.jwks[0], kid: "two" }];
  });
  after(async () => {
    guard.close();
    await Promise.all([one.stop(), two.stop()]);
  });

  test("each with its own keys, audience and revocations", async () => {
    const ofTwo = { claims: { aud: "other" }, header: { kid: "two" } };
    assert.equal((await guard.check(await two.sign(ofTwo))).issuer, two.url);
    assert.equal(await reasonOf(guard.check(await two.sign({ header: { kid: "two" } }))), "aud.mismatch");
    assert.equal(await reasonOf(guard.check(await one.sign({ header: { kid: "two" } }))), "key.unknown_kid");
    await two.revoke("session", "s1");
    const token = await two.sign(ofTwo);
    await eventually("the revocation arrives", async () => (await reasonOf(guard.check(token))) === "revoked.session");
    assert.equal(await reasonOf(guard.check(await one.sign())), "accepted");
  });
});

test("what cannot be meant is refused before the first request", () => {
  const issuer = "https://id.example";
  const wrong = [
    {},
    { issuer },
    { audience: "api" },
    { issuer, audience: "" },
    { issuer, audience: "api", aud: "api" },
    { issuer: "http://id.example", audience: "api" },
    { issuer: "https://id.example/", audience: "api" },
    { issuer: "https://id.example/tenant", audience: "api" },
    { issuer, audience: "api", algorithms: [] },
    { issuer, audience: "api", algorithms: ["HS256"] },
    { issuer, audience: "api", algorithms: ["none"] },
    { issuer, audience: "api", secret: "short" },
    { issuer, audience: "api", secret: `-----BEGIN PUBLIC KEY-----${"A".repeat(40)}` },
    { issuer, audience: issuer, secret: "9".repeat(32) },
    { issuer, audience: "api", leeway: -1 },
    { issuer, audience: "api", leeway: 100_000 },
    { issuer, audience: "api", stale: "ignore" },
    { issuer, audience: "api", resource: "https://api.example/?x=1" },
    { issuer, audience: "api", jwksUri: "http://keys.example/jwks" },
    { issuer, audience: "api", jwksUri: "file:///etc/passwd" },
    { issuer, audience: "api", acceptCookie: { origins: [] } },
    { issuer, audience: "api", acceptCookie: { origins: ["https://app.example/"] } },
    { issuer, audience: "api", trust: [{ issuer, audience: "other" }] },
  ];
  for (const options of wrong) assert.throws(() => createGuard(options), TypeError, JSON.stringify(options));
});
