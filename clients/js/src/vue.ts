// Vue: who is signed in, kept up to date. `useAuth(auth)` in `setup`.
import { computed, getCurrentScope, onScopeDispose, shallowRef, type ComputedRef } from "vue";
import type { Auth, User } from "./types.js";

export interface AuthState {
  /** `null` is nobody; also while `loading`. */
  readonly user: ComputedRef<User | null>;
  /** Not known yet. */
  readonly loading: ComputedRef<boolean>;
}

export function useAuth(auth: Auth): AuthState {
  const current = shallowRef(auth.user);
  const off = auth.on("change", (user) => (current.value = user));
  if (getCurrentScope()) onScopeDispose(off);
  // Out of reach: it stays "not known yet", and the client tries again by itself.
  if (globalThis.window) auth.token().catch(() => {});
  return { user: computed(() => current.value ?? null), loading: computed(() => current.value === undefined) };
}
