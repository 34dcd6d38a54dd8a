//! The shapes of bodies, as JSON Schema (2020-12, the dialect of OpenAPI 3.1).

mod client;
mod factors;
mod mail;
mod passkeys;

use jotgate_server::{flow::export::ONCE, store::held::PARTS};
use jotgate_token::reason::{self, Reason};
use serde_json::{Value, json};

/// Every shape that the table of endpoints names, and the two it needs besides.
pub(super) fn all() -> Value {
    let mut shapes = json!({
        "SignUp": sign_up(),
        "LogIn": log_in(),
        "Refresh": refresh(),
        "LogOut": object(&[], json!({ "refresh_token": refresh_token() })),
        "Password": object(&[], json!({ "password": password() })),
        "ChangePassword": object(&["new"], json!({ "current": password(), "new": password() })),
        "ChangeMe": change_me(),
        "ChangeUser": change_user(),
        "Session": session(),
        "User": user(json!({})),
        "Export": export(),
        "AdminUser": user(json!({ "disabled_at": nullable_time() })),
        "Users": users(),
        "Sessions": sessions(),
        "Verified": verified(),
        "PasskeyQuestion": passkeys::question(),
        "LogInWithPasskey": passkeys::log_in(),
        "AddPasskey": passkeys::add(),
        "RenamePasskey": passkeys::rename(),
        "RemovePassword": passkeys::prove(),
        "Passkey": passkeys::one(),
        "Passkeys": passkeys::list(),
        "Address": mail::address(),
        "MailSent": mail::sent(),
        "Shown": mail::shown(),
        "ResetPassword": mail::reset(),
        "LogInWithCode": mail::log_in(),
        "ChangeEmail": mail::change(),
        "AddClient": client::add(),
        "ChangeClient": client::change(),
        "RotateClientSecret": client::rotate_secret(),
        "Client": client::one(),
        "Clients": client::page(),
        "ClientTokenRequest": client::request(),
        "ClientToken": client::token(),
        "OAuthError": client::error(),
        "StepUp": object(&["password"], json!({ "password": password() })),
        "JwkSet": jwk_set(),
        "Metadata": metadata(),
        "Ready": ready(),
        "Problem": problem(),
    });
    // Apart, because the macro counts its members one by one and stops at a limit.
    for (name, shape) in factors::shapes() {
        shapes[name] = shape;
    }
    shapes
}

/// Where a shape stands in the document.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn sign_up() -> Value {
    object(
        &["email", "password"],
        json!({
            "email": email(), "password": password(), "username": username(), "name": nullable_text(),
            "delivery": delivery(), "audience": audience(),
        }),
    )
}

fn log_in() -> Value {
    let mut shape = object(
        &["password"],
        json!({
            "email": email(), "username": username(), "password": password(),
            "delivery": delivery(), "audience": audience(),
        }),
    );
    shape["oneOf"] = json!([{ "required": ["email"] }, { "required": ["username"] }]);
    shape
}

fn refresh() -> Value {
    object(&[], json!({ "refresh_token": refresh_token(), "audience": audience() }))
}

fn change_me() -> Value {
    object(&[], json!({ "name": nullable_text(), "username": nullable_text(), "data": data() }))
}

fn change_user() -> Value {
    let factors = json!({
        "type": "string", "enum": ["reset"], "description": "Removes all second factors; every session ends."
    });
    object(&[], json!({ "roles": roles(), "disabled": { "type": "boolean" }, "factors": factors }))
}

fn session() -> Value {
    object(
        &["access_token", "token_type", "expires_in", "refresh_expires_in", "refresh_generation", "user"],
        json!({
            "access_token": {
                "type": "string",
                "description": "A JWT (RFC 9068). With delivery `cookies` it travels as a cookie instead."
            },
            "token_type": { "type": "string", "enum": ["Bearer"] },
            "expires_in": seconds("the access token"),
            "refresh_token": {
                "type": "string",
                "description": "Opaque. Absent with delivery `cookie` and `cookies`: it travels as an HttpOnly cookie."
            },
            "refresh_expires_in": seconds("the refresh token"),
            "refresh_generation": {
                "type": "integer", "minimum": 0, "description": "How many refreshes this session has seen"
            },
            "user": reference("User"),
        }),
    )
}

fn user(more: Value) -> Value {
    let mut members = json!({
        "id": uuid(), "email": email(), "username": nullable_text(), "name": nullable_text(),
        "email_verified": { "type": "boolean" }, "roles": roles(), "data": data(), "created_at": time(),
    });
    let mut required =
        vec!["id", "email", "username", "name", "email_verified", "roles", "data", "created_at"];
    if let (Value::Object(members), Value::Object(more)) = (&mut members, more) {
        if more.contains_key("disabled_at") {
            required.push("disabled_at");
        }
        members.extend(more);
    }
    object(&required, members)
}

fn export() -> Value {
    let list = json!({ "type": "array", "items": { "type": "object" } });
    let mut members = json!({
        "format": { "type": "string", "const": "jotgate.export.v1" }, "issuer": { "type": "string" },
        "made_at": time(),
        "failed_logins": { "type": ["object", "null"] },
        "not_shown": { "type": "object", "description": "What is held and not shown, with the reason" },
    });
    for part in PARTS {
        members[part.name] = match ONCE.contains(&part.name) {
            true => json!({ "type": ["object", "null"] }),
            false => list.clone(),
        };
    }
    object(&["format", "issuer", "made_at", "account", "sessions", "events"], members)
}

