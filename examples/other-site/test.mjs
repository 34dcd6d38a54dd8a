// What works from another site, and what Jotgate says about the rest: JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { PATIENCE_MS, startApplication, startJotgate } from "../express/test-servers.mjs";

const USER = { email: "ada@example.com", password: "difference engine 1822" };
let jotgate, site, stranger, browser, page;

before(async () => {
  // The page has to know Jotgate's port and Jotgate the page's origin: so Jotgate starts twice, on one port.
  const first = await startJotgate("");
  const listen = new URL(first.url).port;
  site = await startApplication(join(import.meta.dirname, "server.js"), { JOTGATE_URL: first.url });
  stranger = await startApplication(join(import.meta.dirname, "server.js"), { JOTGATE_URL: first.url });
  await first.stop();
  jotgate = await startJotgate(`[tokens]\naccess_lifetime = "10s"\n[http]\norigins = ["${site.url}"]\n`, { args: ["--listen", `127.0.0.1:${listen}`] });
  assert.equal(jotgate.url, first.url);
  const signup = await fetch(`${jotgate.url}/v1/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(USER),
  });
  assert.equal(signup.status, 201);
  browser = await chromium.launch({
    executablePath: process.env.JOTGATE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  for (const one of [site, stranger, jotgate]) await one?.stop();
});

async function signIn(url, how) {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("E-mail").fill(USER.email);
  await page.getByLabel("Password").fill(USER.password);
  await page.getByRole("button", { name: how, exact: true }).click();
  return context;
}

test("a cookie is refused with the mends, and none is set", async () => {
  const context = await signIn(site.url, "Sign in with a cookie");
  await page.getByText("request.cookie_cross_site").waitFor();
  const said = await page.getByRole("status").last().innerText();
  for (const mend of ["one registrable domain", "a path of the page", "backend", "delivery"]) assert.match(said, new RegExp(mend), said);
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test("both tokens in memory work: the API is called, and again after the token has ended", async () => {
  const context = await signIn(site.url, "Sign in without");
  await page.getByText("Signed in as ada@example.com.").waitFor();
  await page.getByRole("button", { name: "Call the API" }).click();
  await page.getByText("The API answers ada@example.com.").waitFor();
  await page.waitForTimeout(11_000);
  await page.getByRole("button", { name: "Call the API" }).click();
  await page.getByText("The API answers ada@example.com.").waitFor();
  assert.deepEqual(await context.cookies(), []);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /eyJ|jgr_/);

  await page.reload();
  await page.getByText("Nobody is signed in.").waitFor();
  await context.close();
});

test("a page that Jotgate was not told of cannot even read the answer", async () => {
  const context = await signIn(stranger.url, "Sign in without");
  await page.getByText("out of reach").waitFor();
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});
