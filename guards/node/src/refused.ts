// Refusals: the codes of Jotgate's catalogue (docs/reasons), their status, their challenge (RFC 6750 section 3) and
// their document (RFC 9457). No text in them comes from a token, except what a comparison shows of it, escaped and cut.

/** Status, title and explanation by code: the part of the catalogue that an API can meet. */
export const CATALOGUE = {
  "malformed.parts": [401, "The token does not have three parts"],
  "malformed.size": [401, "The token is too large"],
  "malformed.base64": [401, "A part of the token is not base64url"],
  "malformed.json": [401, "Header or payload is not valid JSON"],
  "malformed.duplicate_member": [401, "A name occurs twice in one JSON object"],
  "malformed.depth": [401, "The JSON is nested too deeply"],
  "malformed.utf8": [401, "Header or payload is not UTF-8 text"],
  "malformed.claims_not_object": [401, "The payload is not a JSON object"],
  "alg.none": [401, "The token is not signed"],
  "alg.unknown": [401, "The algorithm is not known"],
  "alg.not_allowed": [401, "The algorithm is not allowed here"],
  "alg.key_mismatch": [401, "The algorithm does not belong to the key"],
  "key.unknown_kid": [401, "No key has the id that the token names"],
  "key.ambiguous": [401, "More than one key could be meant"],
  "key.too_small": [401, "The key is too small"],
  "key.wrong_use": [401, "The key is not meant for this use"],
  "key.unsupported": [401, "The kind of key is not supported"],
  "key.malformed": [401, "The key cannot be read"],
  "key.missing_alg": [401, "The key does not say its algorithm"],
  "signature.invalid": [401, "The signature does not fit"],
  "exp.missing": [401, "The token has no expiry time"],
  "exp.expired": [401, "The token has expired"],
  "exp.malformed": [401, "The expiry time is not a usable number"],
  "nbf.not_yet": [401, "The token is not valid yet"],
  "iat.in_future": [401, "The token was issued in the future"],
  "iss.missing": [401, "The token does not name its issuer"],
  "iss.mismatch": [401, "The token comes from another issuer"],
  "iss.malformed": [401, "The issuer is not a string"],
  "aud.missing": [401, "The token does not say for whom it is"],
  "aud.mismatch": [401, "The token is meant for somebody else"],
  "aud.malformed": [401, "The audience is neither a string nor a list of strings"],
  "typ.mismatch": [401, "This is another kind of token"],
  "crit.unsupported": [401, "The token demands an extension that is not known"],
  "crit.malformed": [401, "The list of critical extensions is wrong"],
  "claim.missing": [401, "A required claim is absent"],
  "claim.malformed": [401, "A claim has the wrong type"],
  "claim.mismatch": [401, "A claim has another value than required"],
  "token.missing": [401, "No token was sent"],
  "token.scheme": [401, "The Authorization header uses another scheme"],
  "token.repeated": [400, "More than one token was sent"],
  "scope.missing": [403, "The token does not have the scope needed"],
  "role.missing": [403, "The user does not have the role needed"],
  "revoked.session": [401, "The session has ended"],
  "revoked.token": [401, "The token has been taken back"],
  "revoked.subject": [401, "The user's rights have changed since the token was made"],
  "revoked.key": [401, "The key that signed the token has been revoked"],
  "revocations.stale": [503, "It is not known what has been revoked lately"],
  "keys.unreachable": [503, "The issuer's keys cannot be fetched"],
  "request.origin": [403, "The page that sent this is not allowed to"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type Reason = keyof typeof CATALOGUE;

/** What is said beside the reason; nothing of it may hold a token. */
export interface Particulars {
  readonly detail?: string;
  readonly expected?: string;
  readonly received?: string;
}

/** A request is not let through. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly title: string;

  constructor(
    readonly reason: Reason,
    readonly particulars: Particulars = {},
  ) {
    const [status, title] = CATALOGUE[reason];
    super(`${reason}: ${particulars.detail ?? title}`);
    this.status = status;
    this.title = title;
  }

  /** The headers of the answer; `metadata` is where the API's own metadata (RFC 9728) are, when it serves them. */
  headers(metadata?: string): Record<string, string> {
    const headers: Record<string, string> = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
    const challenge = this.#challenge(metadata);
    if (challenge) headers["WWW-Authenticate"] = challenge;
    // Because without a time some clients give up and others hammer.
    if (this.status === 503) headers["Retry-After"] = "1";
    return headers;
  }

  /** The body of the answer; `type` is the page of the reason at the issuer. */
  problem(issuer: string): Record<string, unknown> {
    const { reason, title, status, particulars } = this;
    return { type: `${issuer}/reasons/${reason}`, title, status, detail: particulars.detail ?? `${title}.`, reason, ...particulars };
  }

  #challenge(metadata?: string): string | undefined {
    const error = { 400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope" }[this.status];
    if (!error || this.reason === "request.origin") return undefined;
    const parts = ['realm="jotgate"'];
    // Whoever sent no token did nothing wrong yet: no error (RFC 6750 section 3.1).
    if (this.reason !== "token.missing" && this.reason !== "token.scheme") parts.push(`error="${error}"`, `error_description="${this.title}"`);
    if (this.reason === "scope.missing") parts.push(`scope="${this.particulars.expected}"`);
    if (metadata) parts.push(`resource_metadata="${metadata}"`);
    return `Bearer ${parts.join(", ")}`;
  }
}

/** A value out of a token as it may be shown: printable, and no longer than a line. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  const printable = text.replace(/[^ -~]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return printable.length > 100 ? `${printable.slice(0, 100)}...` : printable;
}
