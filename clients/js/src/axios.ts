// Axios: an instance whose requests have the token, and that sends a request once more when it had run out.
import { isAboutToken } from "./fetch.js";
import type { Auth } from "./types.js";

/** What is used of an instance, so that no version of Axios is needed here. */
export interface AxiosLike {
  interceptors: {
    request: { use(before: (config: any) => any): unknown };
    response: { use(done: undefined, failed: (error: any) => any): unknown };
  };
  getUri(config: any): string;
  request(config: any): Promise<any>;
}

export function withAuth<T extends AxiosLike>(axios: T, auth: Auth): T {
  // Only what was set here is renewed here; a header of the caller is the caller's.
  const sent = new WeakMap<object, string>();

  axios.interceptors.request.use(async (config) => {
    if (config.headers.has("Authorization") || !auth.allows(axios.getUri(config))) return config;
    const token = await auth.token();
    if (token) {
      config.headers.set("Authorization", `Bearer ${token}`);
      sent.set(config, token);
    }
    return config;
  });

  axios.interceptors.response.use(undefined, async (error) => {
    const { config, response } = error;
    const used = config && sent.get(config);
    if (!used || !response || !isAboutToken(response.status, response.headers["www-authenticate"]) || config.data?.pipe || config.data?.getReader) throw error;
    const token = await auth.renew(used);
    if (!token || token === used) throw error;
    // The header is set already, so the interceptor above leaves it, and a second refusal reaches the caller.
    config.headers.set("Authorization", `Bearer ${token}`);
    return axios.request(config);
  });
  return axios;
}
