// Pages made by the server, with Jotgate as its login server: the browser has a cookie of ours and never sees a token
// (RFC 10017, "backend for frontend"). `npm start`, then http://localhost:3000
import express from "express";
import { createGuard, Refused } from "@jotgate/guard";
import { page } from "./page.js";
import { createSessions } from "./sessions.js";

const { JOTGATE_URL = "http://localhost:8080", AUDIENCE = JOTGATE_URL, PORT = "3000" } = process.env;

// No leeway, because a token that ran out is refreshed right here.
const guard = createGuard({ issuer: JOTGATE_URL, audience: AUDIENCE, leeway: 0 });
const sessions = createSessions(JOTGATE_URL);

const app = express();
app.disable("x-powered-by");
app.use(express.urlencoded({ extended: false }));
app.use((req, res, next) => {
  const policy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  res.set({ "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
  if (req.method === "GET" || fromOurPage(req)) return next();
  res.status(403).send(page("Refused", "<p>This form must come from a page of this application.</p>"));
});

/** Because our cookie comes with forms of foreign pages too: the browser says which page sent a form. */
function fromOurPage(req) {
  const site = req.get("Sec-Fetch-Site");
  return site === undefined ? req.get("Origin") === `${req.protocol}://${req.get("Host")}` : site === "same-origin";
}

/** Lets in who is signed in, with an access token that is good now; sends everybody else to the form. */
async function signedIn(req, res, next) {
  const session = sessions.of(req);
  if (!session) return res.redirect(303, "/login");
  try {
    req.auth = await current(session);
    req.session = session;
    next();
  } catch (error) {
    if (!(error instanceof Ended)) return next(error);
    sessions.forget(req, res);
    res.redirect(303, "/login?why=ended");
  }
}

/** What the guard makes of the token; one that ran out or was taken back is refreshed first, once. */
async function current(session) {
  try {
    return await guard.check(session.accessToken);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
  }
  if (!(await sessions.refresh(session))) throw new Ended();
  return guard.check(session.accessToken);
}

class Ended extends Error {}

app.get("/", signedIn, (req, res) => {
  const { roles, claims } = req.auth;
  const until = new Date(claims.exp * 1000).toISOString();
  res.send(page("Welcome", `<p>Signed in as <strong>${escaped(req.session.user.email)}</strong>${roles.length ? `, ${escaped(roles.join(", "))}` : ""}.</p>
<p>The access token that this server keeps for you is good until <time>${until}</time>; then the server fetches another one. Your browser has only a cookie of this application.</p>
<form method="post" action="/logout"><button>Sign out</button></form>`));
});

app.get("/login", (req, res) => {
  res.send(loginPage(req.query.why === "ended" ? "Your session has ended. Please sign in again." : ""));
});

app.post("/login", async (req, res) => {
  const { email, password } = req.body ?? {};
  const answer = await sessions.logIn(req, res, { email, password });
  if (answer.ok) return res.redirect(303, "/");
  // The title is written for people; the reason is for the program.
  res.status(answer.status).send(loginPage(answer.problem.title, email));
});

app.post("/logout", async (req, res) => {
  await sessions.logOut(req, res);
  res.redirect(303, "/login");
});

function loginPage(message, email = "") {
  return page("Sign in", `${message ? `<p role="alert">${escaped(message)}</p>` : ""}
<form method="post" action="/login">
<p><label>E-mail <input name="email" type="email" autocomplete="username" required value="${escaped(email)}"></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>`);
}

/** Everything that a person typed goes through here on its way into a page. */
function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// eslint-disable-next-line no-unused-vars -- Express knows this kind of function by its four parameters.
app.use((error, req, res, next) => {
  console.error(error.name, error.message);
  res.status(503).send(page("Not now", "<p>The login server does not answer. You are still signed in; try again in a moment.</p>"));
});

const listener = app.listen(Number(PORT), () => console.log(`http://localhost:${listener.address().port}`));
