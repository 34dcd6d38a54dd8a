// What is shown in Chromium against the real server, each with its figure. Every scenario takes `{ browser, locks, runs }`
// and answers one line; it throws when what it shows does not hold.
import assert from "node:assert/strict";
import { Application, Jotgate, PASSWORD, Person, dice, eventually } from "./world.mjs";

/** An application and a Jotgate of its own for each scenario, and the people on it. */
async function stage(settings, scene) {
  const application = await Application.start();
  const jotgate = (application.jotgate = await Jotgate.start(application.url, settings));
  try {
    return await scene(application, jotgate);
  } finally {
    await jotgate.stop();
    application.stop();
  }
}

const statuses = (answers) => [...new Set(answers)].join(", ");
const signedOut = async (person) => (await person.events()).filter(([event]) => event === "signed-out");

async function nobodyIsOut(person) {
  assert.deepEqual(await signedOut(person), [], "somebody was signed out");
  assert.ok(!person.jotgate.log.includes("reuse:"), "the server took an honest tab for a thief");
}

/** 50 tabs, one token that has run out: by the tabs' clocks in one run, by the API's word in the next. */
export async function fiftyTabs({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    await person.login(await person.open());
    while (person.tabs.length < 50) await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => person.open()));
    assert.equal(statuses(await person.everywhere("call")), "200");
    let [most, requests, slowest] = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      if (run % 2) application.refuseAll();
      else await person.everywhere("pass");
      const [before, asked, began] = [jotgate.generation, jotgate.refreshes.length, performance.now()];
      const answers = await person.everywhere("call");
      assert.deepEqual([answers.length, statuses(answers)], [50, "200"]);
      slowest = Math.max(slowest, performance.now() - began);
      const rotations = jotgate.generation - before;
      most = Math.max(most, rotations);
      requests += jotgate.refreshes.length - asked;
      assert.ok(rotations <= 1, `run ${run}: ${rotations} rotations`);
    }
    await nobodyIsOut(person);
    await person.leave();
    return `50 tabs, one expired token: ${runs} runs, at most ${most} rotation, ${(requests / runs).toFixed(2)} refreshes a run, 0 signed out, slowest run ${Math.round(slowest)} ms`;
  });
}

/** The same with tokens that truly run out, and the server's own check of them. */
export async function trueExpiry({ browser, locks, runs }) {
  return stage('[tokens]\naccess_lifetime = "10s"', async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    await Promise.all([person.open(), person.open(), person.open()]);
    const before = jotgate.generation;
    for (let run = 0; run < runs; run++) {
      await page.waitForTimeout(10_500);
      const me = await Promise.all(person.tabs.map((page) => page.evaluate(() => auth.fetch(`${auth.url}/v1/me`).then((answer) => answer.status))));
      assert.equal(statuses(me), "200");
    }
    const rotations = jotgate.generation - Math.max(0, before);
    assert.ok(rotations <= runs + 1, `${rotations} rotations`);
    await nobodyIsOut(person);
    await person.leave();
    return `4 tabs, tokens of 10 s, left to expire ${runs} times: ${rotations} rotations, every call 200`;
  });
}

/** 20 calls at once, all answered 401. */
export async function twentyCalls({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    for (let run = 0; run < runs; run++) {
      application.refuseAll();
      const before = jotgate.refreshes.length;
      const answers = await page.evaluate(() => Promise.all(Array.from({ length: 20 }, () => auth.fetch("/api").then((answer) => answer.status))));
      assert.deepEqual(answers, Array(20).fill(200));
      assert.equal(jotgate.refreshes.length - before, 1);
    }
    await person.leave();
    return `20 parallel 401s: ${runs} runs, each 1 refresh and 20 successes`;
  });
}

/** The connection is cut at any byte, or before the server is reached; the server forgives nothing but the key. */
export async function cutConnections({ browser, locks, runs }) {
  return stage('[sessions]\nrace_window = "0s"\nretry_window = "0s"', async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    const roll = dice(1);
    let cuts = 0;
    for (let run = 0; run < runs; run++) {
      // One try in four is cut twice in a row, so that the client gives up for a while and is asked again.
      const times = roll(4) === 0 ? 2 : 1;
      jotgate.bends = Array.from({ length: times }, () => (roll(8) === 0 ? { drop: true } : { cut: roll(1000) }));
      cuts += times;
      await page.evaluate(() => passTime(16 * 60_000));
      const call = () => page.evaluate(() => auth.fetch("/api").then((answer) => answer.status, (error) => error.reason));
      let answer = await call();
      if (answer === "offline") answer = await call();
      assert.equal(answer, 200, `run ${run}`);
    }
    await nobodyIsOut(person);
    await person.leave();
    return `connection cut during refresh: ${runs} runs, ${cuts} cuts, windows 0 s, 0 signed out`;
  });
}

