// Who has one HS256 token can try secrets at home, without a single request to the server.
import { createHmac } from "node:crypto";
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";

const printed = ["secret", "mysecret", "mySecretKey", "your-secret-key", "your_jwt_secret", "supersecret", "secretkey", "jwtsecret", "shhhhh",
  "your-256-bit-secret", "changeme", "password", "keyboard cat", "JWT_SECRET", "my-secret", "secret123", "access-token-secret", "topsecret"];
const list = [...Array.from({ length: 100_000 }, (_, n) => `guess-${n}`), ...printed];   // the right one is at the far end

function crack(token) {
  const cut = token.lastIndexOf(".");
  const input = token.slice(0, cut), wanted = token.slice(cut + 1);
  return list.find((secret) => createHmac("sha256", secret).update(input).digest("base64url") === wanted);
}

const token = jwt.sign({ userId: 1, role: "user" }, "your-256-bit-secret", { expiresIn: "15m" });
const began = performance.now();
const found = crack(token);
const ms = Math.round(performance.now() - began);
holds("the secret of a tutorial is found from one token", found === "your-256-bit-secret", `${list.length} guesses in ${ms} ms`);
const forged = jwt.sign({ userId: 1, role: "admin" }, found, { expiresIn: "15m" });
holds("and makes anyone an administrator", jwt.verify(forged, "your-256-bit-secret").role === "admin");

const began1 = performance.now();
crack(jwt.sign({ userId: 1 }, "shhhhh", { expiresIn: "15m" }));
const perSecond = list.length / ((performance.now() - began1) / 1000);
const years = 2 ** 255 / perSecond / 31_557_600;
holds("32 random bytes are another matter", years > 1e50, `about 1e${Math.floor(Math.log10(years))} years at this speed`);
