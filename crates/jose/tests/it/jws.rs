//! JWS in its other forms: what each takes and refuses. Attacks on them are in the catalogue.

use jotgate_jose::jws::{self, Extras, MAX_SIGNATURES};
use jotgate_jose::primitive::{HmacKey, base64url};
use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey};
use serde_json::{Value, json};

use crate::support::{SECRET, flattened, forge_json, forged_keys, general, judge_json, key, keys};

fn reason<T>(result: Result<T, Error>) -> Option<Reason> {
    result.err().map(|error| error.reason())
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
    let strange = forge_json(r#"{"alg":"XY999"}"#, "dGV4dA");
    let good = forge_json(r#"{"alg":"HS256"}"#, "dGV4dA");
    let verified = jws::verify_json(&general(&[strange, good], "dGV4dA"), &forged_keys()).unwrap();
    assert_eq!(verified.signature().index(), 1);
}

/// The shape of RFC 7520 section 4.8, and of 4.6 and 4.7 in it: each signature parts its header in another way.
#[test]
fn signatures_may_part_their_headers_each_in_its_own_way() {
    let payload = base64url::encode(b"text");
    let rsa = key(Algorithm::Rs256).clone().with_kid("");
    let by_rsa = jws::sign_flattened(b"text", &rsa, &Extras::default()).unwrap();
    let mut protected_alg: Value = serde_json::from_str(&by_rsa).unwrap();
    protected_alg.as_object_mut().unwrap().remove("payload");
    protected_alg["header"] = json!({"kid": "key-RS256"});
    let tag = HmacKey::new(SECRET).sign(&[format!(".{payload}").as_bytes()]);
    let unprotected = json!({"header": {"alg": "HS256", "kid": "h"}, "signature": base64url::encode(&tag)});
    let protected = forge_json(r#"{"alg":"HS256","kid":"h"}"#, &payload);
    let json = general(&[protected_alg, unprotected.clone(), protected], &payload);

    let by_name = jws::verify_json(&json, &keys(Algorithm::Rs256)).unwrap();
    assert_eq!((by_name.signature().index(), by_name.kid()), (0, Some("key-RS256")));
    assert_eq!(jws::verify_json(&json, &forged_keys()).unwrap().signature().index(), 1);
    assert_eq!(
        jws::verify_json(&flattened(unprotected, &payload), &forged_keys()).unwrap().payload(),
        b"text"
    );
    // A set with both kinds of key stays a set nobody should have.
    let mut mixed = forged_keys();
    mixed.push(key(Algorithm::Rs256).verifying_key());
    assert_eq!(reason(jws::verify_json(&json, &mixed)), Some(Reason::KeyAmbiguous));
}

#[test]
fn of_several_refusals_the_furthest_is_told() {
    let unknown = forge_json(r#"{"alg":"HS256","kid":"other"}"#, "dGV4dA");
    let wrong = forge_json(r#"{"alg":"HS256","kid":"h"}"#, "other");
    for pair in [[unknown.clone(), wrong.clone()], [wrong, unknown.clone()]] {
        assert_eq!(judge_json(&general(&pair, "dGV4dA")), Some(Reason::SignatureInvalid));
    }
    assert_eq!(judge_json(&general(&[unknown.clone(), unknown], "dGV4dA")), Some(Reason::KeyUnknownKid));
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
        let json = flattened(forge_json(r#"{"alg":"HS256"}"#, payload), payload);
        assert_eq!(judge_json(&json), Some(Reason::MalformedBase64), "{payload}");
    }
}

#[test]
fn escapes_in_the_envelope_are_json_and_nothing_else() {
    let good = flattened(forge_json(r#"{"alg":"HS256"}"#, "dGV4dA"), "dGV4dA");
    assert_eq!(judge_json(&good), None);
    assert_eq!(judge_json(&good.replace("dGV4dA", "\\u0064GV4dA")), None);
    assert_eq!(judge_json(&good.replace("\"payload\"", "\"p\\u0061yload\"")), None);
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

/// A JWS of some payload in one of the forms, and how it is checked.
struct Made {
    text: String,
    payload: Vec<u8>,
    is_json: bool,
    is_detached: bool,
}

impl Made {
    /// `form` counts through compact, flattened and general; then the same unencoded; then both detached.
    fn new(form: usize, payload: &str, key: &SigningKey) -> Self {
        let is_detached = form >= 6;
        let extras = Extras::typ("property");
        let extras = if (form / 3) % 2 == 1 { extras.unencoded() } else { extras };
        let extras = if is_detached { extras.detached() } else { extras };
        let payload = payload.as_bytes();
        let text = match form % 3 {
            0 => jws::sign(payload, key, &extras),
            1 => jws::sign_flattened(payload, key, &extras),
            _ => jws::sign_general(payload, std::slice::from_ref(key), &extras),
        };
        Self { text: text.unwrap(), payload: payload.to_vec(), is_json: !form.is_multiple_of(3), is_detached }
    }

    /// The payload, if text and (where it is detached) payload belong together.
    fn check(&self, text: &str, payload: &[u8], keys: &KeySet) -> Result<Vec<u8>, Error> {
        let own = |verified: jws::VerifiedPayload| verified.into_payload();
        match (self.is_json, self.is_detached) {
            (false, false) => jws::verify(text, keys).map(own),
            (true, false) => jws::verify_json(text, keys).map(own),
            (false, true) => jws::verify_detached(text, payload, keys).map(|_| payload.to_vec()),
            (true, true) => jws::verify_json_detached(text, payload, keys).map(|_| payload.to_vec()),
        }
    }
}

const FORMS: usize = 12;

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    #[test]
    fn any_payload_survives_in_any_form(form in 0..FORMS, which in 0..Algorithm::ALL.len(), payload in "[ -\\-/-~]{0,60}") {
        let algorithm = Algorithm::ALL[which];
        let made = Made::new(form, &payload, key(algorithm));
        let verified = made.check(&made.text, &made.payload, &keys(algorithm));
        assert_eq!(verified.unwrap(), made.payload);
    }

    #[test]
    fn any_bytes_survive_where_nothing_restricts_them(form in 0..FORMS, payload: Vec<u8>, text in "\\PC{0,40}|[\0-\u{1f}\"\\\\.]{0,20}") {
        let signer = key(Algorithm::Es256);
        let keys = keys(Algorithm::Es256);
        let plain = jws::sign_detached(&payload, signer, &Extras::default().unencoded()).unwrap();
        assert!(jws::verify_detached(&plain, &payload, &keys).is_ok());
        let encoded = jws::sign_flattened(&payload, signer, &Extras::default()).unwrap();
        assert_eq!(jws::verify_json(&encoded, &keys).unwrap().payload(), payload);
        // Every text fits into JSON.
        let made = Made::new(form - form % 3 + 1, &text, signer);
        assert_eq!(made.check(&made.text, &made.payload, &keys).unwrap(), text.as_bytes());
    }

    #[test]
    fn any_flipped_bit_rejects_in_any_form(
        form in 0..FORMS,
        which in 0..Algorithm::ALL.len(),
        payload in "[ -\\-/-~]{1,60}",
        at: proptest::sample::Index,
        bit in 0_u8..8,
    ) {
        let algorithm = Algorithm::ALL[which];
        let made = Made::new(form, &payload, key(algorithm));
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        };
        if let Ok(text) = String::from_utf8(flip(made.text.as_bytes())) {
            let verified = made.check(&text, &made.payload, &keys(algorithm));
            assert!(verified.is_err(), "{algorithm} form {form}: {text}");
        }
        if made.is_detached {
            let verified = made.check(&made.text, &flip(&made.payload), &keys(algorithm));
            assert!(verified.is_err(), "{algorithm} form {form}");
        }
    }

    #[test]
    fn no_text_makes_the_json_doors_panic(text in "\\PC*", member in "\\{(\"(payload|protected|header|signature|signatures)\":(\"e30\"|\\{\\}|\\[\\{\\}\\]|null),?){0,5}\\}") {
        for text in [&text, &member] {
            assert!(jws::verify_json(text, &forged_keys()).is_err());
            assert!(jws::verify_json_detached(text, b"", &forged_keys()).is_err());
            let _ = jws::Unverified::parse(text);
        }
    }
}
