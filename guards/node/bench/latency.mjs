// From the moment a revocation is asked for, and from the moment it is answered, to the first refusal at each guard:
// JOTGATE_BIN=/path/to/jotgate node bench/latency.mjs [REVOCATIONS] [GUARDS]
// A revocation here is a change of a user's roles, because it needs no login; logout takes the same way.
import { setImmediate as turn } from "node:timers/promises";
import { createGuard } from "../dist/index.js";
import { eventually, reasonOf } from "../test/support/issuer.mjs";
import { Jotgate, PASSWORD } from "../test/support/jotgate.mjs";

const [revocations, guardCount] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 1)];

const jotgate = await Jotgate.start();
const guards = Array.from({ length: guardCount }, () => createGuard({ issuer: jotgate.url, audience: jotgate.url }));
try {
  jotgate.run(["user", "add", "admin@example.com", "--role", "admin", "--password-stdin"], PASSWORD);
  const admin = (await jotgate.call("/v1/login", { body: { email: "admin@example.com", password: PASSWORD } })).body.access_token;
  let session = await jotgate.user("ada");
  const { id } = session.user;
  await Promise.all(guards.map((guard) => guard.check(session.access_token)));
  await eventually("every guard follows", () => guards.every((guard) => guard.metrics().issuers[0].feed.age < 15));
  const requestsBefore = guards.map((guard) => guard.metrics().issuers[0].keyFetches);

  const [sinceAsked, sinceAnswered] = [[], []];
  let wrong = 0;
  for (let n = 0; n < revocations; n += 1) {
    const token = session.access_token;
    for (const guard of guards) if ((await reasonOf(guard.check(token))) !== "accepted") wrong += 1;
    const asked = performance.now();
    let answered;
    const answer = jotgate
      .call(`/v1/admin/users/${id}`, { method: "PATCH", token: admin, body: { roles: n % 2 ? [] : ["editor"] } })
      .then(() => (answered = performance.now()));
    const refused = new Map();
    while (refused.size < guards.length || answered === undefined) {
      for (const guard of guards) {
        if (!refused.has(guard) && (await reasonOf(guard.check(token))) === "revoked.subject") refused.set(guard, performance.now());
      }
      if (performance.now() - asked > 30_000) throw new Error("not refused in 30 s");
      await turn();
    }
    await answer;
    for (const at of refused.values()) {
      sinceAsked.push(at - asked);
      sinceAnswered.push(Math.max(at - answered, 0));
    }
    session = (await jotgate.call("/v1/refresh", { body: { refresh_token: session.refresh_token } })).body;
  }
  const fetches = guards.reduce((sum, guard, n) => sum + guard.metrics().issuers[0].keyFetches - requestsBefore[n], 0);
  const show = (times) => {
    const sorted = Float64Array.from(times).sort();
    const at = (share) => sorted[Math.min(Math.ceil(sorted.length * share) - 1, sorted.length - 1)].toFixed(1);
    return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
  };
  console.log(`${revocations} revocations, ${guardCount} guards in this process, ${wrong} good tokens refused, ${fetches} requests for keys`);
  console.log(`asked    -> first refusal: ${show(sinceAsked)}`);
  console.log(`answered -> first refusal: ${show(sinceAnswered)}`);
} finally {
  for (const guard of guards) guard.close();
  await jotgate.remove();
}
