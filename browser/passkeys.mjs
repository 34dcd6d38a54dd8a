// Passkeys on Jotgate's pages in real Chromium, with the virtual authenticator of its DevTools protocol:
// make one, log in from the list of the name field and by the button, as a second step, as a step-up, remove it.
// JOTGATE_BIN=/path/to/jotgate node passkeys.mjs
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { startJotgate } from "../examples/express/test-servers.mjs";

const ADA = { email: "ada@example.com", password: "difference engine 1822" };

/** A browser with a device that holds passkeys and says yes to everything it is asked. */
async function withDevice(url) {
  const browser = await chromium.launch({
    executablePath: process.env.JOTGATE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  const present = (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  const held = async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { browser, page, present, held };
}

const jotgate = await startJotgate("");
const { browser, page, present, held } = await withDevice(jotgate.url);
const errors = [];
page.on("console", (message) => message.type() === "error" && !/40[0-9]|favicon/.test(message.text()) && errors.push(message.text()));
page.on("pageerror", (error) => errors.push(String(error)));
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const at = (path) => page.waitForURL((url) => url.pathname === path);
const logOut = async () => {
  await page.goto("/logout");
  await press("Log out");
  await page.getByText("You are signed out").waitFor();
};

try {
  await page.goto("/signup");
  await page.getByLabel("E-mail").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await press("Create account");
  await at("/account");

  await page.goto("/account/security");
  await press("Add a passkey");
  await page.getByText("Your recovery codes").first().waitFor();
  assert.equal((await held()).length, 1);
  assert.equal((await held())[0].isResidentCredential, true);
  console.log("made a passkey, and got recovery codes with it");

  // The button. The device is there only once it was pressed, or it would answer the list of the name field.
  await logOut();
  await present(false);
  const offered = page.waitForResponse(`${jotgate.url}/v1/login/passkey/options`);
  await page.goto("/login?next=%2Faccount%2Fsecurity");
  await offered;
  await page.route("**/v1/login/passkey/options", async (route) => {
    await present(true);
    await route.continue();
  });
  await press("Log in with a passkey");
  await at("/account/security");
  await page.getByText("last used on").waitFor();
  await page.unrouteAll();
  console.log("logged in by the button");

  // The list: the request waits behind the field, and the device answers it without a click.
  await logOut();
  await page.goto("/login");
  await at("/account");
  console.log("logged in from the list of the name field");

  // The second step, where nobody presses a passkey before the password is typed.
  await logOut();
  await present(false);
  await page.goto("/login");
  await page.getByLabel("E-mail or username").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await press("Log in");
  await at("/mfa");
  await present(true);
  await press("Use a passkey");
  await at("/account");
  console.log("showed it as the second step");

  await page.goto("/confirm?next=%2Faccount%2Fsecurity");
  await press("Use a passkey");
  await at("/account/security");
  console.log("showed it again within the session");

  await page.getByText("Rename", { exact: true }).click();
  await page.getByLabel("Name of the passkey").fill("My laptop");
  await press("Save");
  await page.getByText("My laptop", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Remove the passkey My laptop" }).click();
  await page.getByText("The passkey was removed").waitFor();
  console.log("renamed and removed it");

  await logOut();
  await present(false);
  await page.goto("/login");
  const refusal = page.waitForResponse((answer) => answer.url() === `${jotgate.url}/login/passkey`);
  await present(true);
  assert.equal((await refusal).status(), 401);
  await present(false);
  await page.getByText("was not accepted").first().waitFor();
  console.log("a removed passkey lets nobody in");
  assert.deepEqual(errors, []);
} finally {
  await browser.close();
  await jotgate.stop();
}
console.log("passkeys in Chromium: good");
