// Keys rotated every 10 s under load, no good token refused: JOTGATE_BIN=/path/to/jotgate node bench/rotation.mjs [MINUTES]
// Every token is presented from the moment it was made to the moment it expires or its session gets the next one.
import { setTimeout as sleep } from "node:timers/promises";
import { createGuard } from "../dist/index.js";
import { reasonOf } from "../test/support/issuer.mjs";
import { Jotgate } from "../test/support/jotgate.mjs";

const minutes = Number(process.argv[2] ?? 10);
const USERS = 5;

const jotgate = await Jotgate.start();
const guard = createGuard({ issuer: jotgate.url, audience: jotgate.url });
const refusals = new Map();
const kids = new Set();
let [checks, rotations, isOver] = [0, 0, false];

const check = async (token) => {
  checks += 1;
  const reason = await reasonOf(guard.check(token));
  if (reason !== "accepted") refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
};

async function live(name) {
  let session = await jotgate.user(name);
  const recent = [];
  while (!isOver) {
    kids.add(JSON.parse(Buffer.from(session.access_token.split(".")[0], "base64url")).kid);
    recent.push(session.access_token);
    if (recent.length > 200) recent.shift();
    for (const token of recent) await check(token);
    await sleep(200);
    session = (await jotgate.call("/v1/refresh", { body: { refresh_token: session.refresh_token } })).body;
  }
}

async function rotate() {
  for (const end = performance.now() + minutes * 60_000; performance.now() < end; ) {
    await sleep(10_000);
    jotgate.run(["signing-keys", "rotate", "--now"]);
    rotations += 1;
  }
  isOver = true;
}

try {
  await Promise.all([rotate(), ...Array.from({ length: USERS }, (_, n) => live(`user${n}`))]);
  const [{ keyFetches }] = guard.metrics().issuers;
  console.log(`${minutes} min, ${rotations} rotations, ${kids.size} keys seen, ${checks} checks, ${keyFetches} fetches of keys`);
  console.log(refusals.size === 0 ? "no good token refused" : `refused: ${JSON.stringify(Object.fromEntries(refusals))}`);
  process.exitCode = refusals.size === 0 ? 0 : 1;
} finally {
  guard.close();
  await jotgate.remove();
}
