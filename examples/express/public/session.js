// The browser's side of a session: logging in, calling the API, refreshing when the access token has expired.
// Not here: anything on the screen (app.js).

let accessToken = null; // in memory: gone with the tab, and not in localStorage where any script could read it later
let refreshing = null;

/** Answers the user, or throws an Error with the server's message. */
export async function login(email, password) {
  const answer = await post("/login", { email, password });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  accessToken = body.accessToken;
  return body.user;
}

export async function logout() {
  await post("/logout");
  accessToken = null;
}

/** Whether this browser is logged in, for example after a reload: the refresh cookie knows. */
export async function resume() {
  return accessToken !== null || (await refresh());
}

/** fetch() with the access token. Expired: refresh, then exactly one retry; the user notices nothing. */
export async function api(path) {
  const answer = await get(path);
  if (answer.status !== 401 || !(await refresh())) return answer;
  return get(path);
}

function get(path) {
  return fetch(path, { headers: accessToken ? { Authorization: `Bearer ${accessToken}` } : {} });
}

function post(path, body = {}) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

// Ten calls that expire together share one refresh.
function refresh() {
  refreshing ??= refreshOnce().finally(() => (refreshing = null));
  return refreshing;
}

// Only a 401 means that the session is over. A server that is busy or out of reach must not log anybody out.
async function refreshOnce() {
  const answer = await post("/refresh");
  if (answer.status === 401) {
    accessToken = null;
    return false;
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  accessToken = body.accessToken;
  return true;
}
