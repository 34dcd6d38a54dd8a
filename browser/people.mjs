// Somebody at a browser, who knows a field by its label and a button by its words: Ada in Chromium, Grace in Firefox.
// Not here: which pages there are.
import puppeteer from "puppeteer-core";
import { launchChromium } from "./support.mjs";

const PATIENCE_MS = 30_000;

/** `{ goto, fill, press, follow, sees, path, cookies, close }` by Playwright in Chromium. */
export async function inChromium(url) {
  const browser = await launchChromium();
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return {
    page,
    goto: (path) => page.goto(path),
    fill: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    press: (name) => page.getByRole("button", { name, exact: true }).click(),
    follow: (name) => page.getByRole("link", { name, exact: true }).first().click(),
    sees: (text) => page.getByText(text).first().waitFor(),
    path: () => new URL(page.url()).pathname,
    cookies: () => context.cookies(),
    close: () => browser.close(),
  };
}

/** The same by WebDriver BiDi in Debian's Firefox, which Playwright does not drive. */
export async function inFirefox(url) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.JOTGATE_FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const named = async (selector, name) => {
    const handle = await page.waitForFunction(
      (selector, name) => {
        const words = (node) => (node.getAttribute("aria-label") ?? node.textContent).trim().replace(/\s+/g, " ");
        const found = [...document.querySelectorAll(selector)].find((node) => words(node) === name && node.checkVisibility());
        return found instanceof HTMLLabelElement ? found.control : found;
      },
      {},
      selector,
      name,
    );
    return handle.asElement();
  };
  const leave = async (element) => Promise.all([page.waitForNavigation(), element.click()]);
  return {
    goto: (path) => page.goto(new URL(path, url).href),
    fill: async (label, text) => {
      const field = await named("label", label);
      await field.evaluate((node) => (node.value = ""));
      await field.type(text);
    },
    press: async (name) => leave(await named("button", name)),
    follow: async (name) => leave(await named("a", name)),
    sees: (text) => page.waitForFunction((text) => document.body.innerText.includes(text), {}, text),
    path: () => new URL(page.url()).pathname,
    cookies: () => browser.cookies(),
    close: () => browser.close(),
  };
}