/** A reply is kept back until its cookie would overwrite one four generations newer. */
export async function lateReply({ browser, runs }) {
  return stage('[sessions]\nrace_window = "2s"', async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks: false });
    const [slow, quick] = [await person.open(), await person.open()];
    await person.login(slow);
    let turnedBack = 0;
    for (let run = 0; run < runs; run++) {
      await eventually("the quick tab to be signed in", () => quick.evaluate(() => auth.user?.email));
      await person.everywhere("pass");
      jotgate.bends = [{ hold: true }];
      const late = slow.evaluate(() => auth.fetch("/api").then((answer) => answer.status));
      await eventually("the reply to be held", () => jotgate.held === 1);
      // Without the lock, and after its two seconds, the other tab asks with the same key; then it goes on four times.
      for (let n = 0; n < 4; n++) await quick.evaluate(async () => auth.renew(await auth.token()));
      const [newest, asked] = [jotgate.generation, jotgate.refreshes.length];
      jotgate.release();
      assert.equal(await late, 200);
      // The tab that got it saw that it was old and asked again at once: after the window it would be too late.
      if (jotgate.refreshes.length > asked) turnedBack++;
      assert.equal(await cookies(person), newest);
      await slow.waitForTimeout(2200);
      application.refuseAll();
      assert.equal(statuses(await person.everywhere("call")), "200");
    }
    await nobodyIsOut(person);
    await person.leave();
    return `late reply: ${runs} runs, the cookie turned back and mended in ${turnedBack}, 0 signed out`;
  });
}

/** The highest generation in the jar: refresh tokens carry it in the open. */
async function cookies(person) {
  const all = await person.context.cookies(person.jotgate.url);
  const generations = all.filter(({ name }) => name.includes("refresh")).map(({ value }) => generationOf(value));
  return Math.max(-1, ...generations);
}

function generationOf(token) {
  const bytes = Buffer.from(token.slice(4), "base64url");
  return Number(bytes.readBigUInt64BE(bytes.length - 48 - 8));
}

/** The tab that asked is gone before its reply; five minutes later the page is opened again. */
export async function closedAndReopened({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    let minutes = 0;
    const person = await Person.come(browser, application, jotgate, { locks });
    await person.login(await person.open());
    for (let run = 0; run < runs; run++) {
      const [page] = person.tabs;
      await page.evaluate(() => passTime(16 * 60_000));
      jotgate.bends = [{ hold: true }];
      const [before, asked] = [jotgate.generation, jotgate.refreshes.length];
      page.evaluate(() => void auth.token().catch(() => {})).catch(() => {});
      await eventually("the reply to be held", () => jotgate.held === 1);
      assert.equal(jotgate.refreshes.length, asked + 1);
      await page.close();
      person.tabs = [];
      await eventually("the browser to let the request go", () => jotgate.abandoned);
      jotgate.release();
      await jotgate.up(`${(minutes += 5)}m`);
      const again = await person.open();
      assert.equal(await again.evaluate(async () => ((await auth.token()) ? auth.user.email : null)), person.email);
      assert.equal(jotgate.generation, Math.max(0, before) + 1, "the reply was asked for again, not another one");
    }
    await nobodyIsOut(person);
    await person.leave();
    return `tab closed in flight, opened 5 minutes later: ${runs} runs, still in`;
  });
}

/** Ten minutes without a network, in which the token runs out. */
export async function offline({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    let slowest = 0;
    for (let run = 0; run < runs; run++) {
      await page.evaluate(() => passTime(8 * 60_000));
      await person.context.setOffline(true);
      await page.evaluate(() => passTime(10 * 60_000));
      assert.equal(await page.evaluate(() => auth.fetch("/api").then(String, (error) => error.reason)), "offline");
      await page.evaluate(() => (heard.length = 0));
      await person.context.setOffline(false);
      const back = await page.evaluate(async () => {
        const began = performance.now();
        while (!heard.some(([event]) => event === "refreshed")) {
          if (performance.now() - began > 20_000) throw new Error("not back");
          await new Promise((done) => setTimeout(done, 5));
        }
        return [performance.now() - began, (await auth.fetch("/api")).status];
      });
      assert.ok(back[0] <= 2000, `back after ${back[0]} ms`);
      assert.equal(back[1], 200);
      slowest = Math.max(slowest, back[0]);
    }
    await nobodyIsOut(person);
    await person.leave();
    return `10 minutes offline across expiry: ${runs} runs, back after ${Math.round(slowest)} ms at most`;
  });
}

