// What an access token says, held against what this API wants (RFC 9068 section 4, RFC 7519 section 4.1). Absent, malformed
// and wrong are three refusals, and values are compared byte by byte. Not jose's `jwtVerify`, because it takes an `exp` of
// 1e400 for "never" and a list with other things than texts for an audience.
import { isTexts, type JsonObject } from "./json.js";
import { Refused, shown, type Reason } from "./refused.js";

/** The claims of an access token that passed every check, mapped ones among them. */
export interface AccessClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly client_id: string;
  readonly epoch: number;
  readonly nbf?: number;
  readonly sid?: string;
  readonly scope?: string;
  readonly roles?: readonly string[];
  readonly auth_time?: number;
  readonly [name: string]: unknown;
}

/** Checks header and claims of a token whose signature is good; the time is checked by `checkTimes`. */
export function checkClaims(header: JsonObject, claims: JsonObject, audience: string): asserts claims is JsonObject & AccessClaims {
  const typ = typeof header.typ === "string" ? bare(header.typ) : undefined;
  // Because an ID token, or whatever else this issuer signs, is no permission to call an API.
  if (typ !== "at+jwt") throw new Refused("typ.mismatch", { expected: "at+jwt", received: shown(header.typ ?? "no `typ`") });
  if (typeof header.cty === "string" && bare(header.cty) === "jwt") throw new Refused("typ.mismatch", { received: "a token within a token" });
  checkAudience(claims.aud, audience);
  for (const name of ["sub", "jti", "client_id"]) requireText(claims, name);
  if (claims.sid !== undefined) requireText(claims, "sid");
  requireNumber(claims, "exp", "exp.missing", "exp.malformed");
  for (const name of ["iat", "epoch"]) requireNumber(claims, name);
  for (const name of ["nbf", "auth_time"]) if (claims[name] !== undefined) requireNumber(claims, name);
  if (!Number.isInteger(claims.epoch)) throw new Refused("claim.malformed", { expected: "`epoch` as a whole number" });
  if (claims.scope !== undefined && !isScope(claims.scope)) throw new Refused("claim.malformed", { expected: "`scope` as words with one space between" });
  if (claims.roles !== undefined && !isTexts(claims.roles)) throw new Refused("claim.malformed", { expected: "`roles` as a list of texts" });
  checkSubject(claims as JsonObject & AccessClaims);
  // RFC 9449 section 7.1: good only with a proof that the caller holds a key, or else a stolen one would be good as well.
  if (claims.cnf !== undefined) throw new Refused("token.scheme", { expected: "a token without `cnf`", detail: BOUND });
}

/** Checks the times alone: again at every use of a token verified before. `now` in seconds since 1970. */
export function checkTimes({ exp, nbf, iat }: AccessClaims, now: number, leeway: number): void {
  const at = (name: string, value: number): object => ({ expected: `\`${name}\` with a clock at ${Math.floor(now)}`, received: `${value}` });
  if (exp <= now - leeway) throw new Refused("exp.expired", at("exp", exp));
  if (nbf !== undefined && nbf > now + leeway) throw new Refused("nbf.not_yet", at("nbf", nbf));
  if (iat > now + leeway) throw new Refused("iat.in_future", at("iat", iat));
  if (exp < iat || (nbf !== undefined && exp < nbf)) throw new Refused("claim.mismatch", { expected: "`exp` after `nbf` and `iat`" });
}

function checkAudience(aud: unknown, audience: string): void {
  if (aud === undefined) throw new Refused("aud.missing", { expected: audience });
  const names = typeof aud === "string" ? [aud] : aud;
  if (!isTexts(names)) throw new Refused("aud.malformed", { expected: audience });
  if (!names.includes(audience)) throw new Refused("aud.mismatch", { expected: audience, received: shown(names.join(" ")) });
}

/** Whether a user or a client acts must not be open (RFC 9700 section 4.15): a client's `sub` is `client:` and its id. */
function checkSubject({ sub, client_id, sid }: AccessClaims): void {
  const isClear = sub.startsWith("client:") ? sub === `client:${client_id}` && sid === undefined : sub !== client_id;
  if (!isClear) throw new Refused("claim.mismatch", { detail: "`sub` leaves open whether a user or a client acts." });
}

function requireText(claims: JsonObject, name: string): void {
  const value = claims[name];
  if (value === undefined || value === null) throw new Refused("claim.missing", { expected: `\`${name}\`` });
  if (typeof value !== "string" || value === "") throw new Refused("claim.malformed", { expected: `\`${name}\` as a text` });
}

function requireNumber(claims: JsonObject, name: string, missing: Reason = "claim.missing", malformed: Reason = "claim.malformed"): void {
  const value = claims[name];
  if (value === undefined) throw new Refused(missing, { expected: `\`${name}\`` });
  // 9999-12-31: beyond it nobody means a time, and 1e400 becomes Infinity.
  if (typeof value !== "number" || Math.abs(value) > 253402300799) throw new Refused(malformed, { expected: `\`${name}\` as a number` });
}

const BOUND = "The token is bound to a key of its client (`cnf`), and this API takes no proofs of possession.";

/** RFC 6749 section 3.3; what two readers could split in two ways is no scope. */
function isScope(value: unknown): value is string {
  return typeof value === "string" && /^([!#-[\]-~]+( [!#-[\]-~]+)*)?$/.test(value);
}

/** RFC 7515 section 4.1.9: without a slash it means `application/` and the value. */
function bare(typ: string): string {
  return typ.toLowerCase().replace(/^application\/(?=[^/]*$)/, "");
}
