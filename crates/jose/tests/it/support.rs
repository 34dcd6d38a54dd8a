//! Keys made once for all tests, and the policy most of them use.

use std::sync::OnceLock;

use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
use jotgate_jose::primitive::{HmacKey, base64url};
use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jws, jwt};
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

/// A good signature over this protected header and this text of a payload, as the members of a JSON form.
pub(crate) fn forge_json(protected: &str, payload: &str) -> Value {
    let protected = base64url::encode(protected.as_bytes());
    let tag = HmacKey::new(SECRET).sign(&[protected.as_bytes(), b".", payload.as_bytes()]);
    json!({"protected": protected, "signature": base64url::encode(&tag)})
}

pub(crate) fn flattened(mut signature: Value, payload: &str) -> String {
    signature["payload"] = payload.into();
    signature.to_string()
}

pub(crate) fn general(signatures: &[Value], payload: &str) -> String {
    json!({"payload": payload, "signatures": signatures}).to_string()
}

/// Why a JWS in a JSON form is refused, if it is.
pub(crate) fn judge_json(json: &str) -> Option<Reason> {
    jws::verify_json(json, &forged_keys()).err().map(|error| error.reason())
}

/// Why a JWS with this header is refused, the same in every form, inside and detached; `None` when it is good.
#[track_caller]
pub(crate) fn in_every_form(header: &str) -> Option<Reason> {
    let (text, keys) = ("e30", forged_keys());
    let member = forge_json(header, text);
    let part = |name: &str| member[name].as_str().unwrap();
    let compact = [part("protected"), text, part("signature")].join(".");
    let told = |result: Result<(), Error>| result.err().map(|error| error.reason());
    let verdict = judge_json(&flattened(member.clone(), text));
    assert_eq!(judge_json(&general(std::slice::from_ref(&member), text)), verdict, "general: {header}");
    assert_eq!(told(jws::verify(&compact, &keys).map(drop)), verdict, "compact: {header}");
    // What is signed is the text `e30`: two bytes in base64url, or three as they are.
    let bytes = if header.contains("\"b64\":false") { text.as_bytes() } else { b"{}" };
    let detached = [part("protected"), "", part("signature")].join(".");
    assert_eq!(told(jws::verify_detached(&detached, bytes, &keys).map(drop)), verdict, "detached: {header}");
    let json = json!({"signatures": [member]}).to_string();
    assert_eq!(told(jws::verify_json_detached(&json, bytes, &keys).map(drop)), verdict, "detached: {header}");
    verdict
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
