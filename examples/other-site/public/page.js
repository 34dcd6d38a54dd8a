// Two ways to sign in from another site: with a refresh cookie, which browsers do not send there and Jotgate therefore
// refuses to set, and with both tokens in this page's memory, which works until the page is reloaded.
import { createAuth } from "/client/index.js";
import { JOTGATE } from "/settings.js";

const element = (id) => document.getElementById(id);
const say = (text) => (element("said").textContent = text);

/** Memory, because whatever a page can read from a storage, a script smuggled into it can carry away. */
const memory = (() => {
  let kept = null;
  return { get: () => kept, set: (value) => void (kept = value) };
})();

const clients = {
  cookie: createAuth({ url: JOTGATE }),
  body: createAuth({ url: JOTGATE, storage: memory }),
};
let auth = clients.body;

for (const client of Object.values(clients)) {
  client.on("change", (user) => (element("who").textContent = user ? `Signed in as ${user.email}.` : "Nobody is signed in."));
}

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  auth = clients[event.submitter.value];
  const { email, password } = Object.fromEntries(new FormData(event.currentTarget));
  try {
    await auth.login({ email, password });
    say("");
  } catch ({ reason, problem, message }) {
    say([`${reason}: ${problem?.detail ?? problem?.title ?? message}`, problem?.hint].filter(Boolean).join("\n"));
  }
});

element("call").addEventListener("click", async () => {
  const answer = await auth.fetch(`${JOTGATE}/v1/me`);
  const { email, reason } = await answer.json();
  say(answer.ok ? `The API answers ${email}.` : `${answer.status} ${reason}`);
});

element("leave").addEventListener("click", () => auth.logout());
