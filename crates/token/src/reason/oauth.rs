//! Reasons of the OAuth endpoints, where the caller is a program. The word behind the dot is the `error` of RFC 6749
//! section 5.2 or RFC 8707 section 2.

use super::{Reason, reasons};

reasons! {
    part OAUTH_PART;

    OAUTH_INVALID_REQUEST = "oauth.invalid_request", 400,
        "The request to the OAuth endpoint is malformed",
        "A parameter is missing, comes twice or cannot be read, the body is no form, or the client shows who it is in two ways at once.",
        "Send a form (`application/x-www-form-urlencoded`) with each parameter once, and one way of authentication: `Authorization: Basic`, or `client_secret`, or `client_assertion`.";
    OAUTH_INVALID_CLIENT = "oauth.invalid_client", 401,
        "The client is unknown, or did not show that it is itself",
        "There is no such client, its secret or assertion is wrong or was used before, it is registered for another way of authentication, or it is disabled. Which of these is not told to somebody who has not shown the secret.",
        "Compare `client_id` with `jotgate client list`. A lost secret is replaced by `jotgate client rotate-secret`. An assertion needs `iss` and `sub` equal to the client, `aud` equal to the issuer (one string, not the token endpoint), `exp` at most ten minutes ahead and a new `jti` every time.";
    OAUTH_UNSUPPORTED_GRANT_TYPE = "oauth.unsupported_grant_type", 400,
        "This grant is not offered",
        "`grant_type` names a way to get a token that this server does not have. The password grant is refused for good: it teaches people to type their password into other programs.",
        "A program that acts for itself uses `client_credentials`. People log in with `POST /v1/login`.";
    OAUTH_INVALID_SCOPE = "oauth.invalid_scope", 400,
        "The client may not have this scope",
        "A word of `scope` is not among those registered for the client, or the text is not words with single spaces between.",
        "Ask for less, or register the word: `jotgate client show` tells what is registered.";
    OAUTH_INVALID_TARGET = "oauth.invalid_target", 400,
        "The client may not have a token for this API",
        "`audience` (or `resource`) names an API that is not registered for the client, or several at once, or none where several are registered. A token is for one API, so that none of them can use it at another.",
        "Name one registered audience, and ask once for each API.";
    OAUTH_THROTTLED = "oauth.throttled", 429,
        "Too many wrong credentials",
        "This client failed to show who it is too often from this address. Other addresses are not affected.",
        "Wait for the time in `Retry-After`, and correct the secret: a client in a loop with an old one is the usual cause.";
}
