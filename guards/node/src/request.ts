// The token of a request (RFC 6750 section 2.1): one header, one token, the scheme in any case; or the cookie, where that
// was asked for. Nothing else counts: a token in a URL ends in logs, one in a form invites forged requests.
import { Refused } from "./refused.js";

/** The part of Node's `IncomingMessage` that is looked at. */
export interface RawRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Not `headers`, because Node drops a second Authorization header from there. */
  readonly rawHeaders: readonly string[];
}

/** Where a cookie counts, and what it is called. */
export interface CookieRules {
  readonly name: string;
  readonly origins: readonly string[];
}

/** The token, not yet looked into; none when there is neither header nor cookie. Throws `Refused`. */
export function tokenOf(request: RawRequest, cookie?: CookieRules): string | undefined {
  const lines = linesOf(request, "authorization");
  const [line] = lines;
  if (lines.length > 1 || (line !== undefined && isInUrl(request))) throw new Refused("token.repeated", { expected: "one header with one token" });
  return line === undefined ? cookie && fromCookie(request, cookie) : fromHeader(line);
}

/** The refusal of a request without a token where one is needed. */
export function missing(request: RawRequest): Refused {
  return new Refused("token.missing", isInUrl(request) ? { detail: "A token in the URL is not read." } : {});
}

function isInUrl({ url }: RawRequest): boolean {
  return /[?&]access_token=/.test(url ?? "");
}

function fromHeader(line: string): string {
  const [, scheme = "", rest = ""] = /^(\S*)(.*)$/s.exec(line.trim()) ?? [];
  if (scheme.toLowerCase() !== "bearer") {
    // A bare token must not be shown, and no scheme has dots or such a length.
    throw new Refused("token.scheme", { expected: "Bearer", received: /^[a-z-]{1,20}$/i.test(scheme) ? scheme : "something else" });
  }
  const token = rest.trim();
  if (token === "" || ["undefined", "null", "[object Object]"].includes(token)) {
    throw new Refused("token.missing", { detail: "After the word Bearer there is no token: the variable that should hold it was empty." });
  }
  if (/[\s,]/.test(token)) throw new Refused("token.repeated", { expected: "one header with one token" });
  return token;
}

function fromCookie(request: RawRequest, { name, origins }: CookieRules): string | undefined {
  const pairs = linesOf(request, "cookie").flatMap((line) => line.split(";").map((pair) => pair.trim()));
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  const [value, twin] = values.filter((value) => value !== "");
  if (value === undefined) return undefined;
  // Of two, one is somebody else's doing.
  if (twin !== undefined) throw new Refused("token.repeated", { expected: "one cookie with the token" });
  checkOrigin(request, origins);
  return value;
}

/** A browser sends cookies with whatever request a foreign page makes: it must say that a page of ours asks. */
function checkOrigin(request: RawRequest, origins: readonly string[]): void {
  const sent = linesOf(request, "origin");
  const [origin] = sent;
  // An Origin counts for safe methods too, because a WebSocket begins with a GET.
  if (origin !== undefined) {
    if (sent.length === 1 && origins.includes(origin)) return;
  } else if (["GET", "HEAD", "OPTIONS"].includes(request.method ?? "") || linesOf(request, "sec-fetch-site").join() === "same-origin") {
    return;
  }
  throw new Refused("request.origin", { expected: origins.join(" or ") });
}

function linesOf({ rawHeaders }: RawRequest, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}
