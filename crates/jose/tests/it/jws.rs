//! JWS in its other forms: what each takes and refuses. Attacks on them are in the catalogue.

use jotgate_jose::jws::{self, Extras, MAX_SIGNATURES};
use jotgate_jose::primitive::{HmacKey, base64url};
use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey};
use serde_json::{Value, json};

use crate::support::{SECRET, forged_keys, key, keys};

/// A signature of the test's own secret over this protected header and payload text, as members of a JSON form.
fn signed(protected: &str, payload: &str) -> Value {
    let protected = base64url::encode(protected.as_bytes());
    let tag = HmacKey::new(SECRET).sign(&[protected.as_bytes(), b".", payload.as_bytes()]);
    json!({"protected": protected, "signature": base64url::encode(&tag)})
}

fn flattened(mut signature: Value, payload: &str) -> String {
    signature["payload"] = payload.into();
    signature.to_string()
}

fn general(signatures: &[Value], payload: &str) -> String {
    json!({"payload": payload, "signatures": signatures}).to_string()
}

fn reason<T>(result: Result<T, Error>) -> Option<Reason> {
    result.err().map(|error| error.reason())
}

fn judged(json: &str) -> Option<Reason> {
    reason(jws::verify_json(json, &forged_keys()))
}

#[test]
fn every_algorithm_in_every_form() {
    for &algorithm in Algorithm::ALL {
        let (key, keys) = (key(algorithm), keys(algorithm));
        for extras in [
            Extras::default(),
            Extras::typ("note").cty("text/plain"),
            Extras::default().unencoded(),
            Extras::typ("note").unencoded(),
        ] {
            let payload = b"some text";
            let compact = jws::verify(&jws::sign(payload, key, &extras).unwrap(), &keys).unwrap();
            let flat = jws::verify_json(&jws::sign_flattened(payload, key, &extras).unwrap(), &keys).unwrap();
            let many = jws::sign_general(payload, std::slice::from_ref(key), &extras).unwrap();
            let many = jws::verify_json(&many, &keys).unwrap();
            for verified in [compact, flat, many] {
                assert_eq!(verified.payload(), payload);
                assert_eq!((verified.typ(), verified.signature().cty()), (extras.typ, extras.cty));
                assert_eq!((verified.algorithm(), verified.kid()), (algorithm, key.kid()));
            }
            let detached = jws::sign_detached(payload, key, &extras).unwrap();
            assert_eq!(detached.split('.').nth(1), Some(""));
            assert_eq!(jws::verify_detached(&detached, payload, &keys).unwrap().typ(), extras.typ);
            let detached = jws::sign_flattened(payload, key, &extras.clone().detached()).unwrap();
            assert_eq!(jws::verify_json_detached(&detached, payload, &keys).unwrap().cty(), extras.cty);
        }
    }
}

