// The world of the browser tests: the real server, a proxy before it that can misbehave, an application with an API, and
// Chromium. Every wait ends; whatever was started is ended and removed with the process.
// Not here: what is expected (scenarios.mjs).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { JOTGATE_BIN, JOTGATE_CHROMIUM = "/usr/bin/chromium", PATH, HOME } = process.env;
if (!JOTGATE_BIN) throw new Error("JOTGATE_BIN must name the jotgate binary");
export const DEEP = process.env.JOTGATE_DEEP === "1";
export const PASSWORD = "difference engine 1822";
const PATIENCE_MS = 30_000;

const leftovers = new Set();
process.on("exit", () => leftovers.forEach((clear) => clear()));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));

/** Waits until it holds; fails with what was waited for. */
export async function eventually(what, holds, patience = PATIENCE_MS) {
  for (const end = performance.now() + patience; performance.now() < end; ) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`not in ${patience} ms: ${typeof what === "function" ? what() : what}`);
}

/** Numbers that are the same in every run (mulberry32), so that a failure can be seen again. */
export function dice(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Jotgate behind a proxy has to be told its port, because it prints the issuer's. */
async function freePort() {
  const { server, port } = await listen(() => {});
  await new Promise((closed) => server.close(closed));
  return port;
}

async function listen(handler) {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  leftovers.add(() => server.closeAllConnections());
  return { server, port: server.address().port };
}

/** Jotgate behind a proxy, whose address is the issuer: so the proxy stays when Jotgate is started anew. */
export class Jotgate {
  /** Answers to `/v1/refresh` in order: `{ status, generation, reason }`. */
  refreshes = [];
  issued = new Set();
  /** Addresses that were asked for. */
  urls = [];
  /** What happens to the next refreshes, in order: see `#misbehave`. */
  bends = [];
  #folder = mkdtempSync(join(tmpdir(), "jotgate-client-"));
  #proxy;
  #child;
  #port;
  #held = [];

  static async start(origin, settings = "") {
    const jotgate = new Jotgate();
    leftovers.add(() => (jotgate.#child?.kill("SIGKILL"), rmSync(jotgate.#folder, { recursive: true, force: true })));
    jotgate.#proxy = await listen((req, res) => jotgate.#forward(req, res).catch(() => res.destroy()));
    jotgate.url = `http://localhost:${jotgate.#proxy.port}`;
    jotgate.#port = await freePort();
    const file = `issuer = "${jotgate.url}"\nlisten = "127.0.0.1:${jotgate.#port}"\n[http]\norigins = ["${origin}"]\n${settings}`;
    writeFileSync(join(jotgate.#folder, "jotgate.toml"), file, { mode: 0o600 });
    await jotgate.up();
    return jotgate;
  }

  /** Starts the server, or starts it anew; `offset` moves its clock. */
  async up(offset) {
    await this.down();
    const args = ["serve", ...(offset ? ["--clock-offset", offset] : [])];
    this.#child = spawn(JOTGATE_BIN, args, { cwd: this.#folder, env: { PATH, HOME }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const log = createWriteStream(join(this.#folder, "log"), { flags: "a" });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.pipe(log, { end: false });
      stream.on("data", (data) => (said += data));
    }
    await eventually(() => `jotgate to answer; it said:\n${said}`, () => fetch(`http://127.0.0.1:${this.#port}/livez`).then((answer) => answer.ok, () => false));
  }

  async down(signal = "SIGTERM") {
    if (!this.#child) return;
    const gone = once(this.#child, "exit");
    this.#child.kill(signal);
    await gone;
    this.#child = undefined;
  }

  /** Without a word, in the middle of whatever it does. */
  kill() {
    return this.down("SIGKILL");
  }

  async stop() {
    await this.down();
    this.#proxy.server.close();
    this.#proxy.server.closeAllConnections();
  }

  get log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  get generation() {
    return Math.max(-1, ...this.refreshes.filter((one) => one.status === 200).map((one) => one.generation));
  }

  async signUp(email) {
    const answer = await fetch(`${this.url}/v1/signup`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
  }

  /** Lets the replies go that `hold` keeps back. */
  release() {
    for (const { go } of this.#held.splice(0)) go();
  }

  get held() {
    return this.#held.length;
  }

  /** Whether the browser waits for none of them any more. */
  get abandoned() {
    return this.#held.every(({ res }) => res.destroyed || res.socket?.destroyed);
  }

  async #forward(req, res) {
    this.urls.push(req.url);
    const parts = [];
    for await (const part of req) parts.push(part);
    const isPost = req.method === "POST";
    const isRefresh = isPost && req.url === "/v1/refresh";
    const bend = isRefresh ? this.bends.shift() : undefined;
    if (bend?.drop) return void res.socket.destroy();
    const { head, body } = await this.#ask(req, Buffer.concat(parts));
    if (isPost && ["/v1/login", "/v1/login/passkey", "/v1/refresh"].includes(req.url)) this.#note(isRefresh, head.statusCode, body);
    if (bend?.hold) await new Promise((go) => this.#held.push({ go, res }));
    if (bend?.cut !== undefined) return cutOff(res, head, body, bend.cut);
    res.writeHead(head.statusCode, head.rawHeaders);
    res.end(body);
  }

  #ask(req, body) {
    const options = { host: "127.0.0.1", port: this.#port, method: req.method, path: req.url, headers: req.headers };
    return new Promise((done, failed) => {
      const up = httpRequest({ ...options, agent: false }, async (head) => {
        const parts = [];
        for await (const part of head) parts.push(part);
        done({ head, body: Buffer.concat(parts) });
      });
      up.on("error", failed).end(body);
    });
  }

  #note(isRefresh, status, body) {
    const answer = JSON.parse(body);
    if (answer.access_token) this.issued.add(answer.access_token);
    if (isRefresh) this.refreshes.push({ status, generation: answer.refresh_generation, reason: answer.reason });
  }
}

/** Sends so many thousandths of the reply, head and body, and closes the connection. */
function cutOff(res, head, body, thousandths) {
  const lines = [`HTTP/1.1 ${head.statusCode} ${head.statusMessage}`];
  for (let n = 0; n < head.rawHeaders.length; n += 2) lines.push(`${head.rawHeaders[n]}: ${head.rawHeaders[n + 1]}`);
  const raw = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]);
  res.socket.end(raw.subarray(0, Math.floor((raw.length * thousandths) / 1000)));
}

/** The page, the built client, and an API at `/api` that refuses what `refuse()` was told to. */
export class Application {
  #refused = new Set();
  #server;
  /** What strangers were told in `Authorization`. */
  strangerHeard = [];
  /** Set after Jotgate has started, which has to know this origin. */
  jotgate;

  static async start() {
    const application = new Application();
    application.#server = await listen((req, res) => application.#answer(req, res));
    application.url = `http://localhost:${application.#server.port}`;
    // Somebody else, who lets every page read and send whatever it likes.
    application.stranger = await listen((req, res) => {
      application.strangerHeard.push(req.headers.authorization);
      const open = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, *" };
      res.writeHead(200, open).end("stranger");
    });
    application.stranger.url = `http://127.0.0.1:${application.stranger.port}/`;
    return application;
  }

  /** Every token there is counts as run out. */
  refuseAll() {
    this.#refused = new Set(this.jotgate.issued);
  }

  stop() {
    for (const { server } of [this.#server, this.stranger]) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #api(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const token = req.headers.authorization?.slice(7);
    const isGood = this.jotgate.issued.has(token) && !this.#refused.has(token);
    if (!isGood) res.writeHead(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
    res.end(isGood ? Buffer.concat(parts) : "");
  }

  #answer(req, res) {
    const { pathname } = new URL(req.url, this.url);
    if (pathname === "/api") return void this.#api(req, res);
    if (pathname === "/away") return void res.writeHead(302, { Location: this.stranger.url }).end();
    const isModule = pathname.startsWith("/dist/");
    const file = isModule ? join(import.meta.dirname, "..", pathname) : join(import.meta.dirname, "tab.html");
    res.writeHead(200, { "Content-Type": isModule ? "text/javascript" : "text/html", "Cache-Control": isModule ? "max-age=3600" : "no-store" });
    res.end(readFileSync(file));
  }
}

/** One browser for all scenarios; each has a context, and so cookies and storage, of its own. */
export async function startBrowser() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--renderer-process-limit=6"];
  const browser = await chromium.launch({ executablePath: JOTGATE_CHROMIUM, args });
  leftovers.add(() => browser.close().catch(() => {}));
  return browser;
}

/** What a person's browser is: `locks` false takes Web Locks away, `days` sets the device's clock wrong. */
export class Person {
  tabs = [];
  console = [];

  static async come(browser, application, jotgate, { locks = true, days = 0 } = {}) {
    const person = new Person();
    Object.assign(person, { application, jotgate, email: `p${Math.random().toString(36).slice(2)}@example.com` });
    person.context = await browser.newContext();
    await person.context.addInitScript(
      ({ locks, days }) => {
        if (!locks) Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
        const now = Date.now.bind(Date);
        const steady = performance.now.bind(performance);
        let [wall, run] = [days * 86_400_000, 0];
        const Real = Date;
        globalThis.Date = class extends Real {
          constructor(...args) {
            super(...(args.length ? args : [now() + wall]));
          }
        };
        Date.now = () => now() + wall;
        performance.now = () => steady() + run;
        /** Time passes, on both clocks. */
        globalThis.passTime = (ms) => ((wall += ms), (run += ms));
      },
      { locks, days },
    );
    await jotgate.signUp(person.email);
    return person;
  }

  async open() {
    const page = await this.context.newPage();
    page.on("console", (message) => this.console.push(message.text()));
    page.on("pageerror", (error) => this.console.push(String(error)));
    await page.goto(`${this.application.url}/#${encodeURIComponent(this.jotgate.url)}`);
    await page.waitForFunction(() => globalThis.auth);
    this.tabs.push(page);
    return page;
  }

  async login(page) {
    await page.evaluate(([email, password]) => auth.login({ email, password }), [this.email, PASSWORD]);
  }

  /** The same in every tab at once, started by one word on a channel; answers what each tab answered. */
  everywhere(what) {
    return this.tabs[0].evaluate(([what, tabs]) => conduct(what, tabs), [what, this.tabs.length]);
  }

  async events() {
    return (await Promise.all(this.tabs.map((page) => page.evaluate(() => heard)))).flat();
  }

  async leave() {
    await this.context.close();
    this.tabs = [];
  }
}
