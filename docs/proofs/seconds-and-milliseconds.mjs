// Two slips of a factor of a thousand.
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";
import { SECRET } from "./tutorial.mjs";

const lifetime = (expiresIn) => { const { exp, iat } = jwt.decode(jwt.sign({}, SECRET, { expiresIn })); return exp - iat; };
holds("expiresIn: 3600 is an hour", lifetime(3600) === 3600);
holds('expiresIn: "3600", as it comes out of process.env, is 3 seconds', lifetime("3600") === 3);
const { exp } = jwt.decode(jwt.sign({}, SECRET, { expiresIn: "1h" }));
holds("a fresh token is 'expired' by `exp < Date.now()`: exp counts seconds, Date.now() milliseconds", exp < Date.now() && !(exp * 1000 < Date.now()));
