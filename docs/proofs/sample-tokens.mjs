// Sample tokens printed in tutorials that no library can ever have made.
import { createHmac } from "node:crypto";
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";

const hs256 = (input, secret) => createHmac("sha256", secret).update(input).digest();
const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

holds("every HS256 signature has 32 bytes, 43 characters", hs256("any", "thing").length === 32 && hs256("any", "thing").toString("base64url").length === 43);

const printed = b64("NoduLogInSignature");                                       // the third part of one printed sample
holds("one printed signature has 18 bytes, and they are plain text", Buffer.from(printed, "base64url").length === 18, Buffer.from(printed, "base64url").toString());

const header = { alg: "HS256", typ: "JWT" };
const john = `${b64(header)}.${b64({ sub: "1234567890", name: "John Doe", iat: 1516239022 })}`;
const known = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";                     // printed beside quite different payloads
holds("the most copied signature belongs to John Doe and the secret `your-256-bit-secret`", hs256(john, "your-256-bit-secret").toString("base64url") === known);
let refused = false;
try { jwt.verify(`${b64(header)}.${b64({ email: "user@example.com", role: "admin" })}.${known}`, "your-256-bit-secret"); } catch { refused = true; }
holds("under the payload { email, role } it does not verify", refused);
