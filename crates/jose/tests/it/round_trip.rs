//! What is signed verifies, for every algorithm; what was touched does not.

use jotgate_jose::jwt::Signer;
use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jws};

use crate::support::{claims, key, keys, verify};

#[test]
fn every_algorithm_signs_and_verifies() {
    for &algorithm in Algorithm::ALL {
        let signer = Signer::new(key(algorithm).clone(), "at+jwt").unwrap();
        let token = signer.sign(&claims()).unwrap();
        let verified = verify(&token, &keys(algorithm)).unwrap();
        assert_eq!(*verified.claims(), claims());
        assert_eq!(verified.algorithm(), algorithm);
        assert_eq!(verified.kid(), key(algorithm).kid());
        assert_eq!(verified.key_thumbprint(), key(algorithm).thumbprint());

        let mut again = String::from("something else");
        signer.sign_into(&mut again, &claims()).unwrap();
        verify(&again, &keys(algorithm)).unwrap();
    }
}

#[test]
fn no_algorithm_takes_the_signature_of_another() {
    for &signing in Algorithm::ALL {
        let token = Signer::new(key(signing).clone(), "at+jwt").unwrap().sign(&claims()).unwrap();
        for &verifying in Algorithm::ALL {
            if verifying != signing {
                let renamed = key(verifying).verifying_key().with_kid(key(signing).kid().unwrap());
                let error = verify(&token, &KeySet::new([renamed])).unwrap_err();
                assert_eq!(error.reason(), Reason::AlgKeyMismatch, "{signing} at {verifying}");
            }
        }
    }
}

#[test]
fn keys_survive_json_both_ways() {
    for &algorithm in Algorithm::ALL {
        let original = key(algorithm);
        let private = original.private_jwk().unwrap();
        let restored = SigningKey::from_jwk(&Jwk::parse(private.as_bytes()).unwrap()).unwrap();
        assert_eq!(restored.kid(), original.kid());
        assert_eq!(restored.thumbprint(), original.thumbprint());
        let compact = jws::sign(b"payload", &restored, &jws::Extras::default()).unwrap();
        assert_eq!(jws::verify(&compact, &keys(algorithm)).unwrap().payload(), b"payload");

        if algorithm.is_symmetric() {
            assert_eq!(original.public_jwk().unwrap_err().reason(), Reason::KeyWrongUse);
            continue;
        }
        let set = JwkSet::new([original.public_jwk().unwrap()]).to_json().unwrap();
        for member in ["\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\""] {
            assert!(!set.contains(member), "{algorithm} publishes {member}");
        }
        let published = KeySet::from(&JwkSet::parse(&set).unwrap());
        assert_eq!(published.unusable().len(), 0);
        assert_eq!(jws::verify(&compact, &published).unwrap().kid(), original.kid());
        let again = published.keys()[0].public_jwk().unwrap().to_json().unwrap();
        assert_eq!(again, original.public_jwk().unwrap().to_json().unwrap());
    }
}

#[test]
fn the_old_name_of_ed25519_is_kept_where_asked_for() {
    let modern = key(Algorithm::Ed25519);
    let legacy = modern.clone().with_eddsa_name();
    assert_eq!(legacy.public_jwk().unwrap().alg(), Some("EdDSA"));
    assert_eq!(legacy.kid(), modern.kid());
    for (signer, verifier) in [(modern, &legacy), (&legacy, modern), (&legacy, &legacy)] {
        let compact = jws::sign(b"x", signer, &jws::Extras::typ("x")).unwrap();
        let verified = jws::verify(&compact, &KeySet::new([verifier.verifying_key()])).unwrap();
        assert_eq!((verified.algorithm(), verified.typ()), (Algorithm::Ed25519, Some("x")));
    }
    let peek = jotgate_jose::jwt::sign(&claims(), &legacy).unwrap();
    assert_eq!(jotgate_jose::jwt::Unverified::parse(&peek).unwrap().alg(), Some("EdDSA"));
}

