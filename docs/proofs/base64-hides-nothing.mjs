// base64url is a way to write bytes. Anyone can read a payload; nobody needs a key.
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";
import { SECRET } from "./tutorial.mjs";

const token = jwt.sign({ email: "ada@example.com", password: "hunter2", iban: "DE02120300000000202051" }, SECRET, { expiresIn: "15m" });
const read = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
holds("password and account number are read without any key", read.password === "hunter2" && read.iban.startsWith("DE02"));

const [header, payload, signature] = token.split(".");
const changed = Buffer.from(JSON.stringify({ ...read, email: "eve@example.com" })).toString("base64url");
let refused = false;
try { jwt.verify(`${header}.${changed}.${signature}`, SECRET, { algorithms: ["HS256"] }); } catch { refused = true; }
holds("what the signature does do: a changed payload is refused", refused && payload !== changed);
