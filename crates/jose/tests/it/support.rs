//! Keys made once for all tests, and the policy most of them use.

use std::sync::OnceLock;

use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
use jotgate_jose::primitive::{HmacKey, base64url};
use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use serde_json::{Value, json};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.example";

/// One key for each algorithm.
pub(crate) fn key(algorithm: Algorithm) -> &'static SigningKey {
    static KEYS: OnceLock<Vec<(Algorithm, SigningKey)>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        Algorithm::ALL
            .iter()
            .map(|&algorithm| {
                let key = SigningKey::generate(algorithm).unwrap();
                (algorithm, key.with_kid(format!("key-{algorithm}")))
            })
            .collect()
    });
    &keys.iter().find(|(known, _)| *known == algorithm).unwrap().1
}

pub(crate) fn keys(algorithm: Algorithm) -> KeySet {
    KeySet::new([key(algorithm).verifying_key()])
}

pub(crate) fn policy() -> Policy {
    Policy::new(Issuer::exact(ISSUER), Audience::any_of(["api"]), Typ::exact("at+jwt"))
}

/// Claims that satisfy [`policy`].
pub(crate) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "api", "sub": "17", "exp": NOW + 600, "iat": NOW, "jti": "j"})
}

pub(crate) fn verify(token: &str, keys: &KeySet) -> Result<Verified<Value>, Error> {
    jwt::verify(token, keys, &policy(), NOW)
}

/// The secret of every forged HS256 token: with it a test can sign any header and any payload, sound or not.
pub(crate) const SECRET: &[u8] = b"a secret the tests know, of 39 letters.";

/// The key set that trusts [`SECRET`] under the name `h`.
pub(crate) fn forged_keys() -> KeySet {
    KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, SECRET).unwrap().with_kid("h")])
}

/// A token over these bytes, with a good signature.
pub(crate) fn forge(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    forge_with(SECRET, header, payload)
}

pub(crate) fn forge_with(secret: &[u8], header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let signed = format!("{}.{}", base64url::encode(header.as_ref()), base64url::encode(payload.as_ref()));
    let tag = HmacKey::new(secret).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", base64url::encode(&tag))
}

/// The verdict on a forged token, under [`policy`].
pub(crate) fn verdict(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> Result<Value, Reason> {
    judge(&forge(header, payload), &forged_keys())
}

/// The verdict on [`claims`] with changes.
pub(crate) fn verdict_with(changes: Value) -> Result<Value, Reason> {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    verdict(HEADER, claims.to_string())
}

/// The verdict on [`claims`] with one claim written as this JSON text, which need not be good JSON.
pub(crate) fn verdict_raw(name: &str, json: &str) -> Result<Value, Reason> {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    let rest = claims.to_string();
    verdict(HEADER, format!("{{\"{name}\":{json},{}", &rest[1..]))
}

pub(crate) fn judge(token: &str, keys: &KeySet) -> Result<Value, Reason> {
    verify(token, keys).map(Verified::into_claims).map_err(|error| error.reason())
}

pub(crate) const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt","kid":"h"}"#;
