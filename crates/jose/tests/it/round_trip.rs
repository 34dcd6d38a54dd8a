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
