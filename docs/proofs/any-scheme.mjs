// `header.split(" ")[1]` takes whatever follows the first space.
import { holds } from "./check.mjs";
import { createToken, tryHeader } from "./tutorial.mjs";

const token = createToken({ id: 1, email: "ada@example.com", role: "user" });
for (const header of [`Basic ${token}`, `Bananas ${token}`, `Bearer ${token} and more`, `Bearer ${token} ${token}`]) {
  holds(`"${header.replaceAll(token, "TOKEN")}" is let in`, tryHeader(header) === "accepted");
}
holds('"Bearer  TOKEN" with two spaces, which the standard allows, is turned away', tryHeader(`Bearer  ${token}`) === 401);
