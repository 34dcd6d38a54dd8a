// Looks after the session when the page is seen again, when the network is back and when a pause is over.
// Nothing depends on it: a request that comes first renews by itself. It is why a page that slept is back at once.
import { sinceAtMost } from "./clock.js";
import type { Session } from "./session.js";
import { isOld } from "./state.js";

const MOMENTS = ["visibilitychange", "online", "focus"];

export function watch(session: Session): () => void {
  const { state } = session;
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const check = (event?: Event): void => {
    if (stop.signal.aborted) return;
    // A page that nobody sees has time, but not when the network came back: the person may look any moment.
    if (globalThis.document?.visibilityState === "hidden" && event?.type !== "online") return;
    const { held } = state;
    const old = held && isOld(held, sinceAtMost(held.asked));
    if (old || session.failed) session.token(old ? held.token : undefined).catch(() => {});
  };

  for (const moment of MOMENTS) globalThis.addEventListener?.(moment, check, stop);
  state.news.on("offline", ({ retryIn }) => {
    clearTimeout(timer);
    timer = setTimeout(check, retryIn + 10);
  });
  return () => stop.abort();
}
