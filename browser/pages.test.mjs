// Every page, light and dark, narrow and wide: nothing for axe-core to find, nothing moves while it loads, nothing is
// wider than the screen; and the login page is light. JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { test } from "node:test";
import { findings, look } from "./screens.mjs";
import { launchChromium, startJotgate } from "./support.mjs";

const MOST_BYTES = 50_000;

test("axe-core finds what is wrong with a page", async () => {
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.setContent('<title>Wrong</title><main><img src="data:,"><input></main>');
  const found = await findings(page);
  await browser.close();
  const ids = found.map(({ id }) => id);
  for (const id of ["html-has-lang", "image-alt", "label"]) assert.ok(ids.includes(id), ids.join(" "));
});

test("every page holds in every look", async () => {
  const seen = await look();
  assert.ok(seen.length >= 4 * 30, `${seen.length} pages were seen`);
  const bad = seen.filter((one) => one.findings.length > 0 || one.shift > 0 || one.overflow > 0);
  assert.deepEqual(bad, []);
});

test("the login page weighs little", async () => {
  const jotgate = await startJotgate("");
  const browser = await launchChromium();
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const parts = [];
  session.on("Network.loadingFinished", ({ encodedDataLength }) => parts.push(encodedDataLength));
  await page.goto(`${jotgate.url}/login`);
  await page.waitForLoadState("networkidle");
  const bytes = parts.reduce((sum, one) => sum + one, 0);
  await browser.close();
  await jotgate.stop();
  console.log(`the login page: ${bytes} bytes in ${parts.length} answers, headers included`);
  assert.ok(parts.length >= 3, "page, style and mark");
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});
