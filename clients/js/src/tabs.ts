// The tabs of one origin: what they tell each other, and one of them at a time.
// A tab hands a new access token on through memory (BroadcastChannel), so that fifty need one refresh. Script of the
// same origin could listen, but the cookie would give it a token of its own anyway. Nothing of it is stored.

export interface Tabs {
  /** Tells the other tabs. */
  tell(message: unknown): void;
  /** Everything that other tabs said before this call has been heard after it. */
  heard(): Promise<void>;
  /** Runs the work while no other tab does; never waits for that longer than `PATIENCE_MS`. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Whether the browser keeps the tabs apart. */
  readonly locks: boolean;
  close(): void;
}

/** Because a frozen tab can hold a lock for ever: after that the server's rules for parallel refreshes do. */
const PATIENCE_MS = 2000;
const ECHO_MS = 200;

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const random = (): string => crypto.getRandomValues(new Uint32Array(5)).join("-");

/** `shared` is false for a native application: no lock is held while its storage works, which may ask for a finger. */
export function openTabs(name: string, hear: (message: any) => void, shared: boolean): Tabs {
  const Channel = globalThis.BroadcastChannel;
  const locks = shared ? globalThis.navigator?.locks : undefined;
  // Two ends, because a channel does not hear itself: the way back of one's own word shows what came before it.
  const mouth = Channel && new Channel(name);
  const ear = Channel && new Channel(name);
  const me = random();
  const echoes: (() => void)[] = [];
  if (ear) {
    ear.onmessage = ({ data: { from, message } }: MessageEvent) => {
      if (from === me) {
        echoes[message]?.();
        delete echoes[message];
      } else if (message.at) hear(message);
    };
  }

  const tabs: Tabs = {
    locks: !!locks,
    tell: (message) => mouth?.postMessage({ from: me, message }),
    async heard() {
      if (!mouth) return;
      await new Promise<void>((done) => {
        setTimeout(done, ECHO_MS);
        tabs.tell(echoes.push(done) - 1);
      });
    },
    async alone(work) {
      let entered = false;
      const enter = async () => {
        entered = true;
        await tabs.heard();
        return work();
      };
      try {
        if (locks) return await locks.request(name, { signal: AbortSignal.timeout(PATIENCE_MS) }, enter);
      } catch (error) {
        if (entered) throw error;
      }
      return enter();
    },
    close() {
      mouth?.close();
      ear?.close();
    },
  };
  return tabs;
}
