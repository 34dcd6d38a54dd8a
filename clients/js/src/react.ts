// React: who is signed in, kept up to date. `useAuth(auth)` in any number of components.
import { useCallback, useSyncExternalStore } from "react";
import type { Auth, User } from "./types.js";

export interface AuthState {
  /** `null` is nobody; also while `loading`. */
  readonly user: User | null;
  /** Not known yet. */
  readonly loading: boolean;
}

export function useAuth(auth: Auth): AuthState {
  const subscribe = useCallback(
    (changed: () => void) => {
      const off = auth.on("change", changed);
      // Out of reach: it stays "not known yet", and the client tries again by itself.
      auth.token().catch(() => {});
      return off;
    },
    [auth],
  );
  const user = useSyncExternalStore(subscribe, () => auth.user, () => undefined);
  return { user: user ?? null, loading: user === undefined };
}