#[test]
fn secrets_do_not_show_in_debug() {
    let secret = "a secret that must never be shown!";
    let key = SigningKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap();
    let jwk = Jwk::parse(key.private_jwk().unwrap().as_bytes()).unwrap();
    let shown = format!("{key:?} {:?} {jwk:?} {:?}", key.verifying_key(), KeySet::new([key.verifying_key()]));
    assert!(!shown.contains("never"), "{shown}");
    assert!(!shown.contains(&key.thumbprint()), "{shown}");
    assert!(VerifyingKey::hmac(Algorithm::Hs256, secret.as_bytes()).is_ok());
}

/// Claims of any shape a signer may be asked for.
fn any_claims() -> impl proptest::strategy::Strategy<Value = serde_json::Map<String, serde_json::Value>> {
    use proptest::prelude::*;
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(".{0,8}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::hash_map("x.{0,8}", value, 0..6).prop_map(|map| map.into_iter().collect())
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn any_claims_survive(extra in any_claims(), which in 0..Algorithm::ALL.len(), kid in "\\PC{1,20}") {
        let algorithm = Algorithm::ALL[which];
        let key = key(algorithm).clone().with_kid(kid.clone());
        let keys = KeySet::new([key.verifying_key()]);
        let mut claims = claims();
        claims.as_object_mut().unwrap().extend(extra);
        let token = Signer::new(key, "at+jwt").unwrap().sign(&claims).unwrap();
        let verified = verify(&token, &keys).unwrap();
        assert_eq!(*verified.claims(), claims);
        assert_eq!(verified.kid(), Some(kid.as_str()));

        let mut scratch = jotgate_jose::jwt::Scratch::new();
        let policy = crate::support::policy();
        let again: jotgate_jose::jwt::Verified<serde_json::Value> =
            jotgate_jose::jwt::verify_in(&token, &mut scratch, &keys, &policy, crate::support::NOW).unwrap();
        assert_eq!(*again.claims(), claims);
    }

    #[test]
    fn any_bytes_survive(payload: Vec<u8>, which in 0..Algorithm::ALL.len()) {
        let algorithm = Algorithm::ALL[which];
        let compact = jws::sign(&payload, key(algorithm), &jws::Extras::default()).unwrap();
        assert_eq!(jws::verify(&compact, &keys(algorithm)).unwrap().into_payload(), payload);
    }
}

#[test]
fn a_scratch_serves_tokens_of_any_size_one_after_the_other() {
    let mut scratch = jotgate_jose::jwt::Scratch::new();
    let signer = Signer::new(key(Algorithm::Hs256).clone(), "at+jwt").unwrap();
    for len in [10, 9_000, 0, 3_000, 700, 11_000, 1] {
        let mut claims = claims();
        claims["pad"] = "y".repeat(len).into();
        let token = signer.sign(&claims).unwrap();
        let policy = crate::support::policy();
        let verified: jotgate_jose::jwt::Verified<serde_json::Value> = jotgate_jose::jwt::verify_in(
            &token,
            &mut scratch,
            &keys(Algorithm::Hs256),
            &policy,
            crate::support::NOW,
        )
        .unwrap();
        assert_eq!(verified.claims()["pad"].as_str().unwrap().len(), len);
    }
}

#[test]
fn a_signer_refuses_what_no_verifier_takes() {
    let signer = Signer::new(key(Algorithm::Hs256).clone(), "at+jwt").unwrap();
    #[derive(serde::Serialize)]
    struct Twice {
        sub: &'static str,
        #[serde(flatten)]
        extra: serde_json::Value,
    }
    let twice = Twice { sub: "17", extra: serde_json::json!({"sub": "18"}) };
    assert_eq!(signer.sign(&twice).unwrap_err().reason(), Reason::MalformedDuplicateMember);
    assert_eq!(signer.sign(&[1, 2]).unwrap_err().reason(), Reason::MalformedClaimsNotObject);
    assert_eq!(signer.sign(&"text").unwrap_err().reason(), Reason::MalformedClaimsNotObject);
    for typ in ["", "at jwt", "at\"jwt", "at\njwt", "\u{e9}"] {
        assert_eq!(
            Signer::new(key(Algorithm::Hs256).clone(), typ).unwrap_err().reason(),
            Reason::PolicyInvalid
        );
    }
}
