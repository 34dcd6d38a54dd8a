// The guard's outside in Express and Fastify. Their types are described here as far as they are used, so that an API on
// one of them does not need the other.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Refused } from "./refused.js";
import type { RawRequest } from "./request.js";
import type { Auth } from "./rules.js";

declare global {
  namespace Express {
    interface Request {
      /** Who calls, behind `guard.express()`; see `authOf`. */
      auth?: Auth | undefined;
    }
  }
}

/** Middleware in the form of Express, Connect and Node's own server. */
export type ExpressHandler = (req: IncomingMessage & { auth?: Auth | undefined }, res: ServerResponse, next: (error?: unknown) => void) => void;

/** A hook in the form of Fastify. */
export type FastifyHook = (request: { readonly raw: RawRequest; auth?: Auth | undefined }, reply: FastifyReply) => Promise<unknown>;

interface FastifyReply {
  code(status: number): { headers(values: Record<string, string>): { send(body: string): unknown } };
}

type Authenticate = (request: RawRequest) => Promise<Auth | undefined>;

/** What every refusal of one guard has in common. */
export interface House {
  /** Where the pages of the reasons are. */
  readonly issuer: string;
  /** Where the API's own metadata are (RFC 9728). */
  readonly metadata: string | undefined;
}

export function expressOf(authenticate: Authenticate, { issuer, metadata }: House): ExpressHandler {
  return (req, res, next) => {
    const refuse = (error: unknown): void => {
      if (!(error instanceof Refused)) return next(error);
      res.writeHead(error.status, error.headers(metadata)).end(JSON.stringify(error.problem(issuer)));
    };
    authenticate(req).then((auth) => {
      req.auth = auth;
      next();
    }, refuse);
  };
}

export function fastifyOf(authenticate: Authenticate, { issuer, metadata }: House): FastifyHook {
  return async (request, reply) => {
    try {
      request.auth = await authenticate(request.raw);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return reply.code(error.status).headers(error.headers(metadata)).send(JSON.stringify(error.problem(issuer)));
    }
  };
}

/** Who calls. Throws when no guard stands before the route, because a forgotten guard must not look like an open route. */
export function authOf(request: { auth?: Auth | undefined }): Auth {
  if (!request.auth) throw new Error("no guard stands before this route, or an optional one let nobody in particular through");
  return request.auth;
}
