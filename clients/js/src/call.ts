// One call to Jotgate: bounded in time from the first byte to the last, and its refusals as errors with their reason.
// Not here: what an answer means for the session (renewal.ts).

/** What Jotgate refused, or that it could not be reached (`status` 0). */
export class AuthError extends Error {
  /** The code in the catalogue of reasons, such as `login.failed`; `offline` where no answer with a reason came. */
  declare readonly reason: string;
  declare readonly status: number;
  /** The whole problem document; without one, the `cause`. */
  declare readonly problem: Readonly<Record<string, unknown>>;
  /** After how many seconds to try again, where the server said so. */
  declare readonly retryAfter: number;

  constructor(status: number, problem: Record<string, any>, retryAfter = 0) {
    super(problem.detail ?? `Jotgate: ${status || "out of reach"}`);
    Object.assign(this, { name: "AuthError", reason: problem.reason ?? "offline", status, problem, retryAfter });
  }
}

/** Whether the same call may well succeed later. */
export const isTemporary = ({ status }: AuthError): boolean => !status || status === 429 || status >= 500;

export interface Line {
  readonly url: string;
  readonly timeout: number;
  readonly cookies: boolean;
  readonly fetch: typeof fetch;
  /** Told of the answer's `Date` and of when it was asked for. */
  readonly heard: (date: string | null, asked: number) => void;
}

/**
 * Posts; answers the body. `arrived` runs when the head of a good answer, and with it its cookies, is here.
 * Rejects with an `AuthError` and nothing else.
 */
export async function post(line: Line, path: string, body: object, headers = {}, arrived?: () => void): Promise<Record<string, any>> {
  const stop = new AbortController();
  // Because a reply that comes when nobody waits any more must not change the cookies.
  const timer = setTimeout(() => stop.abort(), line.timeout);
  const asked = Date.now();
  try {
    const answer = await line.fetch(line.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      credentials: line.cookies ? "include" : "omit",
      signal: stop.signal,
    });
    line.heard(answer.headers.get("Date"), asked);
    if (answer.ok) arrived?.();
    if (answer.ok) return answer.status === 204 ? {} : await answer.json();
    // A gateway's page in the place of a refusal has no reason, and so decides nothing.
    const problem = await answer.json().catch(() => ({}));
    throw new AuthError(answer.status, problem, +answer.headers.get("Retry-After")!);
  } catch (error) {
    // Cut off, at whatever byte; or something else than Jotgate answered in its place.
    throw error instanceof AuthError ? error : new AuthError(0, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
