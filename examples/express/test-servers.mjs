// Starts the real servers for test.mjs: Jotgate from the binary JOTGATE_BIN names, the application from its file.
// Every wait ends after PATIENCE_MS, with what was waited for and what the child said. Not here: what is expected of them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const PATIENCE_MS = 30_000;

const { JOTGATE_BIN, PATH, HOME } = process.env;
if (!JOTGATE_BIN) throw new Error("JOTGATE_BIN must name the jotgate binary, for example ../../target/release/jotgate");

/** What a test that failed before its `after` could know of it has left: ended when this process ends. */
const leftovers = new Set();
process.on("exit", () => leftovers.forEach((clear) => clear()));

/** A Jotgate in a folder of its own, with this `jotgate.toml` and these options; `stop` leaves nothing behind. */
export async function startJotgate(configuration, { args = [] } = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "jotgate-example-"));
  const removeFolder = () => rmSync(cwd, { recursive: true });
  leftovers.add(removeFolder);
  writeFileSync(join(cwd, "jotgate.toml"), configuration, { mode: 0o600 });
  const env = { PATH, HOME, JOTGATE_LISTEN: "127.0.0.1:0" };
  const server = await start(JOTGATE_BIN, ["serve", ...args], { cwd, env });
  return {
    url: server.url,
    log: server.log,
    run: (args, input) => runJotgate(args, { input, cwd, env, encoding: "utf8", timeout: PATIENCE_MS }),
    async stop() {
      await server.stop();
      removeFolder();
      leftovers.delete(removeFolder);
    },
  };
}

/** The application in `file`, here or at a whole path, on a port of its own. */
export function startApplication(file, settings) {
  return start(process.execPath, [resolve(import.meta.dirname, file)], { env: { PATH, HOME, PORT: "0", ...settings } });
}

/** Another program, which prints its address, on a port of its own. */
export function startProgram(path, settings) {
  return start(path, [], { env: { PATH, HOME, PORT: "0", ...settings } });
}

async function start(command, args, options) {
  const what = [command, ...args].join(" ");
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  leftovers.add(kill);
  const exited = once(child, "exit").finally(() => leftovers.delete(kill));
  // Because a test that fails before it can stop its server must fail, not hang: a running child is no reason to wait.
  for (const handle of [child, child.stdout, child.stderr]) handle.unref();
  const stderr = collected(child.stderr);
  const saying = (problem) => new Error(`${what} ${problem}; its standard error:\n${stderr.join("\n")}`);
  const url = await within(printedUrl(child, saying), () => saying(`printed no address in ${PATIENCE_MS} ms`));
  return {
    url,
    /** What it wrote to standard error so far. */
    log: () => stderr.join("\n"),
    async stop() {
      child.kill("SIGTERM");
      await within(exited, () => saying(`did not end in ${PATIENCE_MS} ms after SIGTERM`));
    },
  };
}

/** The lines of a stream as they come: read to its end, so that the pipe never fills. */
function collected(stream) {
  const lines = [];
  createInterface({ input: stream }).on("line", (line) => lines.push(line));
  return lines;
}

/** The first address it prints; what it prints later is read and dropped. */
function printedUrl(child, saying) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /http:\/\/(localhost|127\.0\.0\.1):\d+/.exec(line)?.[0];
      if (url) resolve(url);
    });
    child.on("error", reject);
    child.on("close", (status) => reject(saying(`ended with ${status} and printed no address`)));
  });
}

async function within(promise, late) {
  let timer;
  const patience = new Promise((_, reject) => (timer = setTimeout(() => reject(late()), PATIENCE_MS)));
  return Promise.race([promise, patience]).finally(() => clearTimeout(timer));
}

function runJotgate(args, options) {
  const { status, error, stdout, stderr } = spawnSync(JOTGATE_BIN, args, options);
  if (status !== 0) throw new Error(`jotgate ${args.join(" ")} ended with ${error ?? status}: ${stderr}`);
  return stdout;
}
