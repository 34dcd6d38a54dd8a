// The check of the access token on this application's own routes: locally, with the public keys Jotgate publishes.
// Not here: logging in (login.js). RFC 6750 (Bearer), RFC 9068 (the token's shape).
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

/** Middleware that lets a request through only with a good access token, whose claims become `req.user`. */
export function requireToken({ issuer, audience }) {
  // Fetched once, kept, fetched again when a token names a key not seen before: Jotgate can change its keys at any time.
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", issuer));
  const policy = {
    issuer,
    audience,
    typ: "at+jwt", // because an ID token or any other token of the same issuer is no access token
    algorithms: ["ES256"], // because the token must not choose how it is checked
    requiredClaims: ["sub", "exp"],
  };

  return async (req, res, next) => {
    const token = /^Bearer +(\S+)$/i.exec(req.get("Authorization") ?? "")?.[1];
    if (!token) return refuse(res, 401, "Bearer", "No token");
    try {
      req.user = (await jwtVerify(token, keys, policy)).payload;
    } catch (error) {
      if (keysUnreachable(error)) {
        // Because the token may be good: a 401 would send the user to the login page for our own fault.
        return refuse(res.set("Retry-After", "5"), 503, undefined, "The login server's keys cannot be reached");
      }
      const why = error.code === "ERR_JWT_EXPIRED" ? "The token has expired" : "The token is not valid";
      return refuse(res, 401, `Bearer error="invalid_token", error_description="${why}"`, why);
    }
    next();
  };
}

/** Middleware for after `requireToken`: the role must be among the token's `roles`. */
export function requireRole(role) {
  return (req, res, next) => {
    if (req.user.roles?.includes(role)) return next();
    refuse(res, 403, 'Bearer error="insufficient_scope"', `This needs the role ${role}`);
  };
}

function refuse(res, status, challenge, message) {
  if (challenge) res.set("WWW-Authenticate", challenge);
  res.status(status).json({ message });
}

function keysUnreachable(error) {
  const aboutTheKeySet = [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code];
  return !(error instanceof errors.JOSEError) || aboutTheKeySet.includes(error.code);
}
