// `createAuth`: puts the parts together. It asks nobody anything before it is asked something.
import type { Line } from "./call.js";
import { watchSkew } from "./clock.js";
import { withToken } from "./fetch.js";
import { openNews } from "./news.js";
import { Session } from "./session.js";
import { browserStorage, openShelf } from "./shelf.js";
import { State } from "./state.js";
import { openTabs } from "./tabs.js";
import type { Auth, Options } from "./types.js";
import { watch } from "./watch.js";

export function createAuth(options: Options = {}): Auth {
  const here = globalThis.location?.origin;
  const { apis = [], audience, timeout = 10_000, storage } = options;
  const address = options.url ?? here;
  if (!address) throw new TypeError("createAuth needs `url`");
  const url = new URL(address, here).href.replace(/\/$/, "");
  // A token must not leave for strangers: everybody else is called without it.
  const friends = new Set([url, ...apis, here ?? url].map((api) => new URL(api, here).origin));
  const allows = (address: string | URL): boolean => friends.has(new URL(address, here).origin);

  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const news = openNews();
  const heard = watchSkew((seconds) => news.add("skew", seconds));
  const line: Line = { url, timeout, cookies: !storage, fetch, heard };
  const shelf = openShelf(storage ?? browserStorage(`jotgate ${url}`));
  const tabs = openTabs(`jotgate ${url} ${audience ?? ""}`, (message) => state.hear(message), !storage);
  const state = new State(news, tabs);
  const session = new Session(line, shelf, state, audience ? { audience } : {});
  const unwatch = watch(session);
  const open = (path: string, body: object, token?: string | null): Promise<any> => session.open(path, body, token);

  return {
    url,
    get user() {
      return state.user;
    },
    allows,
    fetch: withToken(session, fetch, allows),
    token: () => session.token(),
    renew: (refused) => session.token(refused),
    on: news.on,
    login: (credentials) => open("/v1/login", credentials),
    signup: (input) => open("/v1/signup", input),
    mfa: (factor, token) => open("/v1/login/mfa", { mfa_token: token ?? session.mfaToken, ...factor }),
    open: async (path, body) => open(path, body, state.user && (await session.token())),
    logout: () => session.logout(),
    logoutAll: () => session.logoutAll(),
    close() {
      unwatch();
      tabs.close();
    },
  };
}