/** The device's clock is a day off, either way. */
export async function wrongClock({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    for (const days of [1, -1]) {
      const person = await Person.come(browser, application, jotgate, { locks, days });
      const page = await person.open();
      await person.login(page);
      for (let run = 0; run < 3; run++) {
        const before = jotgate.refreshes.length;
        for (let n = 0; n < 5; n++) assert.equal(await page.evaluate(() => auth.fetch("/api").then((answer) => answer.status)), 200);
        assert.equal(jotgate.refreshes.length, before + (run ? 1 : 0), "one renewal for one expiry, and no more");
        await page.evaluate(() => passTime(16 * 60_000));
      }
      const skews = (await person.events()).filter(([event]) => event === "skew");
      assert.equal(skews.length, 1);
      assert.ok(Math.abs(skews[0][1] - days * 86_400) < 3600, `${skews[0][1]} s`);
      await nobodyIsOut(person);
      await person.leave();
    }
    return "device clock a day ahead and a day behind: every call 200, one skew event each";
  });
}

/** Leaving in one tab is leaving in all. */
export async function logoutEverywhere({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    for (let n = 0; n < 4; n++) await person.open();
    assert.equal(statuses(await person.everywhere("call")), "200");
    await page.evaluate(() => auth.logout());
    await eventually("every tab to be signed out", async () => (await signedOut(person)).length === 5);
    const reasons = (await signedOut(person)).map(([, reason]) => reason).sort();
    assert.deepEqual(reasons, ["other-tab", "other-tab", "other-tab", "other-tab", "user"]);
    const asked = jotgate.refreshes.length;
    assert.equal(statuses(await person.everywhere("call")), "401");
    assert.equal(jotgate.refreshes.length, asked, "nobody asks for what is over");
    assert.equal(await cookies(person), -1);
    await page.reload();
    await page.waitForFunction(() => globalThis.auth);
    assert.equal(await page.evaluate(() => auth.token()), null);
    await person.leave();
    return "logout in one of 5 tabs: the other 4 signed out, cookies cleared, nobody after a reload";
  });
}

/** What is sent again after a 401 is what was sent before; and who is never told the token. */
export async function requests({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    const sent = ["text", "a Blob", "bytes", "a form", "parameters", "a Request"];
    for (const what of sent) {
      application.refuseAll();
      const [status, body] = await page.evaluate(sendAs, what);
      assert.equal(status, 200, what);
      assert.ok(body.includes("content"), `${what}: ${body}`);
    }
    const away = await page.evaluate((stranger) => Promise.all([auth.fetch(stranger), auth.fetch("/away")].map((answer) => answer.then((answer) => answer.text()))), application.stranger.url);
    assert.deepEqual(away, ["stranger", "stranger"]);
    assert.deepEqual(new Set(application.strangerHeard), new Set([undefined]));
    await person.leave();
    return `${sent.length} kinds of body sent again; a stranger, and one we were redirected to, never got the token`;
  });
}

async function sendAs(what) {
  const form = new FormData();
  form.set("content", "content");
  const bodies = { text: "content", "a Blob": new Blob(["content"]), bytes: new TextEncoder().encode("content"), "a form": form, parameters: new URLSearchParams({ content: "1" }) };
  const request = new Request("/api", { method: "POST", body: "content" });
  const answer = await (what === "a Request" ? auth.fetch(request) : auth.fetch("/api", { method: "POST", body: bodies[what] }));
  return [answer.status, await answer.text()];
}

/** A tab is frozen by the browser while it holds the lock and waits for its reply. */
export async function frozenTab({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    let slowest = 0;
    for (let run = 0; run < runs; run++) {
      const person = await Person.come(browser, application, jotgate, { locks });
      const [frozen, other] = [await person.open(), await person.open()];
      await person.login(frozen);
      await eventually("the other tab to be signed in", () => other.evaluate(() => auth.user?.email));
      await person.everywhere("pass");
      jotgate.bends = [{ hold: true }];
      frozen.evaluate(() => void auth.token().catch(() => {})).catch(() => {});
      await eventually("the reply to be held", () => jotgate.held === 1);
      const control = await person.context.newCDPSession(frozen);
      await control.send("Page.setWebLifecycleState", { state: "frozen" });
      const began = performance.now();
      assert.equal(await other.evaluate(() => auth.fetch("/api").then((answer) => answer.status)), 200);
      slowest = Math.max(slowest, performance.now() - began);
      await control.send("Page.setWebLifecycleState", { state: "active" });
      jotgate.release();
      assert.equal(statuses(await person.everywhere("call")), "200");
      await nobodyIsOut(person);
      await person.leave();
    }
    assert.ok(slowest < 4000, `${slowest} ms`);
    return `a tab frozen with the lock in its hand: ${runs} runs, the others went on after ${Math.round(slowest)} ms at most`;
  });
}

