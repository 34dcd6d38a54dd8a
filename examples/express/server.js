// The tutorial's application with Jotgate as its login server. `npm start`, then http://localhost:3000
import { fileURLToPath } from "node:url";
import express from "express";
import { requireRole, requireToken } from "./guard.js";
import { loginRoutes } from "./login.js";

const { JOTGATE_URL = "http://localhost:8080", AUDIENCE = JOTGATE_URL, PORT = "3000", TRUST_PROXY } = process.env;

const app = express();
if (TRUST_PROXY) app.set("trust proxy", TRUST_PROXY);
app.disable("x-powered-by");
app.use((req, res, next) => {
  res.set({ "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff" });
  next();
});
app.use(express.static(fileURLToPath(new URL("public", import.meta.url))));
app.use(loginRoutes(JOTGATE_URL));

const verifyToken = requireToken({ issuer: JOTGATE_URL, audience: AUDIENCE });

// The application's own data, by `sub`: it never changes and is never given to somebody else. An e-mail address may be.
const profiles = new Map();
function profileOf(user) {
  if (!profiles.has(user.sub)) profiles.set(user.sub, { id: user.sub, firstSeen: new Date().toISOString() });
  return profiles.get(user.sub);
}

app.get("/dashboard", verifyToken, (req, res) => {
  res.json({ message: `Welcome, user ${req.user.sub}`, profile: profileOf(req.user) });
});

app.get("/profiles", verifyToken, (req, res) => {
  profileOf(req.user);
  res.json({ profiles: [...profiles.values()] });
});

app.get("/api/profile", verifyToken, (req, res) => {
  const { sub, roles, exp } = req.user;
  res.json({ ...profileOf(req.user), roles, tokenExpires: new Date(exp * 1000).toISOString(), sub });
});

app.get("/admin", verifyToken, requireRole("admin"), (req, res) => {
  res.json({ message: "Only for administrators", profiles: profiles.size });
});

const listener = app.listen(Number(PORT), () => console.log(`http://localhost:${listener.address().port}`));
