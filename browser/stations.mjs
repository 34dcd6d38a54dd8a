// The way past every page, with what has to be done to see it: a newcomer's first hour, from sign-up to leaving for good.
// Each station has a name; `see(name)` looks at it.
import { ADA, codeIn, linkIn, newestMail, totp } from "./support.mjs";

export async function walk(page, jotgate, see) {
  const press = (name) => page.getByRole("button", { name, exact: true }).first().click();
  const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text);
  const go = async (path, name) => {
    await page.goto(path);
    if (name) await see(name);
  };

  // For everybody, and for developers.
  await go("/", "welcome");
  await go("/debugger", "debugger");
  await go("/debugger?sample=good", "debugger-report");
  await go("/reasons", "reasons");
  await go("/reasons/exp.expired", "reason");
  await go("/nowhere", "not-found");
  await go(jotgate.run(["admin", "setup-link"]).match(/http\S+/)[0], "setup");
  await go("/live", "live-intro");
  await press("Begin");
  await press("Call an API");
  await press("Refresh");
  await page.getByText("Refreshed").first().waitFor();
  await see("live");

  // Signing up, with a mistake first.
  await go("/signup", "signup");
  await fill("E-mail address", ADA.email);
  await fill("Password", "password1");
  await press("Create account");
  await page.getByRole("alert").waitFor();
  await see("signup-mistake");
  await fill("Password", ADA.password);
  await press("Create account");
  await page.waitForURL("**/account");
  await see("account");
  await go("/inbox", "inbox");
  await page.getByRole("main").getByRole("link").first().click();
  await see("inbox-mail");
  await go(linkIn(jotgate, await newestMail(jotgate, ADA.email)), "verify-email");
  await page.getByRole("main").getByRole("button").first().click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await see("verify-email-done");

  // Logging in.
  await go("/account");
  await see("login-signed-out");
  await go("/login", "login");
  await fill("E-mail or username", ADA.email);
  await fill("Password", "not the engine");
  await press("Log in");
  await page.getByRole("alert").waitFor();
  await see("login-mistake");
  await go("/login?why=expired", "login-expired");
  await go("/login/code", "login-code");
  await go("/forgot", "forgot");
  await fill("E-mail address", ADA.email);
  await page.getByRole("main").getByRole("button").first().click();
  await see("forgot-sent");
  await go(linkIn(jotgate, await newestMail(jotgate, ADA.email)), "reset");
  await go("/login");
  await fill("E-mail or username", ADA.email);
  await fill("Password", ADA.password);
  await press("Log in");
  await page.waitForURL("**/account");

  // The account.
  await see("account-verified");
  for (const name of ["profile", "sessions", "password", "email", "data"]) await go(`/account/${name}`, `account-${name}`);
  await go("/account/security", "security");
  await page.getByRole("link", { name: /authenticator/i }).or(page.getByRole("button", { name: /authenticator/i })).first().click();
  await see("totp");
  const secret = (await page.getByTestId("totp-secret").or(page.locator("pre.copyable")).first().innerText()).replace(/\s/g, "");
  await page.getByRole("main").locator('input[autocomplete="one-time-code"]').fill(totp(secret));
  await page.getByRole("main").locator('form:has(input[autocomplete="one-time-code"])').getByRole("button").first().click();
  await see("recovery-codes");
  await go("/account/security", "security-on");
  await go("/confirm?next=%2Faccount%2Fdata", "confirm");

  // Out, and in again with the second factor.
  await page.context().clearCookies();
  await go("/login?next=%2Faccount%2Fsessions");
  await fill("E-mail or username", ADA.email);
  await fill("Password", ADA.password);
  await press("Log in");
  await page.waitForURL("**/mfa**");
  await see("mfa");
}
