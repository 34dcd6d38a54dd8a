// A plugin for Fastify: every route of the instance it is registered on is guarded, and the guard closes with it.
import type { FastifyInstance } from "fastify";
import type { Guard } from "./guard.js";
import type { Auth, Rule } from "./rules.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls, behind the guard; see `authOf`. */
    auth?: Auth | undefined;
  }
}

export interface GuardPlugin {
  readonly guard: Guard;
  /** Demands on every route. */
  readonly rules?: readonly Rule[];
  /** Requests without a token go through as well, without `request.auth`; bad tokens do not. */
  readonly optional?: boolean;
}

async function plugin(instance: FastifyInstance, { guard, rules = [], optional = false }: GuardPlugin): Promise<void> {
  if (optional && rules.length > 0) throw new TypeError("a guard that is optional demands nothing");
  instance.decorateRequest("auth", undefined);
  instance.addHook("onRequest", optional ? guard.fastifyOptional() : guard.fastify(...rules));
  instance.addHook("onClose", async () => guard.close());
}

/** `await app.register(jotgateGuard, { guard })` */
export const jotgateGuard = Object.assign(plugin, {
  // For the instance it is registered on and not only for a child of it, where it would guard nothing.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "@jotgate/guard",
});