fn users() -> Value {
    let next = json!({
        "type": ["string", "null"], "format": "uuid", "description": "What to send as `after` for the next page"
    });
    object(
        &["users", "next"],
        json!({ "users": { "type": "array", "items": reference("AdminUser") }, "next": next }),
    )
}

fn ready() -> Value {
    object(
        &["status"],
        json!({ "status": { "type": "string" }, "failed": { "type": "array", "items": { "type": "string" } } }),
    )
}

fn sessions() -> Value {
    let one = object(
        &["id", "current", "client", "user_agent", "ip", "created_at", "last_seen_at"],
        json!({
            "id": uuid(), "current": { "type": "boolean" }, "client": { "type": "string" },
            "user_agent": nullable_text(), "ip": nullable_text(), "created_at": time(), "last_seen_at": time(),
        }),
    );
    object(&["sessions"], json!({ "sessions": { "type": "array", "items": one } }))
}

fn verified() -> Value {
    let number = json!({ "type": "integer", "description": "Unix seconds" });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    object(
        &["active", "sub", "sid", "client_id", "aud", "scope", "roles", "exp", "iat", "auth_time", "epoch"],
        json!({
            "active": { "type": "boolean", "const": true },
            "sub": { "type": "string" }, "sid": nullable_text(), "client_id": { "type": "string" },
            "aud": texts, "scope": { "type": "string" },
            "roles": { "type": "array", "items": { "type": "string" }, "description": "As the database has them now" },
            "exp": number, "iat": number,
            "auth_time": { "type": ["integer", "null"], "description": "Unix seconds of the login" },
            "epoch": { "type": "integer", "description": "Tokens of this subject with a lower one no longer count" },
        }),
    )
}

fn jwk_set() -> Value {
    let key = json!({
        "type": "object",
        "required": ["kty", "kid", "alg"],
        "properties": { "kty": { "type": "string" }, "kid": { "type": "string" }, "alg": { "type": "string" } },
    });
    json!({ "type": "object", "required": ["keys"], "properties": { "keys": { "type": "array", "items": key } } })
}

fn metadata() -> Value {
    let url = json!({ "type": "string", "format": "uri" });
    json!({
        "type": "object",
        "required": ["issuer", "jwks_uri", "token_endpoint"],
        "properties": {
            "issuer": url,
            "jwks_uri": url,
            "token_endpoint": url,
            "revocations_uri": url,
            "revocations_jwks_uri": url,
            "revocations_leeway": { "type": "integer" },
        },
    })
}

/// RFC 9457, with our members.
fn problem() -> Value {
    let codes: Vec<_> = reason::ALL.iter().map(|Reason { code, .. }| code).collect();
    object(
        &["type", "title", "status", "reason", "request_id"],
        json!({
            "type": { "type": "string", "format": "uri", "description": "The page of the reason" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What is wrong with this request" },
            "reason": { "type": "string", "enum": codes, "description": "The code to branch on" },
            "request_id": { "type": "string", "description": "For `jotgate why REQUEST_ID`" },
            "expected": { "type": "string" },
            "received": { "type": "string" },
            "hint": { "type": "string", "description": "The likely mend" },
        }),
    )
}

fn object(required: &[&str], members: Value) -> Value {
    let mut shape = json!({ "type": "object", "required": required });
    shape["properties"] = members;
    shape
}

fn email() -> Value {
    json!({ "type": "string", "format": "email", "examples": ["ada@example.com"] })
}

fn password() -> Value {
    json!({ "type": "string", "format": "password", "maxLength": 1024 })
}

fn username() -> Value {
    json!({ "type": "string", "examples": ["ada"] })
}

fn refresh_token() -> Value {
    json!({ "type": "string", "description": "Leave it out when it travels as a cookie", "examples": ["jgr_..."] })
}

fn delivery() -> Value {
    json!({ "type": "string", "enum": ["body", "cookie", "cookies"], "default": "body" })
}

fn audience() -> Value {
    json!({
        "description": "The APIs the access token is for, out of those configured",
        "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
    })
}

fn data() -> Value {
    json!({ "type": "object", "description": "At most 4 KiB; the user's own", "additionalProperties": true })
}

fn roles() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn nullable_time() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

fn nullable_text() -> Value {
    json!({ "type": ["string", "null"] })
}

fn seconds(of: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": format!("Seconds until {of} ends") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::openapi::endpoint::{self, Answer};

    #[test]
    fn the_table_names_only_shapes_that_exist_and_all_of_them() {
        let shapes = all();
        let mut unused: Vec<_> = shapes.as_object().unwrap().keys().cloned().collect();
        let mut seen = |name: &str| {
            assert!(shapes.get(name).is_some(), "{name} has no shape");
            unused.retain(|shape| shape != name);
        };
        for endpoint in endpoint::all() {
            endpoint.body.iter().copied().for_each(&mut seen);
            if let Answer::Json(name) = endpoint.answer {
                seen(name);
            }
        }
        assert_eq!(unused, ["OAuthError", "Problem"]);
    }
}
