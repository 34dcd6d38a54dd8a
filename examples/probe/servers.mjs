// Starts the APIs for probe.test.mjs, each on a port of its own, and ends them. Every wait ends after PATIENCE_MS.
// Not here: what is expected of them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

export const PATIENCE_MS = 30_000;
export const HERE = import.meta.dirname;
const { PATH, HOME } = process.env;
const PYTHON = join(HERE, "../fastapi/.venv/bin/python");

/** Whatever a failed test left running: ended when this process ends. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A Node application in `file`, relative to this folder. */
export function startNode(file, settings) {
  return start([process.execPath, join(HERE, file)], { PORT: "0", ...settings });
}

/** A FastAPI application in `file`, relative to this folder. */
export function startPython(file, settings) {
  const module = file.replace(/^.*\//, "").replace(/\.py$/, "");
  const folder = dirname(join(HERE, file));
  return start([PYTHON, "-m", "uvicorn", `${module}:app`, "--port", "0", "--no-access-log", "--app-dir", folder], settings);
}

/** A command that prints its address; `env` is all of its environment but PATH and HOME. */
export async function start([command, ...args], env, cwd = HERE) {
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const exited = once(child, "exit").finally(() => running.delete(child));
  const said = [];
  const url = await new Promise((resolve, reject) => {
    const fail = (problem) => reject(new Error(`${command} ${args.join(" ")} ${problem}:\n${said.join("\n")}`));
    const timer = setTimeout(() => fail(`printed no address in ${PATIENCE_MS} ms`), PATIENCE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const found = /http:\/\/(localhost|127\.0\.0\.1):\d+/.exec(line)?.[0];
        if (found) {
          clearTimeout(timer);
          resolve(found);
        }
      });
    }
    child.on("error", reject);
    child.on("exit", (status) => fail(`ended with ${status}`));
  });
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
