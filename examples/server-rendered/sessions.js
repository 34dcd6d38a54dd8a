// Who is signed in: our cookie leads to the tokens, which stay in this process. A real application keeps them where all
// its processes reach them, sealed. Not here: whether a token is good (server.js asks the guard).
import { createHash, randomBytes } from "node:crypto";

const COOKIE = "example_session"; // over https: __Host-example_session, with Secure

export function createSessions(jotgateUrl) {
  const kept = new Map();

  async function post(path, body, headers = {}) {
    const init = { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
    return fetch(`${jotgateUrl}${path}`, { ...init, signal: AbortSignal.timeout(10_000) });
  }

  function keep(session, answer) {
    session.accessToken = answer.access_token;
    session.refreshToken = answer.refresh_token;
    session.user = answer.user;
  }

  return {
    of: (req) => kept.get(nameOf(req)),

    /** A new cookie at every login, so that one that was put into the browser before is worth nothing (fixation). */
    async logIn(req, res, { email, password }) {
      const from = { "User-Agent": req.get("User-Agent") ?? "unknown", "X-Forwarded-For": req.ip };
      const reply = await post("/v1/login", { email, password }, from);
      const answer = await reply.json();
      if (!reply.ok) return { ok: false, status: reply.status, problem: answer };
      await this.logOut(req, res);
      const session = {};
      keep(session, answer);
      const value = randomBytes(32).toString("base64url");
      kept.set(digest(value), session);
      res.cookie(COOKIE, value, { httpOnly: true, sameSite: "lax", path: "/" });
      return { ok: true };
    },

    /**
     * True with new tokens, false when the session is over. All requests of a session wait for one refresh, and its key
     * lets a refresh whose answer got lost be asked again without harm. A server that does not answer ends nothing.
     */
    refresh(session) {
      session.refreshing ??= (async () => {
        session.key ??= randomBytes(16).toString("base64url");
        const reply = await post("/v1/refresh", { refresh_token: session.refreshToken }, { "Idempotency-Key": session.key });
        const answer = await reply.json();
        if (reply.status === 401 && answer.reason?.startsWith("refresh.")) return false;
        if (!reply.ok) throw new Error(`refresh: ${reply.status} ${answer.reason}`);
        keep(session, answer);
        session.key = undefined;
        return true;
      })().finally(() => (session.refreshing = undefined));
      return session.refreshing;
    },

    forget(req, res) {
      kept.delete(nameOf(req));
      res.clearCookie(COOKIE, { path: "/" });
    },

    async logOut(req, res) {
      const session = this.of(req);
      this.forget(req, res);
      if (session) await post("/v1/logout", { refresh_token: session.refreshToken });
    },
  };

  function nameOf(req) {
    const pairs = (req.get("Cookie") ?? "").split("; ").map((pair) => pair.split("="));
    const ours = pairs.filter(([name]) => name === COOKIE);
    return ours.length === 1 ? digest(ours[0][1]) : undefined;
  }
}

/** The map knows digests only, so that a look into it gives nobody a cookie. */
const digest = (value) => createHash("sha256").update(value).digest("base64url");
