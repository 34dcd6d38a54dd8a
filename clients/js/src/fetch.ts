// `fetch` with the token: only to addresses that may have it, and once more with a new one when it had run out.
import { AuthError } from "./call.js";
import type { Session } from "./session.js";

export function withToken(session: Session, fetch: typeof globalThis.fetch, allows: (url: string) => boolean): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (!allows(request.url) || request.headers.has("Authorization")) return fetch(request);
    const token = await session.token();
    if (!token) return fetch(request);
    // A stream can be read once, and what it held cannot be kept without knowing how much that is.
    const streamed = init?.body instanceof ReadableStream;
    const send = (token: string): Promise<Response> => {
      const attempt = streamed ? request : request.clone();
      attempt.headers.set("Authorization", `Bearer ${token}`);
      return fetch(attempt);
    };
    const answer = await send(token);
    if (!isAboutToken(answer.status, answer.headers.get("WWW-Authenticate"))) return answer;
    const next = await session.token(token);
    if (!next || next === token) return answer;
    if (streamed) throw new AuthError(401, { detail: "A stream cannot be sent twice; the token is new now" });
    return send(next);
  };
}

/**
 * A 401 without a challenge is taken to be about the token. One that asks for a second factor, or that is about a
 * password or a code, would be the same with any token.
 */
export function isAboutToken(status: number, challenge: string | null | undefined): boolean {
  return status === 401 && (!challenge || /\bBearer\b(?!.*insufficient_user)/i.test(challenge));
}
