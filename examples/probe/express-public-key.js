// The same after the chapter on RS256: the API has the public key only. Not a pattern to copy; `jotgate probe` says why.
import { readFileSync } from "node:fs";
import express from "express";
import jwt from "jsonwebtoken";

const app = express();
const publicKey = readFileSync(process.env.PUBLIC_KEY);

function verifyToken(req, res, next) {
  const token = req.headers.authorization?.split(" ")[1];
  if (!token) return res.status(401).json({ message: "No token" });

  jwt.verify(token, publicKey, (err, user) => {
    if (err) return res.status(403).json({ message: "Invalid token" });
    req.user = user;
    next();
  });
}

app.get("/profile", verifyToken, (req, res) => {
  res.json({ user: req.user });
});

const listener = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`http://localhost:${listener.address().port}`));
