// `jwt.verify(token, SECRET)` checks the signature and the time. It does not ask who made the token, for whom, or for what.
import { jwtVerify } from "jose";
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";
import { SECRET, tryHeader } from "./tutorial.mjs";

const sign = (claims, options = { expiresIn: "15m" }) => jwt.sign(claims, SECRET, options);
const ours = { userId: 1, role: "user" };
const wrong = {
  "made for another API (aud)": sign({ ...ours, aud: "https://billing.example" }),
  "made by another issuer (iss)": sign({ ...ours, iss: "https://elsewhere.example" }),
  "of no user at all": sign({}),
  "without an expiry": sign(ours, {}),
  "that expires in the year 2525": sign({ ...ours, exp: 17514144000 }, {}),
  "signed with HS512 where HS256 is meant": sign(ours, { algorithm: "HS512", expiresIn: "15m" }),
  "of another kind (typ: password-reset+jwt)": sign(ours, { expiresIn: "15m", header: { alg: "HS256", typ: "password-reset+jwt" } }),
};
for (const [what, token] of Object.entries(wrong)) {
  holds(`a token ${what} is let in`, tryHeader(`Bearer ${token}`) === "accepted");
}

const pinned = { algorithms: ["HS256"], issuer: "https://id.example", audience: "https://api.example" };
const good = sign({ ...ours, iss: pinned.issuer, aud: pinned.audience });
holds("with algorithm, issuer and audience pinned the right token passes", jwt.verify(good, SECRET, pinned).userId === 1);
for (const what of ["made for another API (aud)", "made by another issuer (iss)", "of no user at all", "signed with HS512 where HS256 is meant"]) {
  let refused = false;
  try { jwt.verify(wrong[what], SECRET, pinned); } catch { refused = true; }
  holds(`  and the token ${what} is refused`, refused);
}

// jsonwebtoken cannot ask for an expiry or a type. npm jose can.
const still = sign({ ...ours, iss: pinned.issuer, aud: pinned.audience }, {});
holds("jsonwebtoken, all options pinned, still lets in a token without an expiry", jwt.verify(still, SECRET, pinned).userId === 1);
const policy = { ...pinned, typ: "at+jwt", requiredClaims: ["exp"] };
const key = new TextEncoder().encode(SECRET);
const reason = (token) => jwtVerify(token, key, policy).then(() => "accepted", (error) => error.claim ?? error.code);
const typed = (claims, options) => jwt.sign({ iss: pinned.issuer, aud: pinned.audience, ...claims }, SECRET, { header: { alg: "HS256", typ: "at+jwt" }, ...options });
holds("jose with `typ` and `requiredClaims` passes the right token", (await reason(typed(ours, { expiresIn: "15m" }))) === "accepted");
holds("  refuses one without an expiry", (await reason(typed(ours, {}))) === "exp");
holds("  and one of another kind", (await reason(good)) === "typ");
