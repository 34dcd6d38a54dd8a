//! What must hold for every input, whatever its bytes: one function a format, shared by the property test in CI
//! (`tests/fuzz.rs`) and the fuzzer (`fuzz/`), so that both ask the same question.
//!
//! A body panics when something does not hold: the library panicked, accepted what a reference refuses, disagreed
//! with itself, or gave a key that does not survive being written and read again.

pub(crate) mod compact;
pub(crate) mod explain;
pub(crate) mod json_forms;
pub(crate) mod keys;
pub(crate) mod lint;
pub(crate) mod policy;
pub(crate) mod reference;
pub(crate) mod seeds;

use std::sync::OnceLock;

use jotgate_jose::primitive::{HmacKey, base64url};
use jotgate_jose::{Algorithm, Jwk, KeySet, SigningKey, VerifyingKey};

/// A body, and a short name for it.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) body: fn(&[u8]),
}

/// Every target there is. The programs of the fuzzer and the tests are one line each.
pub(crate) const ALL: &[Target] = &[
    Target { name: "compact", body: compact::compact },
    Target { name: "json", body: json_forms::json_forms },
    Target { name: "jwk", body: keys::jwk },
    Target { name: "jwks", body: keys::jwks },
    Target { name: "pem", body: keys::pem },
    Target { name: "policy", body: policy::policy },
    Target { name: "explain", body: explain::explain },
    Target { name: "lint", body: lint::lint },
];

pub(crate) const NOW: i64 = 1_800_000_000;

/// The secret under which a body signs any header and any payload, sound or not.
const SECRET: &[u8] = b"a secret the bodies know, of 40 letters.";

/// The set that trusts [`SECRET`].
pub(crate) fn shared() -> &'static KeySet {
    static KEYS: OnceLock<KeySet> = OnceLock::new();
    KEYS.get_or_init(|| {
        KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, SECRET).expect("long enough").with_kid("h")])
    })
}

/// A set of public keys, the ones of RFC 7515 A.3 and RFC 8037 A.1, whose tokens stand among the seeds.
pub(crate) fn public() -> &'static KeySet {
    static KEYS: OnceLock<KeySet> = OnceLock::new();
    KEYS.get_or_init(|| {
        let jwks = [
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        ];
        KeySet::new(jwks.map(|jwk| {
            Jwk::parse(jwk).and_then(|jwk| VerifyingKey::from_jwk(&jwk)).expect("the keys of the examples")
        }))
    })
}

/// The key with which honest tokens among the seeds are signed.
pub(crate) fn signing() -> SigningKey {
    SigningKey::hmac(Algorithm::Hs256, SECRET).expect("long enough").with_kid("h")
}

/// A token over these bytes, with a good signature by [`SECRET`].
pub(crate) fn forge(header: &[u8], payload: &[u8]) -> String {
    let signed = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let tag = HmacKey::new(SECRET).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", base64url::encode(&tag))
}

/// What stands before and after the first line break.
pub(crate) fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, b""),
    }
}

/// Runs the target of this name.
pub(crate) fn run(name: &str, data: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("a target of this name");
    (target.body)(data);
}
