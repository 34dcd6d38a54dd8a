// What a caller may do, once it is known who calls: 403 and not 401 when not. Objects and not functions, so that a rule
// put in the place of a middleware stops the application from starting instead of letting everybody through.
import type { AccessClaims } from "./claims.js";
import { Refused } from "./refused.js";

/** Who calls. The same object for every request with the same token, and frozen. */
export interface Auth {
  /** The claim `sub`: an id that never changes and is never given away again; `client:...` for a service. */
  readonly subject: string;
  readonly issuer: string;
  /** The claim `sid`; a service has none. */
  readonly session: string | undefined;
  readonly client: string;
  readonly scope: readonly string[];
  readonly roles: readonly string[];
  readonly claims: AccessClaims;
}

/** A demand beyond a good token; refuses by throwing `Refused`. */
export interface Rule {
  check(auth: Auth, confirm: Confirm): void | Promise<void>;
}

/** Resolves when the issuer has said, at most so many seconds ago, that the token is good. */
export type Confirm = (seconds: number) => Promise<void>;

/** Every one of these words must be in the token's scope; a word is compared whole. */
export function requireScope(...words: string[]): Rule {
  if (words.length === 0 || !words.every((word) => /^[!#-[\]-~]+$/.test(word))) throw new TypeError("requireScope needs words without spaces");
  return {
    check(auth) {
      if (!words.every((word) => auth.scope.includes(word))) throw new Refused("scope.missing", { expected: words.join(" ") });
    },
  };
}

/** The user must have had this role when the token was made; a role that is taken away revokes the tokens that name it. */
export function requireRole(role: string): Rule {
  if (typeof role !== "string" || role === "") throw new TypeError("requireRole needs a role");
  return {
    check(auth) {
      if (!auth.roles.includes(role)) throw new Refused("role.missing", { expected: `the role ${role}` });
    },
  };
}

/** One of the rules is enough. */
export function anyOf(...rules: Rule[]): Rule {
  if (rules.length === 0) throw new TypeError("anyOf needs rules");
  return {
    async check(auth, confirm) {
      const refusals: Refused[] = [];
      for (const rule of rules) {
        try {
          return await rule.check(auth, confirm);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refusals.push(error);
        }
      }
      throw refusals.find(({ status }) => status !== 403) ?? refusals[0];
    },
  };
}

/** The issuer itself must have called the token good at most so many seconds ago: for what cannot be taken back. 0 asks every time. */
export function freshWithin(seconds: number): Rule {
  if (!(seconds >= 0)) throw new TypeError("freshWithin needs a number of seconds");
  return { check: (_, confirm) => confirm(seconds) };
}
