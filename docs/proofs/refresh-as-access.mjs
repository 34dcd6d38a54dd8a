// One secret for both tokens, and no check of their kind: the refresh token is a seven-day access token.
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";
import { SECRET, tryHeader } from "./tutorial.mjs";

const refreshToken = jwt.sign({ userId: 1 }, SECRET, { expiresIn: "7d" });
holds("the refresh token opens the protected route", tryHeader(`Bearer ${refreshToken}`) === "accepted");
const { exp, iat } = jwt.decode(refreshToken);
holds("and goes on doing so for seven days", exp - iat === 7 * 24 * 3600);
