// The benchmark's peer: what a competent reader of the tutorials builds without Jotgate. HS256 access tokens,
// rotating refresh tokens with reuse detection, Argon2id. Environment: PORT, DATABASE, JWT_SECRET.
import { createHash, createSecretKey, randomBytes, randomUUID } from "node:crypto";
import argon2 from "argon2";
import express from "express";
import jwt from "jsonwebtoken";
import { openStore } from "./store.js";

const { PORT = "3100", DATABASE = "peer.db", JWT_SECRET } = process.env;
if (!JWT_SECRET) throw new Error("JWT_SECRET is not set");

const ACCESS_SECONDS = 15 * 60;
const REFRESH_MS = 7 * 24 * 60 * 60 * 1000;
const ARGON2ID = { type: argon2.argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 };
const ISSUER = "peer";
const AUDIENCE = "my-api";

const key = createSecretKey(Buffer.from(JWT_SECRET)); // once: jsonwebtoken would make one from the text at every call
const store = openStore(DATABASE);
const NOBODYS_HASH = "$argon2id$v=19$m=19456,p=1,t=2$BdoPPh9bndse16KbckF6NQ$BYV7IIFuAuq+GVQ83MN1/68JeS8UqxhLVLn3sYMaKhA";

const app = express();
app.disable("x-powered-by");
app.disable("etag"); // because nothing here is cached, and hashing every answer costs time
app.use(express.json());

app.post("/signup", async (req, res) => {
  const { email, password, name } = req.body;
  const user = { id: randomUUID(), email, name, passwordHash: await argon2.hash(password, ARGON2ID), roles: "[]" };
  store.insertUser(user);
  res.status(201).json(newSession(user));
});

app.post("/login", async (req, res) => {
  const { email, password } = req.body;
  const user = store.userByEmail(email);
  // Because an unknown address must take as long as a wrong password.
  const good = await argon2.verify(user?.password_hash ?? NOBODYS_HASH, password);
  if (!user || !good || user.disabled_at !== null) return res.status(401).json({ message: "Invalid credentials" });
  res.json(newSession(user));
});

app.post("/refresh", (req, res) => {
  const next = newRefreshToken();
  const now = Date.now();
  const user = store.rotate(hash(req.body.refreshToken), hash(next), now + REFRESH_MS, now);
  if (!user) return res.status(401).json({ message: "Invalid refresh token" });
  res.json({ accessToken: accessToken(user), refreshToken: next, expiresIn: ACCESS_SECONDS });
});

app.post("/logout", (req, res) => {
  store.endFamilyOf(hash(req.body.refreshToken));
  res.status(204).end();
});

function verifyToken(req, res, next) {
  const [scheme, token] = req.headers.authorization?.split(" ") ?? [];
  if (scheme !== "Bearer" || !token) return res.status(401).json({ message: "No token" });
  try {
    req.claims = jwt.verify(token, key, { algorithms: ["HS256"], issuer: ISSUER, audience: AUDIENCE });
  } catch {
    return res.status(401).json({ message: "Invalid token" });
  }
  next();
}

app.get("/me", verifyToken, (req, res) => {
  const user = store.userById(req.claims.sub);
  if (!user || user.disabled_at !== null) return res.status(401).json({ message: "Invalid token" });
  const { id, email, name, created_at } = user;
  res.json({ id, email, name, roles: JSON.parse(user.roles), created_at: new Date(created_at).toISOString() });
});

app.get("/healthz", (req, res) => res.json({ status: "ok" }));

function newSession(user) {
  const refreshToken = newRefreshToken();
  store.insertToken(hash(refreshToken), randomUUID(), user.id, Date.now() + REFRESH_MS);
  return { accessToken: accessToken(user), refreshToken, expiresIn: ACCESS_SECONDS };
}

function accessToken({ id, email, roles }) {
  const claims = { email, roles: JSON.parse(roles) };
  return jwt.sign(claims, key, { subject: id, issuer: ISSUER, audience: AUDIENCE, jwtid: randomUUID(), expiresIn: ACCESS_SECONDS });
}

function newRefreshToken() {
  return randomBytes(32).toString("base64url");
}

function hash(token) {
  return createHash("sha256").update(String(token)).digest();
}

const listener = app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://localhost:${listener.address().port}`));

process.on("SIGTERM", () => {
  listener.close(() => {
    store.close();
    process.exit(0);
  });
  listener.closeIdleConnections();
});
