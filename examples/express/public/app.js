import { api, login, logout, resume } from "./session.js";

const form = document.querySelector("#login");
const menu = document.querySelector("#menu");
const output = document.querySelector("#output");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(async () => {
    const user = await login(form.email.value, form.password.value);
    form.reset();
    show(true, `Hello ${user.email}`);
  });
});

menu.addEventListener("click", (event) => {
  const { path } = event.target.dataset;
  if (path) run(() => open(path));
});

document.querySelector("#logout").addEventListener("click", () =>
  run(async () => {
    await logout();
    show(false, "Logged out");
  }),
);

async function open(path) {
  const answer = await api(path);
  if (answer.status === 401) return show(false, "Please log in again");
  output.textContent = `${answer.status}\n${JSON.stringify(await answer.json(), null, 2)}`;
}

function show(loggedIn, text) {
  form.hidden = loggedIn;
  menu.hidden = !loggedIn;
  output.textContent = text; // textContent, never innerHTML: what users typed must not become markup
}

function run(action) {
  action().catch((error) => (output.textContent = error.message));
}

run(async () => show(await resume(), ""));