#[test]
fn any_good_signature_is_enough_and_is_named() {
    let signers =
        [Algorithm::Rs256, Algorithm::Es256, Algorithm::Ed25519].map(|algorithm| key(algorithm).clone());
    let json = jws::sign_general(b"text", &signers, &Extras::default()).unwrap();
    for (index, signer) in signers.iter().enumerate() {
        let verified = jws::verify_json(&json, &KeySet::new([signer.verifying_key()])).unwrap();
        assert_eq!((verified.signature().index(), verified.kid()), (index, signer.kid()));
    }
    let all = KeySet::new(signers.iter().map(SigningKey::verifying_key));
    assert_eq!(jws::verify_json(&json, &all).unwrap().signature().index(), 0);
    assert_eq!(reason(jws::verify_json(&json, &keys(Algorithm::Es384))), Some(Reason::KeyUnknownKid));
    // A signature of a kind nobody here knows takes nothing from the one beside it.
    let strange = signed(r#"{"alg":"XY999"}"#, "dGV4dA");
    let good = signed(r#"{"alg":"HS256"}"#, "dGV4dA");
    let verified = jws::verify_json(&general(&[strange, good], "dGV4dA"), &forged_keys()).unwrap();
    assert_eq!(verified.signature().index(), 1);
}

#[test]
fn of_several_refusals_the_furthest_is_told() {
    let unknown = signed(r#"{"alg":"HS256","kid":"other"}"#, "dGV4dA");
    let wrong = signed(r#"{"alg":"HS256","kid":"h"}"#, "other");
    for pair in [[unknown.clone(), wrong.clone()], [wrong, unknown.clone()]] {
        assert_eq!(judged(&general(&pair, "dGV4dA")), Some(Reason::SignatureInvalid));
    }
    assert_eq!(judged(&general(&[unknown.clone(), unknown], "dGV4dA")), Some(Reason::KeyUnknownKid));
}

#[test]
fn the_number_of_keys_to_sign_with_is_bounded() {
    let one = key(Algorithm::Hs256).clone();
    let sign = |count| jws::sign_general(b"x", &vec![one.clone(); count], &Extras::default());
    assert_eq!(reason(sign(0)), Some(Reason::PolicyInvalid));
    assert_eq!(reason(sign(MAX_SIGNATURES + 1)), Some(Reason::PolicyInvalid));
    jws::verify_json(&sign(MAX_SIGNATURES).unwrap(), &keys(Algorithm::Hs256)).unwrap();
}

#[test]
fn a_payload_is_inside_or_beside_never_both() {
    let (key, keys) = (key(Algorithm::Es256), keys(Algorithm::Es256));
    let attached = jws::sign(b"text", key, &Extras::default()).unwrap();
    assert_eq!(reason(jws::verify_detached(&attached, b"text", &keys)), Some(Reason::MalformedParts));
    let attached = jws::sign_flattened(b"text", key, &Extras::default()).unwrap();
    assert_eq!(reason(jws::verify_json_detached(&attached, b"text", &keys)), Some(Reason::MalformedParts));

    let detached = jws::sign_flattened(b"text", key, &Extras::default().detached()).unwrap();
    let error = jws::verify_json(&detached, &keys).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedParts);
    assert!(error.hint().unwrap().contains("detached"));
    // Some libraries leave an empty member; it can only mean the same.
    let mut with_empty: Value = serde_json::from_str(&detached).unwrap();
    with_empty["payload"] = "".into();
    jws::verify_json_detached(&with_empty.to_string(), b"text", &keys).unwrap();
    assert_eq!(reason(jws::verify_json(&with_empty.to_string(), &keys)), Some(Reason::SignatureInvalid));
    // An empty payload is a payload.
    let empty = jws::sign(b"", key, &Extras::default()).unwrap();
    assert_eq!(jws::verify(&empty, &keys).unwrap().payload(), b"");
    jws::verify_detached(&empty, b"", &keys).unwrap();
}

#[test]
fn an_unencoded_payload_keeps_to_what_its_form_can_carry() {
    let (key, keys) = (key(Algorithm::Hs256), keys(Algorithm::Hs256));
    let plain = Extras::default().unencoded();
    for payload in ["a.b", "tab\t", "line\n", "gr\u{fc}n", "\u{7f}", "\0"] {
        assert_eq!(
            reason(jws::sign(payload.as_bytes(), key, &plain)),
            Some(Reason::MalformedParts),
            "{payload:?}"
        );
        let json = jws::sign_flattened(payload.as_bytes(), key, &plain).unwrap();
        assert_eq!(jws::verify_json(&json, &keys).unwrap().payload(), payload.as_bytes());
        // Put into a compact form by somebody else, under a good signature.
        let json: Value = serde_json::from_str(&json).unwrap();
        let member = |name: &str| json[name].as_str().unwrap();
        let compact = [member("protected"), payload, member("signature")].join(".");
        assert_eq!(reason(jws::verify(&compact, &keys)), Some(Reason::MalformedParts), "{payload:?}");
    }
    for payload in ["", " ", "This is text, isn't it? {\"a\":[1,~]}"] {
        let compact = jws::sign(payload.as_bytes(), key, &plain).unwrap();
        assert_eq!(jws::verify(&compact, &keys).unwrap().payload(), payload.as_bytes());
    }
    let bytes = b"\xff\xfe.\0";
    assert_eq!(reason(jws::sign_flattened(bytes, key, &plain)), Some(Reason::MalformedUtf8));
    let detached = jws::sign_detached(bytes, key, &plain).unwrap();
    jws::verify_detached(&detached, bytes, &keys).unwrap();
}

#[test]
fn a_payload_is_decoded_strictly_under_a_good_signature() {
    for payload in ["dGV4dA=", "dGV4d", "dGV4dB", "dGV 4dA", "dGV4+A"] {
        let json = flattened(signed(r#"{"alg":"HS256"}"#, payload), payload);
        assert_eq!(judged(&json), Some(Reason::MalformedBase64), "{payload}");
    }
}

#[test]
fn escapes_in_the_envelope_are_json_and_nothing_else() {
    let good = flattened(signed(r#"{"alg":"HS256"}"#, "dGV4dA"), "dGV4dA");
    assert_eq!(judged(&good), None);
    assert_eq!(judged(&good.replace("dGV4dA", "\\u0064GV4dA")), None);
    assert_eq!(judged(&good.replace("\"payload\"", "\"p\\u0061yload\"")), None);
}

#[test]
fn unverified_headers_are_read_in_every_form() {
    let signers = [key(Algorithm::Es256).clone(), key(Algorithm::Ed25519).clone()];
    let said = |jws: &str| -> Vec<(String, String)> {
        let own = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let peek = jws::Unverified::parse(jws).unwrap();
        peek.signatures().iter().map(|one| (own(one.alg()), own(one.kid()))).collect()
    };
    let pair = |alg: &str, kid: &str| (alg.to_owned(), kid.to_owned());
    let compact = jws::sign(b"x", &signers[0], &Extras::default()).unwrap();
    assert_eq!(said(&compact), [pair("ES256", "key-ES256")]);
    let many = jws::sign_general(b"x", &signers, &Extras::default()).unwrap();
    assert_eq!(said(&many), [pair("ES256", "key-ES256"), pair("Ed25519", "key-Ed25519")]);
    let unprotected = json!({"payload": "", "header": {"alg": "none", "kid": "u"}, "signature": ""});
    assert_eq!(said(&unprotected.to_string()), [pair("none", "u")]);
    assert_eq!(reason(jws::Unverified::parse("a.b")), Some(Reason::MalformedParts));
}
