// What the guard costs, without a server: node --expose-gc bench/figures.mjs
// Look-ups in the revocation set, its memory, the load of a snapshot of a million entries, and checks by algorithm.
import { randomBytes } from "node:crypto";
import { CompactSign, SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { createGuard } from "../dist/index.js";
import { readSnapshot } from "../dist/feed/message.js";
import { RevocationSet, digestAt, digestOf } from "../dist/feed/set.js";
import { startIssuer } from "../test/support/issuer.mjs";

const say = (what, figure) => console.log(`${what.padEnd(64)} ${figure}`);
const until = Math.floor(Date.now() / 1000) + 1000;

/** Random records of sessions, as in a message. */
function records(count) {
  const packed = randomBytes(count * 12);
  for (let at = 8; at < packed.length; at += 12) packed.writeUInt32BE(until, at);
  return packed;
}

function listsOf(sessions) {
  const none = Buffer.alloc(0);
  return { sessions, tokens: none, subjects: none, keys: none };
}

/** Nanoseconds per call, the best of seven rounds. */
function nanoseconds(calls, run) {
  const rounds = Array.from({ length: 7 }, () => {
    const begun = process.hrtime.bigint();
    run(calls);
    return Number(process.hrtime.bigint() - begun) / calls;
  });
  return Math.min(...rounds).toFixed(1);
}

function memory() {
  globalThis.gc();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
}

const probes = Array.from({ length: 1 << 16 }, () => digestAt(randomBytes(8), 0));
for (const count of [0, 10_000, 1_000_000]) {
  const packed = records(count);
  const before = memory();
  const set = new RevocationSet();
  const begun = performance.now();
  set.merge(listsOf(packed));
  const took = performance.now() - begun;
  const bytes = memory() - before;
  let found = 0;
  const look = (calls) => {
    for (let n = 0; n < calls; n += 1) if (set.has(probes[n & 0xffff])) found += 1;
  };
  look(1e6);
  say(`look-up that finds nothing, ${count} entries`, `${nanoseconds(1e6, look)} ns`);
  if (count) {
    const known = Array.from({ length: 1 << 16 }, (_, n) => digestAt(packed, (n % count) * 12));
    say(`look-up that finds it, ${count} entries`, `${nanoseconds(1e6, (calls) => { for (let n = 0; n < calls; n += 1) if (set.has(known[n & 0xffff])) found += 1; })} ns`);
    say(`memory, ${count} entries`, `${(bytes / count).toFixed(1)} bytes an entry`);
    say(`taking in ${count} entries`, `${took.toFixed(0)} ms`);
  }
  if (found < 0) throw new Error();
}

{
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const claims = { iss: "https://id.example", iat: until, era: "A".repeat(22), seq: 1_000_000, feed_leeway: 120, sessions: records(1_000_000).toString("base64url") };
  const jws = await new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: "ES256", typ: "revocations+jwt" }).sign(privateKey);
  const begun = performance.now();
  const set = new RevocationSet();
  set.merge((await readSnapshot(jws, "https://id.example", async () => ({ material: publicKey }))).lists);
  say(`snapshot of 1,000,000 entries, ${(jws.length / 1e6).toFixed(1)} MB: signature, unpacking, set`, `${(performance.now() - begun).toFixed(0)} ms`);
}

say("digests of a token at first sight (3)", `${nanoseconds(1e4, (calls) => {
  for (let n = 0; n < calls; n += 1) for (const kind of ["session", "token", "subject"]) digestOf("https://id.example", kind, "019a0000-0000-7000-8000-000000000001");
})} ns`);

{
  const issuer = await startIssuer();
  const guard = createGuard({ issuer: issuer.url, audience: "api", feed: false });
  const [, payload, signature] = (await issuer.sign()).split(".");
  await guard.check(await issuer.sign());
  const before = issuer.requests.length;
  const times = [];
  const begun = performance.now();
  for (let n = 0; n < 1_000_000; n += 1) {
    const header = Buffer.from(JSON.stringify({ alg: "ES256", typ: "at+jwt", kid: randomBytes(8).toString("hex") })).toString("base64url");
    const at = process.hrtime.bigint();
    await guard.check(`${header}.${payload}.${signature}`).catch(() => undefined);
    times.push(Number(process.hrtime.bigint() - at) / 1000);
  }
  const seconds = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  say("1,000,000 made-up key names: p50 and p99 of the refusal", `${times[500_000].toFixed(1)} us, ${times[990_000].toFixed(1)} us`);
  say("1,000,000 made-up key names: requests to the issuer", `${issuer.requests.length - before} in ${seconds.toFixed(0)} s`);
  guard.close();
  await issuer.stop();
}

for (const alg of ["ES256", "RS256", "Ed25519"]) {
  const issuer = await startIssuer();
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  issuer.jwks = [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: "sig" }];
  const guard = createGuard({ issuer: issuer.url, audience: "api", cacheSize: 200_000, log: () => undefined });
  const sign = (jti) => new SignJWT(issuer.claims({ jti, iat: until - 1100, exp: until + 60_000 })).setProtectedHeader({ alg, typ: "at+jwt", kid: issuer.jwks[0].kid }).sign(privateKey);
  await guard.check(await sign("warm"));
  const tokens = await Promise.all(Array.from({ length: 3000 }, (_, n) => sign(`j${n}`)));
  const cpu = async (run) => {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const first = await cpu(async () => { for (const token of tokens) await guard.check(token); });
  await cpu(async () => { for (let n = 0; n < 10; n += 1) for (const token of tokens) await guard.check(token); });
  const again = await cpu(async () => { for (let n = 0; n < 20; n += 1) for (const token of tokens) await guard.check(token); });
  say(`${alg}: CPU of a check at first sight`, `${(first / tokens.length).toFixed(1)} us`);
  say(`${alg}: CPU of a check of a token seen before`, `${(again / tokens.length / 20).toFixed(1)} us`);
  if (alg === "ES256") {
    const before = memory();
    for (let n = 0; n < 100_000; n += 1) await guard.check(await sign(`m${n}`));
    say("memory of 100,000 remembered tokens", `${((memory() - before) / 1e6).toFixed(0)} MB`);
  }
  guard.close();
  await issuer.stop();
}
