//! The shapes of clients: what they send, what they get, and what an administrator sees of them.

use serde_json::{Value, json};

use super::{nullable_time, object, reference, seconds, time};

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

pub(super) fn add() -> Value {
    object(
        &["client_id"],
        json!({
            "client_id": name(), "scope": scope(), "audiences": audiences(),
            "jwks": jwks(),
        }),
    )
}

pub(super) fn change() -> Value {
    let disabled = json!({ "type": "boolean" });
    object(&[], json!({ "scope": scope(), "audiences": audiences(), "jwks": jwks(), "disabled": disabled }))
}

pub(super) fn rotate_secret() -> Value {
    object(
        &[],
        json!({
            "keep_old":
                { "type": "string", "default": "24h", "description": "How long the secret so far stays good" },
            "revoke_tokens":
                { "type": "boolean", "default": false, "description": "Take back the tokens that are out" },
        }),
    )
}

pub(super) fn one() -> Value {
    object(
        &["client_id", "auth", "scope", "audiences", "keys", "old_secret_until", "disabled_at", "created_at"],
        json!({
            "client_id": name(), "auth": { "type": "string", "enum": ["secret", "private_key_jwt"] },
            "scope": scope(), "audiences": audiences(),
            "keys": { "type": "array", "items": { "type": "string" }, "description": "The names of its keys" },
            "old_secret_until": nullable_time(), "disabled_at": nullable_time(), "created_at": time(),
            "client_secret":
                { "type": "string", "description": "Told once, in the answer that made it", "examples": ["jgc_..."] },
        }),
    )
}

pub(super) fn page() -> Value {
    let next =
        json!({ "type": ["string", "null"], "description": "What to send as `after` for the next page" });
    object(
        &["clients", "next"],
        json!({ "clients": { "type": "array", "items": reference("Client") }, "next": next }),
    )
}

fn jwks() -> Value {
    json!({ "type": "object", "description": "Its public keys, a JWK or a JWK Set: then it has no secret" })
}

fn name() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "examples": ["reports"] })
}

fn scope() -> Value {
    json!({ "type": "string", "description": "Words with spaces between", "examples": ["read write"] })
}

fn audiences() -> Value {
    json!({
        "type": "array", "items": { "type": "string" },
        "description": "For whom its tokens may be; empty for those in `[tokens] audience`"
    })
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
