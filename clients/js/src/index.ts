export { createAuth } from "./auth.js";
export { AuthError } from "./call.js";
export type { Auth, Credentials, Events, Options, SecondFactor, SignedOut, SignUp, Storage, User } from "./types.js";
