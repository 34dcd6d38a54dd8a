// Events. They are collected while a lock may be held and told afterwards, because what a listener does takes its time.
import type { Events } from "./types.js";

type Listener = (detail: any) => void;

export interface News {
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void;
  add<E extends keyof Events>(event: E, detail: Events[E]): void;
  /** Tells what was added. */
  flush(): void;
}

export function openNews(): News {
  const listeners = new Map<string, Set<Listener>>();
  const waiting: [string, unknown][] = [];
  return {
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => void set.delete(listener);
    },
    add: (event, detail) => void waiting.push([event, detail]),
    flush() {
      for (const next of waiting.splice(0)) {
        // Apart from each other and from us, because a listener's mistake must stop nobody else.
        for (const listener of listeners.get(next[0]) ?? []) queueMicrotask(() => listener(next[1]));
      }
    },
  };
}
