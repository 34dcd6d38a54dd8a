//! The shapes of second factors.

use serde_json::{Value, json};

use super::{nullable_time, object, time, uuid};

/// Every one with its name.
pub(super) fn shapes() -> [(&'static str, Value); 6] {
    [
        ("ShowFactor", show()),
        ("Factors", all()),
        ("NewAuthenticatorApp", new_app()),
        ("ConfirmAuthenticatorApp", confirm_app()),
        ("ConfirmedAuthenticatorApp", confirmed_app()),
        ("RecoveryCodes", recovery_codes()),
    ]
}

/// One of the two ways to finish a login.
fn show() -> Value {
    let mut shape = object(
        &["mfa_token"],
        json!({
            "mfa_token": { "type": "string", "description": "From the answer `login.mfa_required`" },
            "code": { "type": "string", "description": "Six digits of the authenticator app" },
            "recovery_code": { "type": "string", "description": "However it is typed; good once" },
        }),
    );
    shape["oneOf"] = json!([{ "required": ["code"] }, { "required": ["recovery_code"] }]);
    shape
}

fn all() -> Value {
    let app = object(
        &["created_at", "last_used_at"],
        json!({ "created_at": time(), "last_used_at": nullable_time() }),
    );
    let passkey = object(
        &["id", "name", "created_at", "last_used_at"],
        json!({
            "id": uuid(), "name": { "type": "string" }, "created_at": time(), "last_used_at": nullable_time(),
        }),
    );
    let codes = object(
        &["left", "created_at"],
        json!({ "left": { "type": "integer", "minimum": 0 }, "created_at": time() }),
    );
    object(
        &["totp", "passkeys", "recovery_codes", "required"],
        json!({
            "totp": { "anyOf": [app, { "type": "null" }] },
            "passkeys": { "type": "array", "items": passkey },
            "recovery_codes": { "anyOf": [codes, { "type": "null" }] },
            "required": { "type": "boolean" },
        }),
    )
}

fn new_app() -> Value {
    object(
        &["secret", "otpauth_uri", "qr_svg"],
        json!({
            "secret": { "type": "string", "description": "Base32, in groups of four, to be typed" },
            "otpauth_uri": { "type": "string", "description": "To be opened on the phone itself" },
            "qr_svg": { "type": "string", "description": "The same as an SVG picture to be scanned" },
        }),
    )
}

fn confirm_app() -> Value {
    object(&["code"], json!({ "code": { "type": "string", "description": "Six digits of the app" } }))
}

/// The recovery codes are there with the first factor only.
fn confirmed_app() -> Value {
    object(&[], json!({ "recovery_codes": codes() }))
}

fn recovery_codes() -> Value {
    object(&["recovery_codes"], json!({ "recovery_codes": codes() }))
}

fn codes() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 10, "maxItems": 10 })
}
