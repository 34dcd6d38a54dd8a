// Walks the pages in a real Chromium against a real Jotgate: JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { PATIENCE_MS, startApplication, startJotgate } from "../express/test-servers.mjs";

const USER = { email: "ada@example.com", password: "difference engine 1822" };
let jotgate, app, browser;

before(async () => {
  jotgate = await startJotgate('[tokens]\naccess_lifetime = "10s"\n');
  const signup = await fetch(`${jotgate.url}/v1/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(USER),
  });
  assert.equal(signup.status, 201);
  app = await startApplication(join(import.meta.dirname, "server.js"), { JOTGATE_URL: jotgate.url });
  browser = await chromium.launch({
    executablePath: process.env.JOTGATE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  await app?.stop();
  await jotgate?.stop();
});

async function visitor() {
  const context = await browser.newContext({ baseURL: app.url });
  context.setDefaultTimeout(PATIENCE_MS);
  return { context, page: await context.newPage() };
}

async function signIn(page, password = USER.password) {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(USER.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("somebody signs in, stays in when the access token ends, and signs out", async () => {
  const { context, page } = await visitor();
  await signIn(page);
  await page.getByText("Signed in as ada@example.com").waitFor();
  const first = await page.getByRole("time").innerText();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
  const stored = await context.storageState();
  assert.doesNotMatch(JSON.stringify(stored), /eyJ|jgr_/, "no token reaches the browser");

  let until = first;
  for (const end = Date.now() + PATIENCE_MS; until === first && Date.now() < end; await page.waitForTimeout(500)) {
    await page.reload();
    until = await page.getByRole("time").innerText();
  }
  assert.notEqual(until, first, "the token was replaced when it ran out");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.addCookies([cookie]);
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.close();
});

test("a wrong password says so and keeps the address", async () => {
  const { context, page } = await visitor();
  await signIn(page, "not the engine");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), USER.email);
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await context.close();
});

test("a session that was ended elsewhere ends here", async () => {
  const { context, page } = await visitor();
  await signIn(page);
  await page.getByText("Signed in as").waitFor();
  jotgate.run(["user", "disable", USER.email]);
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await page.waitForTimeout(100)) {
    await page.reload();
    if (page.url().includes("why=ended")) break;
  }
  await page.getByText("Your session has ended.").waitFor();
  jotgate.run(["user", "enable", USER.email]);
  await context.close();
});

test("a foreign page's form is refused", async () => {
  const reply = await fetch(`${app.url}/login`, {
    method: "POST",
    headers: { Origin: "https://evil.example", "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(USER),
  });
  assert.equal(reply.status, 403);
  assert.deepEqual(reply.headers.getSetCookie(), []);
});
