import { useEffect, useState } from "react";
import { useAuth } from "@jotgate/client/react";
import { API, auth } from "./auth.js";

export function App() {
  const { user, loading } = useAuth(auth);
  const why = useWhySignedOut();
  if (loading) return <main aria-busy="true"><p>One moment …</p></main>;
  return user ? <Profile user={user} /> : <SignIn why={why} />;
}

/** Why the last session ended, to be said on the form: nobody should have to guess. */
function useWhySignedOut() {
  const [why, setWhy] = useState(null);
  useEffect(() => auth.on("signed-out", setWhy), []);
  useEffect(() => auth.on("signed-in", () => setWhy(null)), []);
  return why;
}

const WORDS = {
  "user": "You are signed out.",
  "other-tab": "You signed out in another tab.",
  "revoked": "Your session was ended. Please sign in again.",
  "reuse": "Somebody else used your session, so it was ended. Please sign in again.",
  "expired": "You were away for long. Please sign in again.",
};

function SignIn({ why }) {
  const [isNew, setIsNew] = useState(false);
  const [problem, setProblem] = useState(null);
  const [mfaToken, setMfaToken] = useState(null);

  async function submit(event) {
    event.preventDefault();
    const { email, password, code } = Object.fromEntries(new FormData(event.currentTarget));
    try {
      if (mfaToken) await auth.mfa({ code }, mfaToken);
      else if (isNew) await auth.signup({ email, password });
      else await auth.login({ email, password });
    } catch (error) {
      if (error.reason === "login.mfa_required") setMfaToken(error.problem.mfa_token);
      setProblem(error.reason === "login.mfa_required" ? null : (error.problem?.hint ?? error.problem?.title ?? error.message));
    }
  }

  return (
    <main>
      <h1>{isNew ? "Sign up" : "Sign in"}</h1>
      {why && !problem && <p role="status">{WORDS[why]}</p>}
      {problem && <p role="alert">{problem}</p>}
      <form onSubmit={submit}>
        {mfaToken ? (
          <label>Code of your authenticator app <input name="code" inputMode="numeric" autoComplete="one-time-code" required /></label>
        ) : (
          <>
            <label>E-mail <input name="email" type="email" autoComplete="username" required /></label>
            <label>Password <input name="password" type="password" autoComplete={isNew ? "new-password" : "current-password"} required /></label>
          </>
        )}
        <button>{isNew ? "Sign up" : "Sign in"}</button>
      </form>
      <p><button className="plain" onClick={() => setIsNew(!isNew)}>{isNew ? "I have an account" : "I am new here"}</button></p>
    </main>
  );
}

function Profile({ user }) {
  const [profile, setProfile] = useState(null);
  const [problem, setProblem] = useState(null);

  async function load() {
    try {
      const answer = await auth.fetch(`${API}/api/profile`);
      if (!answer.ok) throw new Error((await answer.json()).title);
      setProfile(await answer.json());
      setProblem(null);
    } catch (error) {
      // Out of reach is not signed out: the session is still there.
      setProblem(error.message);
    }
  }
  useEffect(() => void load(), []);

  return (
    <main>
      <h1>Hello, {user.name ?? user.email}</h1>
      {problem && <p role="alert">{problem}</p>}
      {profile && <p>The API knows you as <code>{profile.id}</code>; this token ends <time>{profile.tokenExpires}</time>.</p>}
      <p>
        <button onClick={load}>Ask the API again</button> <button className="plain" onClick={() => auth.logout()}>Sign out</button>
      </p>
    </main>
  );
}
