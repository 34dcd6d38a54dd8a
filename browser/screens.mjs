// Every page of the binary, light and dark, narrow and wide: a picture, what axe-core finds, and whether anything moves
// while it loads. `node screens.mjs [FOLDER]` writes the pictures and an index.html; `npm test` runs the checks.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { launchChromium, startJotgate } from "./support.mjs";
import { walk } from "./stations.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const LOOKS = [390, 1440].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, scheme })));

/** Walks the pages once for each look. Answers what was found on each: `{ name, look, url, findings, shift, picture }`. */
export async function look(folder) {
  if (folder) await mkdir(folder, { recursive: true });
  const seen = [];
  for (const { width, scheme } of LOOKS) {
    // A server for each look, because the walk makes an account, and ends by deleting it.
    const jotgate = await startJotgate(CONFIGURATION, { args: ["--demo-lifetimes"] });
    const browser = await launchChromium();
    try {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: scheme,
        reducedMotion: "reduce",
        baseURL: jotgate.url,
        bypassCSP: false,
      });
      await context.addInitScript(watchShifts);
      const page = await context.newPage();
      await walk(page, jotgate, async (name, on = page) => {
        await on.waitForLoadState("load");
        const found = { name, width, scheme, url: new URL(on.url()).pathname };
        found.shift = await on.evaluate(() => globalThis.layoutShift ?? 0);
        found.overflow = await on.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        found.findings = await findings(on);
        if (folder) {
          found.picture = `${name}-${width}-${scheme}.png`;
          await on.screenshot({ path: join(folder, found.picture), fullPage: true });
        }
        seen.push(found);
      });
    } finally {
      await browser.close();
      await jotgate.stop();
    }
  }
  if (folder) await writeFile(join(folder, "index.html"), index(seen));
  return seen;
}

/** Added up as the Layout Instability API reports it; a person's own doing does not count. */
function watchShifts() {
  globalThis.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.layoutShift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

/** axe-core runs in the page's own world by the debugger, which the page's policy does not stop. */
export async function findings(page) {
  await page.evaluate(AXE);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html.slice(0, 160)) }));
}

const index = (seen) => `<!doctype html><meta charset="utf-8"><title>Pages</title>
<style>body{font:14px system-ui;background:#888}figure{display:inline-block;margin:8px;vertical-align:top}img{max-width:480px;display:block}</style>
${seen.map((one) => `<figure><figcaption>${one.name} ${one.width} ${one.scheme}</figcaption><img src="${one.picture}" alt=""></figure>`).join("\n")}
`;

const CONFIGURATION = `
[signup]
mode = "open"
`;

if (process.argv[1] === import.meta.filename) {
  const seen = await look(process.argv[2] ?? "screens");
  const bad = seen.filter((one) => one.findings.length > 0 || one.shift > 0 || one.overflow > 0);
  for (const one of bad) console.log(JSON.stringify(one, null, 1));
  console.log(`${seen.length} pictures, ${bad.length} with findings`);
  process.exitCode = bad.length > 0 ? 1 : 0;
}
