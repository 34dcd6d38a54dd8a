// Probes each API and compares what came of it with scores/: JOTGATE_BIN=/path/to/jotgate ./test.sh
// PROBE_BLESS=1 writes the scores anew. What the entries are: `jotgate probe --help`, docs/probe.md.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HERE, PATIENCE_MS, start, startNode, startPython } from "./servers.mjs";

const { JOTGATE_BIN, JOTGATE_EXAMPLE_AXUM, PROBE_BLESS } = process.env;
if (!JOTGATE_BIN) throw new Error("JOTGATE_BIN must name the jotgate binary, for example ../../target/release/jotgate");

const SECRET = "b7f8c1d25e0a94637f1c0de5b2a9863e4d7f60c1928ab35e7d04c6f1a8b92e35"; // long and random: the secret is not what is wrong here
const folder = mkdtempSync(join(tmpdir(), "jotgate-probe-"));
after(() => rmSync(folder, { recursive: true }));

function jotgate(cwd, ...args) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, JWT_SECRET: SECRET };
  return spawnSync(JOTGATE_BIN, args, { cwd, env, encoding: "utf8", timeout: 4 * PATIENCE_MS });
}

/** The report of a probe, and the short form that is kept. */
function probe(cwd, url, ...args) {
  const { status, stdout, stderr } = jotgate(cwd, "probe", url, "--json", ...args);
  assert.ok(status === 0 || status === 1, `${url}: exit code ${status}: ${stdout}${stderr}`);
  const report = JSON.parse(stdout);
  const lines = report.cases.map(({ id, outcome, fault }) => `${fault ? "ACCEPTED" : outcome} ${id}`);
  const { accepted, tried } = report.score;
  return { report, text: [`${accepted} of ${tried} wrong tokens accepted`, ...lines, ""].join("\n") };
}

function sameAsBefore(name, { text }) {
  const file = join(HERE, "scores", `${name}.txt`);
  if (PROBE_BLESS) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"), `scores/${name}.txt says otherwise; PROBE_BLESS=1 writes it anew`);
}

/** Starts the API, probes it from the folder `cwd`, and ends it. */
async function probed(starting, cwd, path, ...args) {
  const api = await starting;
  try {
    return probe(cwd, `${api.url}${path}`, ...args);
  } finally {
    await api.stop();
  }
}

/** A Jotgate in a folder of its own, with this `jotgate.toml`. */
async function startJotgate(configuration) {
  const cwd = mkdtempSync(join(folder, "jotgate-"));
  writeFileSync(join(cwd, "jotgate.toml"), configuration, { mode: 0o600 });
  const { url, stop } = await start([JOTGATE_BIN, "serve"], { JOTGATE_LISTEN: "127.0.0.1:0" }, cwd);
  return { url, stop, cwd };
}

describe("as the tutorials' readers write it, with tokens of their own", () => {
  const ofTheTutorial = ["--claim", "userId=17", "--claim", "email=ada@example.com", "--claim", "role=user"];
  before(() => {
    assert.equal(jotgate(folder, "key", "generate", "RS256", "--out", "private.json", "--public", "public.json").status, 0);
    const pem = jotgate(folder, "key", "convert", "--to", "pem", "public.json");
    assert.equal(pem.status, 0, pem.stderr);
    writeFileSync(join(folder, "public.pem"), pem.stdout);
  });
  const publicKey = { PUBLIC_KEY: join(folder, "public.pem") };

  test("Express with a shared secret", async () => {
    const api = startNode("express-secret.js", { JWT_SECRET: SECRET });
    sameAsBefore("express-secret", await probed(api, folder, "/profile", "--secret", "env:JWT_SECRET", ...ofTheTutorial));
  });

  test("Express with a public key", async () => {
    const api = startNode("express-public-key.js", publicKey);
    const tokens = ["--key", "private.json", "--typ", "JWT", ...ofTheTutorial];
    sameAsBefore("express-public-key", await probed(api, folder, "/profile", ...tokens));
  });

  test("FastAPI with a shared secret", async () => {
    const api = startPython("fastapi_secret.py", { JWT_SECRET: SECRET });
    sameAsBefore("fastapi-secret", await probed(api, folder, "/profile", "--secret", "env:JWT_SECRET", "--claim", "sub=ada"));
  });

  test("FastAPI with a public key", async () => {
    const api = startPython("fastapi_public_key.py", publicKey);
    const tokens = ["--key", "private.json", "--typ", "JWT", "--claim", "sub=ada", "--iss", "https://id.example", "--aud", "my-api"];
    sameAsBefore("fastapi-public-key", await probed(api, folder, "/profile", ...tokens));
  });
});

describe("as the tutorials' readers write it, with a Jotgate for the login", () => {
  let server;
  before(async () => {
    server = await startJotgate(`
      [tokens]
      algorithm = "HS256"
      audience = "my-api"
      secret = "${SECRET}"
      claims.email = "user.email"
    `);
  });
  after(() => server?.stop());

  test("Express, the tutorial's verifyToken", async () => {
    const api = startNode("../express/server-hs256.js", { JOTGATE_URL: server.url, JWT_SECRET: SECRET });
    sameAsBefore("express-hs256-jotgate", await probed(api, server.cwd, "/dashboard"));
  });

  test("FastAPI, the tutorial's verify_token", async () => {
    const api = startPython("../fastapi/main_hs256.py", { JOTGATE_URL: server.url, JWT_SECRET: SECRET });
    sameAsBefore("fastapi-hs256-jotgate", await probed(api, server.cwd, "/dashboard"));
  });
});

describe("with a guard", () => {
  let server;
  before(async () => (server = await startJotgate("")));
  after(() => server?.stop());

  /** Nothing wrong comes in, and what was taken back is refused within two seconds. */
  function letsNothingIn({ report }) {
    assert.deepEqual(report.cases.filter(({ fault }) => fault).map(({ id }) => id), []);
    assert.ok(report.score.tried > 70, JSON.stringify(report.score));
    for (const id of ["state.logged_out", "state.role_removed", "state.disabled", "state.deleted"]) {
      assert.equal(report.cases.find((one) => one.id === id).outcome, "refused", id);
    }
  }

  test("examples/express", async () => {
    const api = startNode("../express/server.js", { JOTGATE_URL: server.url });
    letsNothingIn(await probed(api, server.cwd, "/dashboard"));
  });

  test("examples/fastapi", async () => {
    const api = startPython("../fastapi/main.py", { JOTGATE_URL: server.url });
    letsNothingIn(await probed(api, server.cwd, "/dashboard"));
  });

  test("examples/axum", { skip: !JOTGATE_EXAMPLE_AXUM && "JOTGATE_EXAMPLE_AXUM does not name its program" }, async () => {
    const api = start([JOTGATE_EXAMPLE_AXUM], { JOTGATE_URL: server.url, PORT: "0" });
    letsNothingIn(await probed(api, server.cwd, "/dashboard"));
  });

  test("Jotgate's own route", () => letsNothingIn(probe(server.cwd, `${server.url}/v1/me`)));
});
