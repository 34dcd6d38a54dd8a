//! The shapes of what goes through an inbox.

use serde_json::{Value, json};

use super::{audience, delivery, email, object, password};

pub(super) fn address() -> Value {
    object(&["email"], json!({ "email": email() }))
}

pub(super) fn sent() -> Value {
    let words = ["verification_sent", "reset_sent", "code_sent"];
    object(&["status"], json!({ "status": { "type": "string", "enum": words } }))
}

pub(super) fn shown() -> Value {
    either(&[], &json!({}))
}

pub(super) fn reset() -> Value {
    either(&["new"], &json!({ "new": password() }))
}

pub(super) fn log_in() -> Value {
    either(&[], &json!({ "delivery": delivery(), "audience": audience() }))
}

pub(super) fn change() -> Value {
    object(&["email"], json!({ "email": email(), "password": password() }))
}

/// The secret of the link, or the address and the code.
fn either(required: &[&str], more: &Value) -> Value {
    let mut members = json!({
        "token": { "type": "string", "description": "What stands behind `token=` in the link" },
        "email": email(),
        "code": { "type": "string", "description": "Eight characters, in any case, with or without the hyphen" },
    });
    for (name, member) in more.as_object().into_iter().flatten() {
        members[name] = member.clone();
    }
    let mut shape = object(required, members);
    shape["oneOf"] = json!([{ "required": ["token"] }, { "required": ["email", "code"] }]);
    shape
}
