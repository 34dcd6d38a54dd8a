// Runs every scenario with Web Locks and without: JOTGATE_BIN=/path/to/jotgate npm run test:browser [-- NAME...]
// JOTGATE_DEEP=1 runs the figures an issue asks for before it closes.
import * as scenarios from "./scenarios.mjs";
import { DEEP, startBrowser } from "./world.mjs";

const RUNS = { fiftyTabs: [10, 200], trueExpiry: [1, 5], twentyCalls: [5, 50], cutConnections: [25, 500], lateReply: [2, 50], closedAndReopened: [2, 20], offline: [2, 20], wrongClock: [1, 1], frozenTab: [1, 10], killedServer: [3, 50], requests: [1, 1], passkeys: [1, 1], pageLogin: [1, 1], logoutEverywhere: [1, 1], nothingLeftLying: [1, 1] };
/** Where the absence of locks is part of the story. */
const ONLY_WITHOUT = ["lateReply"];

const wanted = process.argv.slice(2);
const browser = await startBrowser();
console.log(`Chromium ${browser.version()}${DEEP ? ", deep" : ""}`);
for (const [name, [few, many]] of Object.entries(RUNS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const locks of ONLY_WITHOUT.includes(name) ? [false] : [true, false]) {
    const began = performance.now();
    const line = await scenarios[name]({ browser, locks, runs: DEEP ? many : few });
    console.log(`${locks ? "with locks   " : "without locks"}  ${line}  (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  }
}
await browser.close();
process.exit();
