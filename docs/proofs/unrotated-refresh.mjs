// A refresh route without rotation gives the thief what it gives the owner, and neither learns of the other.
import jwt from "jsonwebtoken";
import { holds } from "./check.mjs";
import { SECRET } from "./tutorial.mjs";

function refresh({ refreshToken }, clockTimestamp) {                               // the clock is passed in so that days can pass here
  const { userId } = jwt.verify(refreshToken, SECRET, { clockTimestamp });
  return { accessToken: jwt.sign({ userId }, SECRET, { expiresIn: "15m" }) };
}

const refreshToken = jwt.sign({ userId: 1 }, SECRET, { expiresIn: "7d" });
const stolen = refreshToken;
const { iat } = jwt.decode(refreshToken);
let owner = 0, thief = 0;
for (let now = iat; now < iat + 6 * 86_400; now += 900) {                         // six days, every 15 minutes
  owner += refresh({ refreshToken }, now).accessToken ? 1 : 0;
  thief += refresh({ refreshToken: stolen }, now).accessToken ? 1 : 0;
}
holds("the owner and the thief refresh side by side, as often as they like", owner === 576 && thief === 576, `${owner} and ${thief} times`);
