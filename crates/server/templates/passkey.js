// Fills in forms with data-passkey="get" or "create" with what the browser's passkey function answers, and sends them like
// any other: the server answers with a page. Options come with the form (data-given) or from the address in data-options.
(() => {
  "use strict";
  const P = window.PublicKeyCredential;
  if (!P) return;
  // Before anything is painted, so that nothing moves: what needs this is laid out only where it runs.
  document.documentElement.classList.add("passkeys");

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (data) =>
    btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

  const parse = (options, create) => {
    const own = create ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (P[own]) return P[own](options);
    const out = { ...options, challenge: bytes(options.challenge) };
    if (create) out.user = { ...out.user, id: bytes(out.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (out[list]) out[list] = out[list].map((one) => ({ ...one, id: bytes(one.id) }));
    }
    return out;
  };

  const json = ({ id, type, rawId, response }, clientExtensionResults) => {
    const out = { id, type, rawId: text(rawId), response: {}, clientExtensionResults };
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) out.response[name] = text(response[name]);
    }
    return JSON.stringify(out);
  };

  const ask = async ({ given, options }) => {
    if (given) return { options: JSON.parse(given) };
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const answer = await fetch(options, { method: "POST", headers, body: "{}" });
    const body = await answer.json();
    if (body.reason === "stepup.required") location = "/confirm?next=" + encodeURIComponent(location.pathname);
    if (!answer.ok) throw body;
    return body;
  };

  let waiting, timer, pressed;
  const run = async (form, mediation) => {
    clearTimeout(timer);
    waiting?.abort();
    const { signal } = (waiting = new AbortController());
    const create = form.dataset.passkey === "create";
    const { options, challenge_token } = await ask(form.dataset);
    const publicKey = parse(options.publicKey, create);
    const credential = await navigator.credentials[create ? "create" : "get"]({ publicKey, mediation, signal });
    form.elements.passkey.value = json(credential, credential.getClientExtensionResults());
    if (challenge_token) form.elements.challenge_token.value = challenge_token;
    form.submit();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const forms = [...document.querySelectorAll("form[data-passkey]")];
    // Offers passkeys in the list of the name field, anew before the challenge is too old.
    const offer = async () => {
      const form = forms.find((one) => "autofill" in one.dataset);
      // Whoever was quicker with a button must not be called off by the list.
      if (!form || !(await P.isConditionalMediationAvailable?.()) || pressed) return;
      run(form, "conditional").catch(() => {});
      timer = setTimeout(offer, 240000);
    };
    for (const form of forms) {
      const failed = form.querySelector("[data-failed]");
      form.onsubmit = (event) => {
        event.preventDefault();
        failed.hidden = true;
        pressed = true;
        run(form).catch(() => {
          pressed = failed.hidden = false;
          offer();
        });
      };
    }
    offer();
  });
})();
