// The ways through the pages that people go, in real browsers against the real server, mails included.
// JOTGATE_BIN=/path/to/jotgate npm test
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inChromium, inFirefox } from "./people.mjs";
import { ADA, codeIn, linkIn, newestMail, startJotgate, totp } from "./support.mjs";

for (const [browser, open] of Object.entries({ Chromium: inChromium, Firefox: inFirefox })) {
  describe(`in ${browser}`, () => {
    let jotgate, ada;
    before(async () => {
      jotgate = await startJotgate("");
      ada = await open(jotgate.url);
    });
    after(async () => {
      await ada?.close();
      await jotgate?.stop();
    });

    test("sign up, confirm the address from the mail, log in where one wanted to go, log out", async () => {
      await ada.goto("/signup");
      await ada.fill("E-mail address", ADA.email);
      await ada.fill("Password", ADA.password);
      await ada.press("Create account");
      await ada.sees(ADA.email);
      assert.equal(await ada.path(), "/account");

      await ada.goto(linkIn(jotgate, await newestMail(jotgate, ADA.email)).slice(jotgate.url.length));
      await ada.press("Confirm this address");
      await ada.sees("Your address is confirmed");

      // The first confirmation ends what was opened before it, so that nobody waits in an account that is not theirs.
      await ada.goto("/account/sessions");
      assert.equal(await ada.path(), "/login");
      await ada.fill("E-mail or username", ADA.email);
      await ada.fill("Password", "not the engine");
      await ada.press("Log in");
      await ada.sees("E-mail, username or password is not right.");
      await ada.fill("Password", ADA.password);
      await ada.press("Log in");
      await ada.sees("Where you are signed in");
      assert.equal(await ada.path(), "/account/sessions");
      for (const cookie of await ada.cookies()) assert.equal(cookie.httpOnly, true, cookie.name);

      await ada.goto("/logout");
      await ada.press("Log out");
      await ada.sees("You are signed out");
      await ada.goto("/account");
      assert.equal(await ada.path(), "/login");
    });
  });
}

describe("in Chromium, the rest", () => {
  let jotgate, ada, page;
  before(async () => {
    jotgate = await startJotgate("");
    jotgate.run(["user", "add", ADA.email, "--password-stdin"], ADA.password);
    ada = await inChromium(jotgate.url);
    page = ada.page;
  });
  after(async () => {
    await ada?.close();
    await jotgate?.stop();
  });

  async function logIn(password = ADA.password) {
    await ada.goto("/login");
    await ada.fill("E-mail or username", ADA.email);
    await ada.fill("Password", password);
    await ada.press("Log in");
  }

  const codeField = () => page.getByRole("main").locator('input[autocomplete="one-time-code"]');
  const sendCode = async (code) => {
    await codeField().fill(code);
    await page.locator('form:has(input[autocomplete="one-time-code"])').getByRole("button").first().click();
  };

  test("a forgotten password: the mail, its button, a new password", async () => {
    await ada.goto("/forgot");
    await ada.fill("E-mail address", ADA.email);
    await ada.press("Send me a link");
    await ada.sees("an e-mail is on its way to it");
    const mail = await newestMail(jotgate, ADA.email);
    const link = linkIn(jotgate, mail);
    // What a scanner does that opens every link.
    for (const method of ["GET", "HEAD", "GET"]) assert.equal((await fetch(link, { method })).status, 200);
    await ada.goto(link.slice(jotgate.url.length));
    await ada.fill("New password", "analytical engine 1837");
    await ada.press("Set the password");
    await page.waitForLoadState();
    await logIn();
    await ada.sees("E-mail, username or password is not right.");
    await logIn("analytical engine 1837");
    await page.waitForURL("**/account");
    ADA.now = "analytical engine 1837";
    assert.ok(codeIn(mail), "the mail has a code to type as well");
  });

  test("an authenticator app: set up by its picture's secret, asked for at the next login, a code only once", async () => {
    await ada.goto("/account/security");
    await page.getByRole("main").getByRole("link", { name: /app/i }).or(page.getByRole("main").getByRole("button", { name: /app/i })).first().click();
    await codeField().waitFor();
    assert.equal(await page.getByRole("main").locator("svg").filter({ has: page.locator("path") }).count() > 0, true, "a picture to scan");
    const text = await page.getByRole("main").innerText();
    const secret = text.match(/(?:[A-Z2-7]{4}[ \n]?){6,}/)[0].replace(/\s/g, "");
    await sendCode(totp(secret));
    await page.getByText(/recovery codes/i).first().waitFor();
    const codes = (await page.getByRole("main").innerText()).match(/\b[A-Z0-9]{4,5}-[A-Z0-9-]{4,}\b/gi);
    assert.ok(codes.length >= 8, `${codes?.length} recovery codes`);

    await page.context().clearCookies();
    await logIn(ADA.now);
    await page.waitForURL("**/mfa**");
    await sendCode(totp(secret));
    await page.getByRole("alert").waitFor();
    await sendCode(totp(secret, 1));
    await page.waitForURL("**/account");
    ADA.secret = secret;
  });

  test("leaving for good: a copy of everything, then nothing is left", async () => {
    await ada.goto("/account/data");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download a copy").click()]);
    const copy = JSON.parse(await (await download.createReadStream()).toArray().then((parts) => Buffer.concat(parts).toString()));
    assert.ok(JSON.stringify(copy).includes(ADA.email));
    await ada.goto("/account/data");
    await page.getByText("Delete my account").click();
    await ada.fill("Your password, once more", ADA.now);
    await page.getByLabel("I know that this cannot be undone.").check();
    await ada.press("Delete it for ever");
    await ada.sees("Your account is deleted");
    await logIn(ADA.now);
    await ada.sees("E-mail, username or password is not right.");
    const text = jotgate.log();
    assert.doesNotMatch(text, /eyJ[\w-]+\.|jgr_/, "no token in the log");
    for (const secret of [ADA.password, ADA.now, ADA.secret]) assert.ok(!text.includes(secret), "no secret in the log");
  });
});
