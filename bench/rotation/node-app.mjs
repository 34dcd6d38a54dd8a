// A route behind the Node guard, for bench/rotation/run: JOTGATE_URL in, the address on standard output.
import express from "express";
import { authOf, createGuard } from "./guard/index.js";

const issuer = process.env.JOTGATE_URL;
const guard = createGuard({ issuer, audience: issuer });
const app = express();
app.get("/dashboard", guard.express(), (req, res) => res.json({ sub: authOf(req).subject }));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
