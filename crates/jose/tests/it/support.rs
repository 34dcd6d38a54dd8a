//! Keys made once for all tests, and the policy most of them use.

use std::sync::OnceLock;

use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
use jotgate_jose::{Algorithm, Error, KeySet, SigningKey, jwt};
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
