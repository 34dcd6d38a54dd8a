//! The shapes of clients: what they send, what they get, and what an administrator sees of them.

use serde_json::{Value, json};

use super::{object, seconds};

pub(super) fn request() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    object(
        &["grant_type"],
        json!({
            "grant_type": { "type": "string", "enum": ["client_credentials"] },
            "scope": text("Words out of those registered; without it all of them"),
            "audience": text("The one API the token is for; may be left out where one is registered"),
            "resource": text("The same by RFC 8707"),
            "client_id": text("With `client_secret`; with the header it may be repeated here"),
            "client_secret": json!({ "type": "string", "format": "password" }),
            "client_assertion_type":
                { "type": "string", "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"] },
            "client_assertion": text("A JWT signed with the client's key: `iss` and `sub` the client, `aud` the issuer, `exp` at most ten minutes ahead, a new `jti`"),
        }),
    )
}

pub(super) fn token() -> Value {
    object(
        &["access_token", "token_type", "expires_in", "scope"],
        json!({
            "access_token": { "type": "string", "description": "A JWT (RFC 9068); its `sub` is `client:` and the client" },
            "token_type": { "type": "string", "enum": ["Bearer"] },
            "expires_in": seconds("the token"),
            "scope": { "type": "string" },
        }),
    )
}

/// RFC 6749 section 5.2, with our members.
pub(super) fn error() -> Value {
    object(
        &["error", "error_description", "error_uri", "reason", "request_id"],
        json!({
            "error": { "type": "string" },
            "error_description": { "type": "string" },
            "error_uri": { "type": "string", "format": "uri", "description": "The page of the reason" },
            "reason": { "type": "string" },
            "request_id": { "type": "string", "description": "For `jotgate why REQUEST_ID`" },
        }),
    )
}
