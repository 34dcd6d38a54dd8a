// The tutorial's application with Jotgate as its login server. `npm start`, then http://localhost:3000
import { fileURLToPath } from "node:url";
import { createGuard, requireRole } from "@jotgate/guard";
import express from "express";
import { loginRoutes } from "./login.js";

const { JOTGATE_URL = "http://localhost:8080", AUDIENCE = JOTGATE_URL, PORT = "3000", TRUST_PROXY, ORIGINS = "" } = process.env;

const app = express();
if (TRUST_PROXY) app.set("trust proxy", TRUST_PROXY);
app.disable("x-powered-by");
app.use((req, res, next) => {
  res.set({ "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff" });
  next();
});
app.use(crossOrigin(ORIGINS.split(" ").filter(Boolean)));
app.use(express.static(fileURLToPath(new URL("public", import.meta.url))));
app.use(loginRoutes(JOTGATE_URL));

/**
 * Lets pages of these origins call the API (CORS). No credentials, because the token is in a header of its own: a page
 * that has none can do nothing here, whatever cookies the browser has.
 */
function crossOrigin(origins) {
  return (req, res, next) => {
    res.vary("Origin");
    if (!origins.includes(req.get("Origin"))) return next();
    res.set({ "Access-Control-Allow-Origin": req.get("Origin"), "Access-Control-Expose-Headers": "WWW-Authenticate" });
    if (req.method !== "OPTIONS") return next();
    res.set({ "Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "600" });
    res.sendStatus(204);
  };
}

// No leeway, because here a token shall end when it says; where clocks differ leave it at the default.
const guard = createGuard({ issuer: JOTGATE_URL, audience: AUDIENCE, leeway: 0 });
const verifyToken = guard.express();
const verifyAdmin = guard.express(requireRole("admin"));

// The application's own data, by `sub`: it never changes and is never given to somebody else. An e-mail address may be.
const profiles = new Map();
function profileOf({ subject }) {
  if (!profiles.has(subject)) profiles.set(subject, { id: subject, firstSeen: new Date().toISOString() });
  return profiles.get(subject);
}

app.get("/dashboard", verifyToken, (req, res) => {
  res.json({ message: `Welcome, user ${req.auth.subject}`, profile: profileOf(req.auth) });
});

app.get("/profiles", verifyToken, (req, res) => {
  profileOf(req.auth);
  res.json({ profiles: [...profiles.values()] });
});

app.get("/api/profile", verifyToken, (req, res) => {
  const { subject, roles, claims } = req.auth;
  res.json({ ...profileOf(req.auth), roles, tokenExpires: new Date(claims.exp * 1000).toISOString(), sub: subject });
});

app.get("/admin", verifyAdmin, (req, res) => {
  res.json({ message: "Only for administrators", profiles: profiles.size });
});

const listener = app.listen(Number(PORT), () => console.log(`http://localhost:${listener.address().port}`));
