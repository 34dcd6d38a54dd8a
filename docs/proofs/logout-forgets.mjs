// "Logout: delete the token in the client." The server never hears of it.
import { holds } from "./check.mjs";
import { createToken, tryHeader } from "./tutorial.mjs";

const localStorage = new Map([["token", createToken({ id: 1, email: "ada@example.com", role: "user" })]]);
const copy = localStorage.get("token");                                          // a log, a backup, another tab, a thief
localStorage.delete("token");
holds("after the logout a copy of the token still opens the protected route", tryHeader(`Bearer ${copy}`) === "accepted");
