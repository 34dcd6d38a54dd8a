//! The shapes of passkeys. What a browser gets and answers is the JSON form of WebAuthn Level 3 section 5.1.

use serde_json::{Value, json};

use super::{audience, delivery, object, time, uuid};

pub(super) fn question() -> Value {
    let options = json!({
        "type": "object",
        "description": "`{ \"publicKey\": ... }`, for `PublicKeyCredential.parseRequestOptionsFromJSON` or `parseCreationOptionsFromJSON`"
    });
    object(
        &["challenge_token", "options"],
        json!({ "challenge_token": challenge_token(), "options": options }),
    )
}

pub(super) fn log_in() -> Value {
    object(
        &["challenge_token", "passkey"],
        json!({
            "challenge_token": challenge_token(), "passkey": answer(),
            "delivery": delivery(), "audience": audience(),
        }),
    )
}

pub(super) fn add() -> Value {
    object(
        &["challenge_token", "passkey"],
        json!({ "challenge_token": challenge_token(), "passkey": answer(), "name": name() }),
    )
}

pub(super) fn prove() -> Value {
    object(
        &["challenge_token", "passkey"],
        json!({ "challenge_token": challenge_token(), "passkey": answer() }),
    )
}

pub(super) fn rename() -> Value {
    object(&["name"], json!({ "name": name() }))
}

pub(super) fn one() -> Value {
    let codes = json!({
        "type": "array", "items": { "type": "string" },
        "description": "Only when the passkey is the first factor of the account. Shown this once."
    });
    object(
        &["id", "name", "created_at", "last_used_at"],
        json!({
            "id": uuid(), "name": name(), "created_at": time(),
            "last_used_at": { "type": ["string", "null"], "format": "date-time" },
            "recovery_codes": codes,
        }),
    )
}

pub(super) fn list() -> Value {
    object(&["passkeys"], json!({ "passkeys": { "type": "array", "items": super::reference("Passkey") } }))
}

fn challenge_token() -> Value {
    json!({ "type": "string", "description": "Names the challenge; good once" })
}

fn answer() -> Value {
    json!({ "type": "object", "description": "The `PublicKeyCredential` of the browser, as its `toJSON()` writes it" })
}

fn name() -> Value {
    json!({ "type": "string", "maxLength": 60 })
}
