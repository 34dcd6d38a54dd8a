// The same application with the tutorial's own `verifyToken`, not a letter changed, and a secret shared with Jotgate.
// For one application that already checks tokens this way; for anything new take server.js (README, "Two ways").
import express from "express";
import jwt from "jsonwebtoken";
import { loginRoutes } from "./login.js";

const { JOTGATE_URL = "http://localhost:8080", PORT = "3000" } = process.env;
if (!process.env.JWT_SECRET) throw new Error("JWT_SECRET is not set: the value of [tokens] secret in jotgate.toml");

const app = express();
app.use(loginRoutes(JOTGATE_URL));

function verifyToken(req, res, next) {
  const token = req.headers.authorization?.split(" ")[1];
  if (!token) return res.status(401).json({ message: "No token" });

  try {
    const decoded = jwt.verify(token, process.env.JWT_SECRET);
    req.user = decoded;
    next();
  } catch (err) {
    res.status(401).json({ message: "Invalid token" });
  }
}

app.get("/dashboard", verifyToken, (req, res) => {
  res.json({ message: `Hello ${req.user.email}` });
});

app.get("/profiles", verifyToken, (req, res) => {
  res.json({ profiles: [{ id: req.user.sub, email: req.user.email }] });
});

app.get("/api/profile", verifyToken, (req, res) => {
  res.json({ user: req.user });
});

app.get("/admin", verifyToken, (req, res) => {
  if (!req.user.roles.includes("admin")) return res.status(403).json({ message: "Admins only" });
  res.json({ message: `Hello admin ${req.user.email}` });
});

const listener = app.listen(Number(PORT), () => console.log(`http://localhost:${listener.address().port}`));
