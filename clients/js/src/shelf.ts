// What outlives the tab. In a browser: the Idempotency-Key of a renewal under way, in localStorage where every tab of the
// origin sees it; worthless without the token, which is in a cookie that no script can read. In a native application: the
// refresh token too, wherever that application keeps it.
import type { Storage } from "./types.js";

export interface Kept {
  /** The Idempotency-Key of a renewal whose reply is not here yet. */
  readonly key?: string | undefined;
  /** Who renews, and since when: where the browser has no locks. */
  readonly turn?: { readonly of: string; readonly at: number } | undefined;
  /** A logout that has not reached the server. */
  readonly leave?: boolean;
  readonly refresh_token?: string | undefined;
}

export interface Shelf {
  read(): Promise<Kept>;
  write(record: Kept): Promise<void>;
  change(how: (now: Kept) => Kept): Promise<void>;
}

export function openShelf(storage: Storage): Shelf {
  const shelf: Shelf = {
    async read() {
      try {
        // `null` is read as `null`, of which this makes an empty one.
        return { ...JSON.parse((await storage.get())!) };
      } catch {
        return {};
      }
    },
    async write(record) {
      const text = JSON.stringify(record);
      await storage.set(text === "{}" ? null : text);
    },
    async change(how) {
      await shelf.write(how(await shelf.read()));
    },
  };
  return shelf;
}

/** The browser's own. Where it does not let us the key is forgotten, and the server's window for lost replies does. */
export const browserStorage = (name: string): Storage => ({
  get: () => localStorage.getItem(name),
  set(value) {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch {}
  },
});
