// An issuer in the process, whose keys are ours to misuse: key sets, metadata, feed and tokens, each bendable by a test.
import { createServer } from "node:http";
import { once } from "node:events";
import { SignJWT, exportJWK, generateKeyPair, calculateJwkThumbprint } from "jose";
import { digestOf } from "../../dist/feed/set.js";

const PAIRS = { token: await generateKeyPair("ES256", { extractable: true }), feed: await generateKeyPair("ES256") };
const now = () => Math.floor(Date.now() / 1000);

/** Starts one; `stop` is idempotent. */
export async function startIssuer() {
  const issuer = new TestIssuer();
  await issuer.listen();
  return issuer;
}

export class TestIssuer {
  requests = [];
  era = "AAECAwQFBgcICQoLDA0ODw";
  seq = 0;
  feedLeeway = 120;
  entries = { sessions: [], tokens: [], subjects: [], keys: [] };
  streams = new Set();
  /** Path to handler: replaces what would be answered. */
  overrides = new Map();
  clockOffset = 0;
  #server = createServer((req, res) => this.#answer(req, res));

  async listen(port = 0) {
    // Because a test that fails before it can stop it must fail, not hang.
    this.#server.listen(port, "127.0.0.1").unref();
    await once(this.#server, "listening");
    this.port = this.#server.address().port;
    this.url = `http://localhost:${this.port}`;
    this.token = { ...PAIRS.token, jwk: { ...(await exportJWK(PAIRS.token.publicKey)), kid: "t1", alg: "ES256", use: "sig" } };
    this.jwks = [this.token.jwk];
    const feedJwk = await exportJWK(PAIRS.feed.publicKey);
    this.feedKid = await calculateJwkThumbprint(feedJwk);
    this.feedJwks = [{ ...feedJwk, kid: this.feedKid, alg: "ES256", use: "sig" }];
  }

  async stop() {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** How often a path was asked for. */
  count(path) {
    return this.requests.filter((url) => url.split("?")[0] === path).length;
  }

  claims(changes = {}) {
    const at = now();
    return {
      iss: this.url, aud: "api", sub: "u1", jti: "j1", sid: "s1", client_id: "first-party", iat: at, exp: at + 600,
      epoch: 100, roles: ["editor"], scope: "read write", ...changes,
    };
  }

  /** A good token, but for these changes; `undefined` takes a member away. */
  sign({ claims, header, key = this.token.privateKey } = {}) {
    const jwt = new SignJWT(this.claims(claims));
    return jwt.setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "t1", ...header }).sign(key, { crit: { odd: true } });
  }

  /** Adds an entry and tells every stream. */
  async revoke(kind, id, value = 0, until = now() + 1000) {
    const { high, low } = digestOf(this.url, kind, id);
    const record = Buffer.alloc(kind === "subject" ? 20 : 12);
    record.writeUInt32BE(high, 0);
    record.writeUInt32BE(low, 4);
    if (kind === "subject") record.writeBigInt64BE(BigInt(value), 8);
    record.writeUInt32BE(until, record.length - 4);
    this.entries[`${kind}s`].push({ seq: ++this.seq, record });
    await Promise.all([...this.streams].map((stream) => stream.catchUp()));
  }

  /** Signs a message of the feed. */
  message(claims, { typ = "revocations+jwt", key = PAIRS.feed.privateKey, kid = this.feedKid } = {}) {
    const all = { iss: this.url, iat: now() + this.clockOffset, era: this.era, feed_leeway: this.feedLeeway, ...claims };
    return new SignJWT(all).setProtectedHeader({ alg: "ES256", typ, kid }).sign(key);
  }

  lists(after) {
    const packed = Object.entries(this.entries).map(([name, entries]) => {
      const records = entries.filter(({ seq }) => seq > after).map(({ record }) => record);
      return [name, records.length > 0 ? Buffer.concat(records).toString("base64url") : undefined];
    });
    return Object.fromEntries(packed);
  }

  heartbeat() {
    return Promise.all([...this.streams].map((stream) => stream.catchUp()));
  }

  #answer(req, res) {
    this.requests.push(req.url);
    const { pathname, searchParams } = new URL(req.url, this.url);
    const override = this.overrides.get(pathname);
    if (override) return override(req, res, searchParams);
    const json = (body) => res.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
    const routes = {
      "/.well-known/oauth-authorization-server": () => json(this.metadata()),
      "/.well-known/jwks.json": () => json({ keys: this.jwks }),
      "/v1/revocations/keys": () => json({ keys: this.feedJwks }),
      "/v1/revocations": () => this.feed(req, res, searchParams),
    };
    const route = routes[pathname];
    if (route) return route();
    res.writeHead(404).end();
  }

  metadata() {
    return {
      issuer: this.url,
      jwks_uri: `${this.url}/.well-known/jwks.json`,
      revocations_uri: `${this.url}/v1/revocations`,
      revocations_jwks_uri: `${this.url}/v1/revocations/keys`,
      token_endpoint: `${this.url}/oauth/token`,
    };
  }

  async feed(req, res, query) {
    if (req.headers.accept !== "text/event-stream") {
      res.setHeader("Content-Type", "application/jwt");
      return res.end(await this.message({ seq: this.seq, ...this.lists(0) }));
    }
    const [era, seq] = (req.headers["last-event-id"] ?? "").split(":");
    const known = era === this.era ? Number(seq) : this.seq;
    const stream = new Stream(this, res, Math.min(known, this.seq));
    res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    await stream.catchUp({ nonce: query.get("nonce") });
    this.streams.add(stream);
    res.on("close", () => this.streams.delete(stream));
  }
}

class Stream {
  constructor(issuer, res, sent) {
    Object.assign(this, { issuer, res, sent });
  }

  async catchUp(extra = {}) {
    const { issuer, sent } = this;
    this.sent = issuer.seq;
    this.write(await issuer.message({ prev_seq: sent, seq: issuer.seq, ...issuer.lists(sent), ...extra }));
  }

  write(jws) {
    this.res.write(`id: ${this.issuer.era}:${this.issuer.seq}\nevent: revocations\ndata: ${jws}\n\n`);
  }
}

/** Waits until it holds; fails with what was waited for. Not for "nothing happens". */
export async function eventually(what, holds, patience = 10_000) {
  for (const end = performance.now() + patience; performance.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not in ${patience} ms: ${what}`);
}

/** The reason a promise is refused for; "accepted" when it is not. */
export function reasonOf(promise) {
  return promise.then(
    () => "accepted",
    (error) => error.reason ?? Promise.reject(error),
  );
}
