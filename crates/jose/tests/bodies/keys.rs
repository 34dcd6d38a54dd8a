//! Keys in JWK, JWK Set, PEM and DER: what is read can be written, read again, and is the same key.

use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey, inspect, jws};

use super::reference;

/// The bytes as a JWK.
pub(crate) fn jwk(data: &[u8]) {
    if let Ok(jwk) = Jwk::parse(data) {
        assert!(reference::object(data).is_some(), "an accepted key is strict JSON");
        survives(&jwk);
    }
}

/// The bytes as a JWK Set.
pub(crate) fn jwks(data: &[u8]) {
    let Ok(set) = JwkSet::parse(data) else { return };
    let whole: serde_json::Value = match serde_json::from_slice(data) {
        Ok(whole) => whole,
        // Numbers that no float holds, in a member that is not looked at.
        Err(error) => return assert!(error.to_string().contains("number out of range"), "{error}"),
    };
    let count = whole["keys"].as_array().expect("an accepted set has an array").len();
    assert_eq!(set.keys().len() + set.unusable().len(), count, "no element is lost");
    let keys = KeySet::from(&set);
    assert_eq!(keys.keys().len() + keys.unusable().len(), count, "no key is lost");
    let has_secret = set.keys().iter().any(Jwk::is_private);
    match set.to_json() {
        Ok(json) => {
            assert!(!has_secret && shows_no_secret(&json));
            let again = JwkSet::parse(&json).expect("what is written can be read");
            assert_eq!(again.keys().len(), set.keys().len());
        }
        Err(_) => assert!(has_secret, "only a secret is not published"),
    }
}

/// The bytes as PEM and as DER.
pub(crate) fn pem(data: &[u8]) {
    for read in [Jwk::from_pem(data), Jwk::from_der(data)].into_iter().flatten() {
        survives(&read);
    }
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::Ed25519] {
        let keys = [VerifyingKey::from_pem(data, algorithm), VerifyingKey::from_der(data, algorithm)];
        for key in keys.into_iter().flatten() {
            assert_eq!(key.algorithm(), algorithm);
            survives(&key.public_jwk().expect("these kinds of key have a public half"));
        }
        let keys = [SigningKey::from_pem(data, algorithm), SigningKey::from_der(data, algorithm)];
        for key in keys.into_iter().flatten() {
            signs(&key);
        }
    }
    assert!(SigningKey::hmac(Algorithm::Hs256, data).is_err() || Jwk::from_pem(data).is_err(), "a secret");
}

/// A key goes out and comes in as the same key, and nothing private leaves by the public door.
fn survives(jwk: &Jwk) {
    assert!(!format!("{jwk:?}").contains("\"d\""));
    match jwk.public() {
        Ok(public) => {
            assert!(!public.is_private());
            let json = public.to_json().expect("a public key can be written");
            assert!(shows_no_secret(&json), "{json}");
            let again = Jwk::parse(&json).expect("what is written can be read");
            assert_eq!(again.thumbprint(), jwk.thumbprint());
            assert_eq!((again.kid(), again.alg(), again.kty()), (jwk.kid(), jwk.alg(), jwk.kty()));
        }
        Err(_) => assert_eq!(jwk.kty(), "oct"),
    }
    let verifying = VerifyingKey::from_jwk(jwk);
    let refusal = inspect::key(jwk, None).refusal;
    if let Ok(key) = &verifying {
        // A secret of one byte repeated may verify and never sign; the inspection speaks of both.
        assert!(refusal.is_none() || jwk.kty() == "oct", "taken, but {refusal:?}");
        assert_eq!(key.thumbprint(), jwk.thumbprint());
        assert_eq!(key.kid(), jwk.kid());
    }
    for key in
        [SigningKey::from_jwk(jwk), SigningKey::from_jwk_with(jwk, Algorithm::Rs256)].into_iter().flatten()
    {
        assert!(jwk.is_private());
        signs(&key);
    }
}

fn signs(key: &SigningKey) {
    let private = key.private_jwk().expect("a key of this library");
    let again = Jwk::parse(&private).and_then(|jwk| SigningKey::from_jwk(&jwk)).expect("the same key");
    assert_eq!(again.thumbprint(), key.thumbprint());
    let token = jws::sign(b"bytes", &again, &jws::Extras::default()).expect("a good key signs");
    let keys = KeySet::new([key.verifying_key()]);
    let kid = key.kid().unwrap_or_default();
    // A name longer than any verifier looks for is no fault of the key.
    assert_eq!(jws::verify(&token, &keys).is_ok(), kid.len() <= 512, "what it signs it verifies");
}

fn shows_no_secret(json: &str) -> bool {
    let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let keys = match value.get("keys").and_then(serde_json::Value::as_array) {
        Some(keys) => keys.clone(),
        None => vec![value],
    };
    keys.iter().all(|key| PRIVATE.iter().all(|name| key.get(name).is_none()))
}

const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
