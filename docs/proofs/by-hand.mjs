// The token of docs/tokens.md, made by the formula and by the library.
import { createHmac } from "node:crypto";
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";

const secret = "3f1c0de5b2a9863e4d7f60c1928ab35e7d04c6f1a8b92e35b7f8c1d25e0a9463";
const printed = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MTgwMDAwMDAwMH0.AmMaJkUjRxQG98zIkbpYgUi4RQXuxlMWdSM1W67yQiU";

const base64url = (text) => Buffer.from(text).toString("base64url");
const input = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url('{"sub":"42","exp":1800000000}')}`;
const signature = createHmac("sha256", secret).update(input).digest("base64url");

holds("the formula gives the token of the page", `${input}.${signature}` === printed);
holds("and the library accepts it", jwt.verify(printed, secret, { algorithms: ["HS256"], clockTimestamp: 1_799_999_999 }).sub === "42");

const letters = [...printed].map((_, at) => `${printed.slice(0, at)}${printed[at] === "A" ? "B" : "A"}${printed.slice(at + 1)}`);
const accepted = letters.filter((changed) => {
  try { return jwt.verify(changed, secret, { algorithms: ["HS256"], clockTimestamp: 1_799_999_999 }); } catch { return false; }
});
holds("with one letter changed it is refused, whichever letter", accepted.length === 0, `${letters.length} letters tried`);
