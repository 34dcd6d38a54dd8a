// The walk through a single-page application in a real Chromium, the same for each framework: sign up, call the API, let
// the token end, reload, a second tab, sign out in one of them. Used by react/test.mjs and vue/test.mjs.
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { PATIENCE_MS, startApplication, startJotgate } from "./express/test-servers.mjs";

const USER = { email: "ada@example.com", password: "difference engine 1822" };
const LIFETIME_SECONDS = 10; // the least that Jotgate takes
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** `chromium` and `build` come from the example's own folder, where they are installed. */
export function walk(folder, { chromium, build }) {
  let files, jotgate, api, browser;

  before(async () => {
    files = createServer((request, reply) => {
      const { pathname } = new URL(request.url, "http://files");
      const file = join(folder, "dist", pathname === "/" ? "index.html" : pathname);
      if (!existsSync(file)) return reply.writeHead(404).end();
      reply.writeHead(200, { "Content-Type": KINDS[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(reply);
    }).listen(0, "127.0.0.1");
    await once(files, "listening");
    files.url = `http://localhost:${files.address().port}`;
    jotgate = await startJotgate(`[tokens]\naccess_lifetime = "${LIFETIME_SECONDS}s"\n[http]\norigins = ["${files.url}"]\n`);
    api = await startApplication("server.js", { JOTGATE_URL: jotgate.url, ORIGINS: files.url });
    Object.assign(process.env, { VITE_JOTGATE_URL: jotgate.url, VITE_API_URL: api.url });
    await build({ root: folder, logLevel: "error" });
    browser = await chromium.launch({
      executablePath: process.env.JOTGATE_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
    });
  });
  after(async () => {
    await browser?.close();
    await api?.stop();
    await jotgate?.stop();
    files?.close();
  });

  test("signs up, stays in when the token ends and after a reload, and signs out in all tabs", async () => {
    const context = await browser.newContext({ baseURL: files.url });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto("/");
    await page.getByRole("button", { name: "I am new here" }).click();
    await page.getByLabel("E-mail").fill(USER.email);
    await page.getByLabel("Password").fill(USER.password);
    await page.getByRole("button", { name: "Sign up" }).click();
    const until = async () => (await page.getByRole("time").innerText());
    await page.getByText("The API knows you as").waitFor();
    const first = await until();

    // The token ends at the second that the API has told.
    await page.waitForTimeout(Date.parse(first) - Date.now() + 1_000);
    await page.getByRole("button", { name: "Ask the API again" }).click();
    await page.getByText(first).waitFor({ state: "detached" });
    assert.equal(await page.getByRole("alert").count(), 0);

    await page.reload();
    await page.getByText("The API knows you as").waitFor();
    const second = await context.newPage();
    await second.goto("/");
    await second.getByText("The API knows you as").waitFor();

    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
    assert.doesNotMatch(kept, /eyJ|jgr_/, "no token in a storage or the address");

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await second.getByText("You signed out in another tab.").waitFor();
    await context.close();
  });

  test("a wrong password says so, and the right one lets in", async () => {
    const context = await browser.newContext({ baseURL: files.url });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto("/");
    await page.getByLabel("E-mail").fill(USER.email);
    await page.getByLabel("Password").fill("not the engine");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(USER.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: `Hello, ${USER.email}` }).waitFor();
    await context.close();
  });
}
