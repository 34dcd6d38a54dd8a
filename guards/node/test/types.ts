// What does not compile, and what does: checked by `npm test`, never run.
import express from "express";
import Fastify from "fastify";
import { authOf, createGuard, requireRole, requireScope, type Auth } from "@jotgate/guard";
import { jotgateGuard } from "@jotgate/guard/fastify";

// @ts-expect-error: an audience is needed
createGuard({ issuer: "https://id.example" });
// @ts-expect-error: an issuer is needed
createGuard({ audience: "api" });
// @ts-expect-error: no such option
createGuard({ issuer: "https://id.example", audience: "api", aud: "api" });
// @ts-expect-error: a shared secret is not an algorithm among others
createGuard({ issuer: "https://id.example", audience: "api", algorithms: ["HS256"] });

const guard = createGuard({ issuer: "https://id.example", audience: "api", stale: "introspect" });
const app = express();
app.use(guard.express());
app.get("/reports", guard.express(requireScope("reports:read")), (req, res) => {
  const auth: Auth = authOf(req);
  const subject: string | undefined = req.auth?.subject;
  res.json({ subject, cart: auth.claims.cartID, roles: auth.roles });
});
// @ts-expect-error: a rule is no middleware
app.get("/admin", requireRole("admin"), () => undefined);

const fastify = Fastify();
await fastify.register(jotgateGuard, { guard, rules: [requireRole("admin")] });
fastify.get("/reports", { onRequest: guard.fastify(requireScope("reports:read")) }, async (request) => authOf(request).subject);