/** The server is killed while a refresh is under way, and comes back. */
export async function killedServer({ browser, locks, runs }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    await person.login(await person.open());
    await Promise.all([person.open(), person.open()]);
    assert.equal(statuses(await person.everywhere("call")), "200");
    const roll = dice(2);
    for (let run = 0; run < runs; run++) {
      await person.everywhere("pass");
      const calls = person.everywhere("call");
      await person.tabs[0].waitForTimeout(roll(60));
      await jotgate.kill();
      await calls;
      await jotgate.up();
      // Out of reach is out of reach; once the server is back, so is everybody.
      const all = async () => statuses(await person.everywhere("call"));
      await eventually("every call to succeed", async () => (await all()) === "200");
    }
    await nobodyIsOut(person);
    await person.leave();
    return `server killed during refresh, 3 tabs: ${runs} runs, 0 signed out`;
  });
}

/** A passkey of Chromium's virtual authenticator: enrolled, then the only thing needed to sign in. */
export async function passkeys({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    const control = await person.context.newCDPSession(page);
    await control.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    await control.send("WebAuthn.addVirtualAuthenticator", { options });
    await person.login(page);
    const made = await page.evaluate(async () => (await import("/dist/passkey.js")).passkeys(auth).enrol("my laptop"));
    assert.ok(made.id, JSON.stringify(made));
    await page.evaluate(() => auth.logout());
    assert.equal(await page.evaluate(async () => (await (await import("/dist/passkey.js")).passkeys(auth).login()).email), person.email);
    assert.equal(statuses(await person.everywhere("call")), "200");
    await person.leave();
    return "passkey: enrolled, signed out, signed in with nothing else";
  });
}

/** Signed in on Jotgate's own page: the application goes on with that; and what ends here has ended there. */
export async function pageLogin({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.context.newPage();
    await page.goto(`${jotgate.url}/login`);
    await page.locator('input[name="login"]').fill(person.email);
    await page.locator('input[name="password"]').fill(PASSWORD);
    await page.locator('form[action="/login"] button[type="submit"]').first().click();
    await eventually("the page's cookies", async () => (await cookies(person)) >= 0);
    const tab = await person.open();
    assert.equal(await tab.evaluate(async () => ((await auth.token()) ? auth.user.email : null)), person.email);
    assert.equal(await tab.evaluate(() => auth.fetch("/api").then((answer) => answer.status)), 200);
    await tab.evaluate(() => auth.logout());
    // What stays says only that this browser was here before, so that nobody is warned of it at the next login.
    const left = (await person.context.cookies(jotgate.url)).filter(({ name }) => !name.startsWith("jotgate_device_"));
    assert.deepEqual(left, [], "the page's cookie went too");
    await person.leave();
    return "signed in on Jotgate's page: the application is, too; signed out in the application: so is the page";
  });
}

/** Looks everywhere a token could have been left. */
export async function nothingLeftLying({ browser, locks }) {
  return stage("", async (application, jotgate) => {
    const person = await Person.come(browser, application, jotgate, { locks });
    const page = await person.open();
    await person.login(page);
    await person.open();
    const places = [];
    const look = async () => {
      for (const page of person.tabs) places.push(JSON.stringify(await page.evaluate(leftInPage)));
    };
    jotgate.bends = [{ cut: 900 }, { hold: true }];
    application.refuseAll();
    const call = person.everywhere("call");
    await eventually("a refresh to be under way", () => jotgate.held === 1);
    await look();
    assert.match(places.join(), /"key\\+":/, "the look finds what there is: the key of the refresh under way");
    jotgate.release();
    assert.equal(statuses(await call), "200");
    await look();
    await page.evaluate(() => auth.logout());
    await look();
    const all = [...places, ...person.console, ...jotgate.urls, jotgate.log];
    const found = all.filter((text) => /eyJ|jgr_/.test(text));
    assert.deepEqual(found, []);
    assert.ok(jotgate.issued.size > 1 && [...jotgate.issued].every((token) => token.startsWith("eyJ")));
    await person.leave();
    return `no token in localStorage, sessionStorage, IndexedDB, Cache, address, history, window.name, console (${person.console.length} lines), request lines (${jotgate.urls.length}) or server log (${jotgate.log.split("\n").length} lines)`;
  });
}

async function leftInPage() {
  const databases = await indexedDB.databases();
  const caches = await globalThis.caches.keys();
  return { local: { ...localStorage }, session: { ...sessionStorage }, databases, caches, address: location.href, name: window.name, state: history.state, title: document.title, cookie: document.cookie };
}
