// Starts the real servers for test.mjs: Jotgate from the binary JOTGATE_BIN names, the application from its file.
// Not here: what is expected of them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { JOTGATE_BIN, PATH, HOME } = process.env;
if (!JOTGATE_BIN) throw new Error("JOTGATE_BIN must name the jotgate binary, for example ../../target/release/jotgate");

/** A Jotgate in a folder of its own, with this `jotgate.toml`; `stop` leaves nothing behind. */
export async function startJotgate(configuration) {
  const cwd = mkdtempSync(join(tmpdir(), "jotgate-example-"));
  writeFileSync(join(cwd, "jotgate.toml"), configuration);
  const env = { PATH, HOME, JOTGATE_LISTEN: "127.0.0.1:0" };
  const server = await start(JOTGATE_BIN, ["serve"], { cwd, env });
  return {
    url: server.url,
    run: (args, input) => runJotgate(args, { input, cwd, env, encoding: "utf8" }),
    async stop() {
      await server.stop();
      rmSync(cwd, { recursive: true });
    },
  };
}

/** The application in `file`, on a port of its own. */
export function startApplication(file, settings) {
  return start(process.execPath, [join(import.meta.dirname, file)], { env: { PATH, HOME, PORT: "0", ...settings } });
}

async function start(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const url = await printedUrl(child);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** The first address it prints; what it prints later is read and dropped, so that the pipe never fills. */
function printedUrl(child) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      const url = /http:\/\/localhost:\d+/.exec(line)?.[0];
      if (url) resolve(url);
    });
    lines.on("close", () => reject(new Error(`${child.spawnfile} ended and printed no address`)));
  });
}

function runJotgate(args, options) {
  const { status, stdout, stderr } = spawnSync(JOTGATE_BIN, args, options);
  if (status !== 0) throw new Error(`jotgate ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
