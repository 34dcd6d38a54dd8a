// POST /login, /refresh and /logout: handed on to Jotgate, which checks the password and keeps the sessions.
// Not here: the check of access tokens on the other routes (server.js).
import express, { Router } from "express";

/** The three routes, answering in the words of the tutorials (`token`, `accessToken`, `refreshToken`). */
export function loginRoutes(jotgateUrl) {
  const jotgate = (req, path, body) => callJotgate(jotgateUrl, req, path, body);
  const router = Router();
  router.use(["/login", "/refresh", "/logout"], express.json(), sameOriginOnly);

  router.post("/login", async (req, res) => {
    const { email, username, password } = req.body ?? {};
    const delivery = isBrowser(req) ? "cookie" : "body";
    await answerSession(res, await jotgate(req, "/v1/login", { email, username, password, delivery }));
  });

  router.post("/refresh", async (req, res) => {
    await answerSession(res, await jotgate(req, "/v1/refresh", refreshToken(req)));
  });

  router.post("/logout", async (req, res) => {
    await answerSession(res, await jotgate(req, "/v1/logout", refreshToken(req)));
  });

  router.use(answerFailure);
  return router;
}

/**
 * A browser gets the refresh token only as an HttpOnly cookie, every other client gets it in the body.
 * Because: a script injected into the page could read a body, and these two headers are set by the browser itself,
 * so no script can make itself look like curl.
 */
function isBrowser(req) {
  return req.get("Sec-Fetch-Site") !== undefined || req.get("Origin") !== undefined;
}

/** Because the refresh cookie is sent along on its own, another site's page must not be able to use it. */
function sameOriginOnly(req, res, next) {
  const site = req.get("Sec-Fetch-Site");
  const ours = site === undefined ? originIsOurs(req) : site === "same-origin";
  if (ours) return next();
  res.status(403).json({ message: "This call must come from a page of this application" });
}

function originIsOurs(req) {
  const origin = req.get("Origin");
  return origin === undefined || origin === `${req.protocol}://${req.get("Host")}`;
}

/** In a browser the cookie carries it; the value that a tutorial's script may send beside it is not needed. */
function refreshToken(req) {
  return isBrowser(req) ? {} : { refresh_token: req.body?.refreshToken };
}

async function callJotgate(jotgateUrl, req, path, body) {
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": req.get("User-Agent") ?? "unknown",
    // Jotgate believes this header only from `[http] trusted_proxies` (README, "Addresses").
    "X-Forwarded-For": req.ip,
  };
  const idempotencyKey = req.get("Idempotency-Key");
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  if (isBrowser(req)) {
    headers.Cookie = refreshCookies(req);
    // Jotgate takes cookies only from origins it knows. sameOriginOnly has made that check for our pages.
    headers.Origin = new URL(jotgateUrl).origin;
  }
  const call = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) };
  return fetch(new URL(path, jotgateUrl), call).catch((cause) => {
    throw Object.assign(new Error("The login server cannot be reached", { cause }), { status: 503 });
  });
}

function refreshCookies(req) {
  const cookies = (req.get("Cookie") ?? "").split("; ");
  return cookies.filter((cookie) => /^(__Host-)?jotgate_/.test(cookie)).join("; ");
}

async function answerSession(res, reply) {
  for (const cookie of reply.headers.getSetCookie()) res.append("Set-Cookie", cookie);
  for (const name of ["Retry-After", "WWW-Authenticate"]) {
    if (reply.headers.has(name)) res.set(name, reply.headers.get(name));
  }
  res.set("Cache-Control", "no-store").status(reply.status);
  if (reply.status === 204) return res.end();

  const body = await reply.json();
  // Jotgate's problem (reason, detail, hint, request_id) plus the `message` that tutorials show.
  if (!reply.ok) return res.type("application/problem+json").json({ ...body, message: body.detail ?? body.title });
  res.json({
    token: body.access_token,
    accessToken: body.access_token,
    refreshToken: body.refresh_token ?? undefined,
    expiresIn: body.expires_in,
    user: body.user,
  });
}

function answerFailure(error, req, res, next) {
  const { status = 500, message } = error;
  if (status >= 500) console.error(error.message, error.cause ?? error.stack);
  if (status === 503) res.set("Retry-After", "5");
  res.status(status).json({ message: status === 500 ? "Internal error" : message });
}
