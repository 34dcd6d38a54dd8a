// One client for the whole application. The access token is in its memory, the refresh token in an HttpOnly cookie.
import { createAuth } from "@jotgate/client";

const { VITE_JOTGATE_URL = "http://localhost:8080", VITE_API_URL = "http://localhost:3000" } = import.meta.env;

export const API = VITE_API_URL;
export const auth = createAuth({ url: VITE_JOTGATE_URL, apis: [new URL(API).origin] });
