// Everything an API needs; `@jotgate/guard/fastify` is the plugin.
export { createGuard, type Guard, type Metrics } from "./guard.js";
export type { IssuerMetrics } from "./issuer.js";
export type { FeedOptions, GuardOptions, Trust } from "./options.js";
export type { Algorithm } from "./keys.js";
export type { AccessClaims } from "./claims.js";
export { anyOf, freshWithin, requireRole, requireScope, type Auth, type Confirm, type Rule } from "./rules.js";
export { Refused, type Particulars, type Reason } from "./refused.js";
export { authOf, type ExpressHandler, type FastifyHook } from "./frameworks.js";
export type { RawRequest } from "./request.js";
export { createTokenSource, type TokenSource, type TokenSourceOptions } from "./source.js";
