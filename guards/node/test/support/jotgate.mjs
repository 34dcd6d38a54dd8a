// The real server, from the binary that JOTGATE_BIN names, in a folder of its own. Every wait ends; whatever a test
// leaves behind is ended and removed with the process.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { JOTGATE_BIN, PATH, HOME } = process.env;
export const PASSWORD = "difference engine 1822";
const PATIENCE_MS = 30_000;

const leftovers = new Set();
process.on("exit", () => leftovers.forEach((clear) => clear()));
// Because a signal alone runs no `exit` handlers, and the test runner sends one when a test takes too long.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));

/** `false`, or why the tests cannot run. */
export const skip = JOTGATE_BIN ? false : "JOTGATE_BIN does not name the jotgate binary";

export class Jotgate {
  #folder = mkdtempSync(join(tmpdir(), "jotgate-guard-"));
  #child;
  #port = 0;

  /** Starts one with this `jotgate.toml`. */
  static async start(configuration = "") {
    const jotgate = new Jotgate();
    leftovers.add(jotgate.#clear);
    writeFileSync(join(jotgate.#folder, "jotgate.toml"), configuration, { mode: 0o600 });
    await jotgate.restart();
    return jotgate;
  }

  /** Starts it again, on the port it had. */
  async restart() {
    const child = spawn(JOTGATE_BIN, ["serve"], { ...this.#options(), stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const handle of [child, child.stdout, child.stderr]) handle.unref();
    const said = [];
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    const lines = createInterface({ input: child.stdout });
    let patience;
    const address = new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        const url = /http:\/\/localhost:(\d+)/.exec(line);
        if (url) resolve(url);
      });
      child.on("error", reject);
      child.on("exit", (status) => reject(new Error(`jotgate serve ended with ${status}: ${said.join("\n")}`)));
      patience = setTimeout(() => reject(new Error(`jotgate serve printed no address: ${said.join("\n")}`)), PATIENCE_MS);
    });
    const [url, port] = await address.finally(() => clearTimeout(patience));
    Object.assign(this, { url });
    this.#port = Number(port);
  }

  /** Ends the server; with `SIGKILL` without a word to anybody. */
  async stop(signal = "SIGTERM") {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.ref();
    this.#child.kill(signal);
    await ended;
  }

  /** Ends the server and removes its folder. */
  async remove() {
    await this.stop();
    this.#clear();
    leftovers.delete(this.#clear);
  }

  /** Runs a command beside the server; answers what it printed. */
  run(args, input) {
    const { status, error, stdout, stderr } = spawnSync(JOTGATE_BIN, args, { ...this.#options(), input, encoding: "utf8", timeout: PATIENCE_MS });
    if (status !== 0) throw new Error(`jotgate ${args.join(" ")} ended with ${error ?? status}: ${stderr}`);
    return stdout;
  }

  /** Whether this version of the binary has the command. */
  has(...args) {
    return spawnSync(JOTGATE_BIN, [...args, "--help"], this.#options()).status === 0;
  }

  async call(path, { body, token, method = body ? "POST" : "GET", headers = {} } = {}) {
    if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
    if (body) headers = { ...headers, "Content-Type": "application/json" };
    const reply = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status} ${text}`);
    return { body: text && JSON.parse(text), cookies: reply.headers.getSetCookie() };
  }

  /** A new user, logged in: the answer of sign-up. */
  async user(name, more) {
    return (await this.call("/v1/signup", { body: { email: `${name}@example.com`, password: PASSWORD, ...more } })).body;
  }

  #options() {
    const env = { PATH, HOME, JOTGATE_LISTEN: `127.0.0.1:${this.#port}` };
    return { cwd: this.#folder, env };
  }

  #clear = () => {
    this.#child?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };
}
