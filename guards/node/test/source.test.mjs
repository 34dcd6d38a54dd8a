// Tokens for a service: one request for all callers, renewed ahead of time, the old one kept while it is good.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { exportJWK, generateKeyPair, jwtVerify } from "jose";
import { createTokenSource } from "../dist/index.js";
import { eventually, startIssuer } from "./support/issuer.mjs";

describe("a token source", () => {
  let issuer, asked, lifetime, status;
  beforeEach(async () => {
    issuer = await startIssuer();
    [asked, lifetime, status] = [[], 600, 200];
    issuer.overrides.set("/oauth/token", async (req, res) => {
      let body = "";
      for await (const chunk of req) body += chunk;
      asked.push({ authorization: req.headers.authorization, form: Object.fromEntries(new URLSearchParams(body)) });
      const answer = status === 200 ? { access_token: `token-${asked.length}`, expires_in: lifetime } : { error: "server_error" };
      res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  afterEach(() => issuer.stop());
  const source = (more) => createTokenSource({ issuer: issuer.url, clientId: "reports", clientSecret: "s:e cret", ...more });

  test("1,000 callers, one request", async () => {
    const token = source({ audience: "api", scope: "read write" });
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => token()));
    assert.deepEqual(new Set(tokens), new Set(["token-1"]));
    assert.equal(await token(), "token-1");
    assert.equal(asked.length, 1);
    assert.deepEqual(asked[0].form, { grant_type: "client_credentials", audience: "api", scope: "read write" });
    assert.equal(Buffer.from(asked[0].authorization.split(" ")[1], "base64").toString(), "reports:s%3Ae+cret");
  });

  test("renewed ahead of its end, while the old one serves", async () => {
    lifetime = 4;
    const token = source();
    assert.equal(await token(), "token-1");
    // Between 70 % and 80 % of its life a new one is asked for; until that is there nobody waits.
    await eventually("it is renewed", async () => (await token()) === "token-2");
    assert.equal(asked.length, 2);
  });

  test("when it cannot be renewed the old one serves until its end, and the issuer is not hammered", async () => {
    lifetime = 5;
    const token = source();
    await token();
    status = 503;
    await eventually("renewal was tried", async () => (await token()) && asked.length > 1);
    assert.equal(await token(), "token-1");
    await eventually("it is over", () => token().then(() => false, () => true));
    const before = asked.length;
    for (let n = 0; n < 20; n += 1) await assert.rejects(token(), /answered 503 server_error/);
    assert.ok(asked.length <= before + 1);
  });

  test("what went wrong is said without the secret", async () => {
    status = 401;
    const error = await source()().catch((error) => error);
    assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes("cret"));
  });

  test("with a key in place of a secret", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const clientKey = { ...(await exportJWK(privateKey)), alg: "ES256", kid: "c1" };
    await source({ clientSecret: undefined, clientKey })();
    const [{ authorization, form }] = asked;
    assert.equal(authorization, undefined);
    assert.equal(form.client_assertion_type, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(form.client_assertion, publicKey, { issuer: "reports", subject: "reports", audience: issuer.url });
    assert.equal(protectedHeader.kid, "c1");
    assert.ok(payload.jti && payload.exp - payload.iat <= 60);
  });

  test("what cannot be meant", () => {
    for (const options of [{ clientId: "" }, { clientSecret: undefined }, { clientKey: {} }, { issuer: "http://id.example" }]) assert.throws(() => source(options), TypeError);
  });
});
