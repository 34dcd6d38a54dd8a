//! Reasons found when a good token is used: how it was sent, what it permits, whether it was taken back, whose it is.
//! Spec: RFC 6750, RFC 9449.

use super::{Reason, reasons};

reasons! {
    part ACCESS_PART;

    TOKEN_MISSING = "token.missing", 401,
        "No token was sent",
        "This address needs an access token, and the request carries none.",
        "Send the header `Authorization: Bearer ACCESS_TOKEN`, with the `access_token` out of the answer of login or refresh. From a page on another origin, check that the header was not lost on the way.";
    TOKEN_SCHEME = "token.scheme", 401,
        "The Authorization header uses another scheme",
        "The header is there, but does not begin with `Bearer `. It may hold the token alone, or `Basic`, `JWT` or `Token`.",
        "Write the word `Bearer`, one space, then the token: `Authorization: Bearer eyJ...`.";
    TOKEN_REPEATED = "token.repeated", 400,
        "More than one token was sent",
        "The request carries several Authorization headers, or a token in more than one place. Which of them counts must not be guessed.",
        "Send one header with one token. A proxy or an HTTP client that adds a header of its own is the usual cause.";
    SCOPE_MISSING = "scope.missing", 403,
        "The token does not have the scope needed",
        "The token is good, but its `scope` does not include what this address requires.",
        "Ask for a token with that scope. Logging in again with the same scope changes nothing.";
    ROLE_MISSING = "role.missing", 403,
        "The user does not have the role needed",
        "The token is good, but the user lacks the role that this address requires.",
        "Let an administrator give the role: `jotgate user roles`. It takes effect with the next refresh.";
    REVOKED_SESSION = "revoked.session", 401,
        "The session has ended",
        "The token has not expired, but the session it belongs to is over: by logout, a password change, an administrator, or because a stolen refresh token was noticed.",
        "Log in again. `jotgate why REQUEST_ID` tells what ended the session.";
    REVOKED_TOKEN = "revoked.token", 401,
        "The token has been taken back",
        "This one token was revoked before it expired.",
        "Call `POST /v1/refresh` for a new one.";
    REVOKED_SUBJECT = "revoked.subject", 401,
        "The user's rights have changed since the token was made",
        "Roles were changed, or everything the user held was taken back, after this token was issued. It may say more than is true now.",
        "Call `POST /v1/refresh`: the new token says what holds now. If the refresh is refused too, log in again.";
    REVOKED_KEY = "revoked.key", 401,
        "The key that signed the token has been revoked",
        "The signing key may be in other hands, so no token made with it counts any more.",
        "Call `POST /v1/refresh` for a token made with the new key.";
    REVOCATIONS_STALE = "revocations.stale", 503,
        "It is not known what has been revoked lately",
        "This API has not heard from the issuer's revocation feed for too long, and is set to refuse rather than to guess. The token may well be good.",
        "Try again after the time in `Retry-After`, with the same token. If it stays so, look at the connection from this API to the issuer.";
    KEYS_UNREACHABLE = "keys.unreachable", 503,
        "The issuer's keys cannot be fetched",
        "The token could not be checked, because the keys are not at hand and the issuer does not answer. The token may well be good.",
        "Try again after the time in `Retry-After`, with the same token. If it stays so, open the issuer's `/.well-known/jwks.json` from the machine of this API.";
    KEYS_UNAVAILABLE = "keys.unavailable", 503,
        "The server does not have the key for this token yet",
        "The token names a key that this server has not loaded. It may have been made on another node a moment ago. Nobody is logged out by this.",
        "Try again after the time in `Retry-After`, with the same token. If it stays so, compare the databases and master keys of the nodes.";
    DPOP_MISSING = "dpop.missing", 400,
        "The proof of possession is missing",
        "The session is bound to a key of the client, and the request has no `DPoP` header to prove that the client still holds it.",
        "Make a proof for this request with the same key as at login, and send it in the header `DPoP`.";
    DPOP_INVALID = "dpop.invalid", 400,
        "The proof of possession is not valid",
        "The `DPoP` header is not a good proof for this request: its signature, its type, the method (`htm`), the address (`htu`), its time (`iat`) or the hash of the token (`ath`) is wrong.",
        "Make a new proof for every request: method in capitals, address without query, the time of now, the private key never inside.";
    DPOP_REPLAYED = "dpop.replayed", 400,
        "The proof of possession was used before",
        "A proof with this `jti` has been seen already. Each is good for one request.",
        "Make a new proof for every request, for a repeated one too.";
    DPOP_KEY_MISMATCH = "dpop.key_mismatch", 400,
        "The proof was made with another key",
        "The session or token is bound to one key, and the proof was signed by another.",
        "Use the key of the login as long as the session lasts. If it is lost, log in again.";
    DPOP_NONCE_REQUIRED = "dpop.nonce_required", 400,
        "The proof has to contain the server's nonce",
        "The server wants a value of its own in the proof, and none, or an old one, is there.",
        "Take the value of the answer's `DPoP-Nonce` header, put it into the proof as `nonce`, and repeat the request.";
}
