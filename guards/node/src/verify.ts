// From a text to claims, in a fixed order: size, parts, JSON, algorithm, issuer, key, signature, type and claims.
// Not here: time and revocation, which are judged at every use (guard.ts).
import { compactVerify, errors } from "jose";
import { checkClaims, type AccessClaims } from "./claims.js";
import { Malformed, decodeBase64url, isTexts, parseObject, type JsonObject } from "./json.js";
import type { Key } from "./keys.js";
import { Refused, shown } from "./refused.js";

/** An issuer whose tokens count, as far as verifying is concerned. */
export interface Verifier {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly findKey: (algorithm: string, kid: string | undefined) => Promise<Key>;
}

export interface Verified<V extends Verifier> {
  readonly claims: AccessClaims;
  readonly key: Key;
  readonly by: V;
}

export async function verify<V extends Verifier>(token: string, trusted: readonly V[]): Promise<Verified<V>> {
  const { header, claims } = split(token);
  const algorithm = readAlgorithm(header);
  const by = issuerOf(claims, trusted);
  if (!by.algorithms.includes(algorithm)) {
    const known = KNOWN.test(algorithm);
    throw new Refused(known ? "alg.not_allowed" : "alg.unknown", { expected: by.algorithms.join(" or "), received: shown(algorithm) });
  }
  const key = await by.findKey(algorithm, header.kid as string | undefined);
  await checkSignature(token, key, algorithm);
  checkClaims(header, claims, by.audience);
  return { claims, key, by };
}

function split(token: string): { header: JsonObject; claims: JsonObject } {
  if (token.length > MAX_LENGTH) throw new Refused("malformed.size", { expected: `at most ${MAX_LENGTH} characters` });
  const [header, payload, signature, ...more] = token.split(".");
  if (!header || !payload || signature === undefined || more.length > 0) throw new Refused("malformed.parts");
  try {
    decodeBase64url(signature);
    return { header: parseObject(decodeBase64url(header)), claims: parseObject(decodeBase64url(payload)) };
  } catch (error) {
    throw error instanceof Malformed ? new Refused(error.reason) : error;
  }
}

function readAlgorithm({ alg, kid, crit, b64 }: JsonObject): string {
  if (typeof alg !== "string") throw new Refused("alg.unknown", { received: alg === undefined ? "no `alg`" : shown(alg) });
  if (alg.trim().toLowerCase() === "none") throw new Refused("alg.none");
  if (kid !== undefined && (typeof kid !== "string" || kid === "")) throw new Refused("malformed.json", { detail: "`kid` is not a text." });
  if (crit !== undefined) {
    const isList = isTexts(crit) && crit.length > 0 && new Set(crit).size === crit.length;
    // Because none is understood here, and what must not be ignored must not be ignored (RFC 7515 section 4.1.11).
    throw new Refused(isList ? "crit.unsupported" : "crit.malformed", { received: shown(crit) });
  }
  // Without `crit` it is not to be believed, and with it, it was refused above (RFC 7797 section 6).
  if (b64 !== undefined) throw new Refused("crit.malformed", { detail: "`b64` has no place in a JWT." });
  return alg;
}

/** Read before the signature is checked, only to choose by whose keys it is checked. */
function issuerOf<V extends Verifier>({ iss }: JsonObject, trusted: readonly V[]): V {
  const expected = trusted.map(({ issuer }) => issuer).join(" or ");
  if (iss === undefined) throw new Refused("iss.missing", { expected });
  if (typeof iss !== "string") throw new Refused("iss.malformed", { expected });
  const by = trusted.find(({ issuer }) => issuer === iss);
  if (!by) throw new Refused("iss.mismatch", { expected, received: shown(iss) });
  return by;
}

async function checkSignature(token: string, key: Key, algorithm: string): Promise<void> {
  try {
    await compactVerify(token, key.material, { algorithms: [algorithm] });
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new Refused("signature.invalid");
    throw error;
  }
}

/** What any software calls an algorithm for signatures: told apart only for the words of the refusal. */
const KNOWN = /^((HS|RS|PS|ES)(256|384|512)|ES256K|EdDSA|Ed25519|Ed448|ML-DSA-(44|65|87))$/;
const MAX_LENGTH = 16 * 1024;
