use jotgate_jose::{jws, lint};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://id.example";
const NOW: i64 = 1_700_000_000;
const SECRET: &[u8; 32] =
    b"\x9e1\x07s\xc2D\xf0\x88\x15\xabV>\x8d\x02\xe7p6\xdcK\xb9\x01Zr\xfe&\x93L\xd8\x0f\xa5{A";

fn claims() -> AccessClaims {
    AccessClaims {
        iss: ISSUER.into(),
        sub: "01970000-0000-7000-8000-000000000001".into(),
        aud: vec!["api".into()],
        exp: NOW + 900,
        iat: NOW,
        jti: "01970000-0000-7000-8000-000000000002".into(),
        client_id: FIRST_PARTY.into(),
        sid: Some("01970000-0000-7000-8000-000000000003".into()),
        scope: "read write".parse().expect("two words"),
        roles: vec!["admin".into()],
        epoch: 3,
        auth_time: Some(NOW - 60),
        amr: vec!["pwd".into()],
        acr: Some("1".into()),
        status: None,
        extra: ExtraClaims::default(),
    }
}

fn with_extra(name: &str, value: &Value) -> AccessClaims {
    let mut claims = claims();
    claims.extra.insert(name, value).expect("JSON");
    claims
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).expect("a new key").with_kid("k1")
}

fn shared() -> SigningKey {
    SigningKey::hmac(Algorithm::Hs256, SECRET).expect("long enough")
}

fn verifier() -> Verifier {
    Verifier::new(ISSUER, "api")
}

/// The reason for which a token with these claims, whatever they are, is refused.
fn reason_for(claims: &Value, verifier: &Verifier) -> &'static str {
    let signer = signer(key()).expect("a good type");
    let token = signer.sign(claims).expect("claims are JSON");
    match verifier.verify(&token, &KeySet::new([signer.verifying_key()]), NOW) {
        Ok(_) => "good",
        Err(error) => error.reason().code(),
    }
}

fn changed(name: &str, value: Value) -> Value {
    let mut all = serde_json::to_value(claims()).expect("claims are JSON");
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = serde_json::to_value(claims()).expect("claims are JSON");
    all.as_object_mut().expect("an object").remove(name).expect("there before");
    all
}

#[test]
fn what_is_signed_comes_back() {
    let full = with_extra("cartID", &json!({"id": 7, "items": [1.5, null, "é"]}));
    let mut bare = claims();
    (bare.sid, bare.auth_time, bare.acr) = (None, None, None);
    (bare.scope, bare.roles, bare.amr) = (Scope::default(), vec![], vec![]);
    bare.aud = vec!["other".into(), "api".into()];
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        let signer = signer(SigningKey::generate(algorithm).expect("a new key")).expect("a good type");
        let keys = KeySet::new([signer.verifying_key()]);
        for claims in [&full, &bare] {
            let issued = sign(claims, &signer).expect("signed");
            assert!(!issued.size_warning);
            let verified = verifier().verify(&issued.token, &keys, NOW).expect("good");
            assert_eq!(verified.claims(), claims);
        }
    }
}

#[test]
fn the_payload_is_written_as_rfc_9068_says() {
    let written = serde_json::to_value(with_extra("email", &json!("a@b.example"))).expect("claims are JSON");
    let wanted = json!({
        "iss": ISSUER, "sub": "01970000-0000-7000-8000-000000000001", "aud": "api", "exp": NOW + 900, "iat": NOW,
        "jti": "01970000-0000-7000-8000-000000000002", "client_id": "first-party",
        "sid": "01970000-0000-7000-8000-000000000003", "scope": "read write", "roles": ["admin"], "epoch": 3,
        "auth_time": NOW - 60, "amr": ["pwd"], "acr": "1", "email": "a@b.example",
    });
    assert_eq!(written, wanted);
    let mut bare = claims();
    (bare.sid, bare.auth_time, bare.acr) = (None, None, None);
    (bare.scope, bare.roles, bare.amr) = (Scope::default(), vec![], vec![]);
    let written = serde_json::to_value(bare).expect("claims are JSON");
    for absent in ["sid", "scope", "auth_time", "amr", "acr"] {
        assert_eq!(written.get(absent), None, "{absent}");
    }
    assert_eq!(written["roles"], json!([]));
}

#[test]
fn row_55_only_the_type_of_access_tokens_is_taken() {
    let key = key();
    let keys = KeySet::new([key.verifying_key()]);
    let payload = serde_json::to_vec(&claims()).expect("claims are JSON");
    let reason = |extras: &jws::Extras<'_>| {
        let token = jws::sign(&payload, &key, extras).expect("signed");
        verifier().verify(&token, &keys, NOW).map_or_else(|error| error.reason().code(), |_| "good")
    };
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        assert_eq!(reason(&jws::Extras::typ(typ)), "good", "{typ}");
    }
    for typ in [
        "JWT",
        "jwt",
        "at+jwt ",
        " at+jwt",
        "at jwt",
        "at+jwt;v=1",
        "text/at+jwt",
        "application/application/at+jwt",
        "",
        "at+jw",
        "logout+jwt",
        "dpop+jwt",
        "revocations+jwt",
        "statuslist+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
    ] {
        assert_eq!(reason(&jws::Extras::typ(typ)), "typ.mismatch", "{typ:?}");
    }
    assert_eq!(reason(&jws::Extras::default()), "typ.mismatch", "absent");
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    for other in [
        "https://id.example/",
        "https://ID.example",
        "http://id.example",
        "https://id.example:443",
        "https://id.exampl",
        "https://id.example.evil",
        "https://id%2Eexample",
        "",
    ] {
        assert_eq!(reason_for(&changed("iss", json!(other)), &verifier()), "iss.mismatch", "{other}");
    }
    for other in
        [json!("API"), json!("api.evil"), json!("ap"), json!("api/"), json!(["x", "y"]), json!([]), json!("")]
    {
        let name = other.to_string();
        assert_eq!(reason_for(&changed("aud", other), &verifier()), "aud.mismatch", "{name}");
    }
    for ours in [json!("api"), json!(["api"]), json!(["x", "api"])] {
        assert_eq!(reason_for(&changed("aud", ours), &verifier()), "good");
    }
    assert_eq!(reason_for(&changed("aud", json!("")), &Verifier::new(ISSUER, "")), "aud.mismatch");
}

#[test]
fn every_required_claim_is_missed_by_name() {
    let wanted = [
        ("iss", "iss.missing"),
        ("aud", "aud.missing"),
        ("exp", "exp.missing"),
        ("sub", "claim.missing"),
        ("iat", "claim.missing"),
        ("jti", "claim.missing"),
        ("client_id", "claim.missing"),
        ("epoch", "claim.missing"),
    ];
    for (name, reason) in wanted {
        assert_eq!(reason_for(&without(name), &verifier()), reason, "{name}");
    }
    for name in ["sid", "scope", "roles", "auth_time", "amr", "acr"] {
        assert_eq!(reason_for(&without(name), &verifier()), "good", "{name}");
    }
}

#[test]
fn a_claim_of_the_wrong_type_is_malformed() {
    let other_values = [json!(7), json!("7"), json!(true), json!([]), json!([7]), json!({}), json!({"a": 1})];
    let kinds: [(&str, &str, &[usize]); 13] = [
        ("iss", "iss.malformed", &[0, 2, 3, 4, 5, 6]),
        ("aud", "aud.malformed", &[0, 2, 4, 5, 6]),
        ("exp", "exp.malformed", &[1, 2, 3, 4, 5, 6]),
        ("iat", "claim.malformed", &[1, 2, 3, 4, 5, 6]),
        ("sub", "claim.malformed", &[0, 2, 3, 4, 5, 6]),
        ("jti", "claim.malformed", &[0, 2, 3, 4, 5, 6]),
        ("client_id", "claim.malformed", &[0, 2, 3, 4, 5, 6]),
        ("sid", "claim.malformed", &[0, 2, 3, 4, 5, 6]),
        ("scope", "claim.malformed", &[0, 2, 3, 4, 5, 6]),
        ("roles", "claim.malformed", &[0, 1, 2, 4, 5, 6]),
        ("epoch", "claim.malformed", &[1, 2, 3, 4, 5, 6]),
        ("auth_time", "claim.malformed", &[1, 2, 3, 4, 5, 6]),
        ("amr", "claim.malformed", &[0, 1, 2, 4, 5, 6]),
    ];
    for (name, reason, wrong) in kinds {
        for at in wrong {
            let value = other_values[*at].clone();
            assert_eq!(reason_for(&changed(name, value.clone()), &verifier()), reason, "{name} {value}");
        }
    }
    for (name, value) in
        [("sub", json!("")), ("epoch", json!(1.5)), ("auth_time", json!(1e300)), ("jti", json!(""))]
    {
        assert_eq!(
            reason_for(&changed(name, value.clone()), &verifier()),
            "claim.malformed",
            "{name} {value}"
        );
    }
}

#[test]
fn times_are_counted_to_the_second() {
    let reason = |exp: Value, leeway: u32| {
        let verifier = verifier().leeway(leeway).expect("a small leeway");
        reason_for(&changed("exp", exp), &verifier)
    };
    assert_eq!(reason(json!(NOW + 1), 0), "good");
    assert_eq!(reason(json!(NOW), 0), "exp.expired");
    assert_eq!(reason(json!(NOW), 1), "good");
    assert_eq!(reason(json!(NOW - 1), 1), "exp.expired");
    assert_eq!(reason(json!(1_700_000_000.5), 0), "good");
    assert_eq!(reason(json!(1e300), 0), "exp.malformed");
    assert_eq!(reason_for(&changed("iat", json!(NOW + 1)), &verifier()), "iat.in_future");
    assert_eq!(reason_for(&changed("nbf", json!(NOW + 1)), &verifier()), "nbf.not_yet");
    assert_eq!(verifier().leeway(86_400).unwrap_err().reason().code(), "policy.invalid");
}

#[test]
fn fractions_of_a_second_are_dropped() {
    let mut all = serde_json::to_value(claims()).expect("claims are JSON");
    (all["exp"], all["iat"], all["auth_time"]) =
        (json!(1_700_000_900.9), json!(1.7e9), json!(1_699_999_940.9));
    let read: AccessClaims = serde_json::from_value(all).expect("good claims");
    assert_eq!(read, claims());
}

#[test]
fn mapped_claims_never_stand_in_for_others() {
    let signer = signer(key()).expect("a good type");
    for name in RESERVED {
        let refused = sign(&with_extra(name, &json!("x")), &signer).unwrap_err();
        assert_eq!(refused, SignError::Reserved { name: (*name).to_owned() });
    }
    let own = serde_json::to_value(claims()).expect("claims are JSON");
    for name in own.as_object().expect("an object").keys() {
        assert!(is_reserved(name), "{name}");
    }
    for free in ["email", "role", "https://example.com/sub", "Sub", "sub "] {
        assert!(sign(&with_extra(free, &json!("x")), &signer).is_ok(), "{free}");
    }
    assert!(RESERVED.is_sorted(), "the search needs it");
}

#[test]
fn a_token_stays_within_its_budget() {
    let signer = signer(shared()).expect("a good type");
    let (mut warned, mut refused) = (None, None);
    for length in 0..2_500 {
        match sign(&with_extra("x", &json!("y".repeat(length))), &signer) {
            Ok(issued) => {
                assert!(issued.token.len() <= 3072 && refused.is_none(), "{length}");
                assert_eq!(issued.size_warning, issued.token.len() > 1024, "{length}");
                warned = warned.or(issued.size_warning.then_some(issued.token.len()));
            }
            Err(SignError::TooLarge { size }) => {
                assert!(size > 3072, "{length}");
                refused = refused.or(Some(size));
            }
            Err(other) => panic!("{other}"),
        }
    }
    // One more byte of claims is one or two more characters.
    assert!(matches!(warned, Some(1025..=1026)), "{warned:?}");
    assert!(matches!(refused, Some(3073..=3074)), "{refused:?}");
}

#[test]
fn a_token_that_verifiers_would_refuse_is_not_made() {
    let deep = (0..40).fold(json!(1), |inside, _| json!([inside]));
    let wide: Value =
        (0..300).map(|at| (format!("{at}"), json!(1))).collect::<serde_json::Map<_, _>>().into();
    let signer = signer(key()).expect("a good type");
    for (value, code) in [(deep, "malformed.depth"), (wide, "malformed.size")] {
        match sign(&with_extra("x", &value), &signer) {
            Err(SignError::Jose(error)) => assert_eq!(error.reason().code(), code),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_shared_secret_never_speaks_to_the_issuer() {
    let signer = signer(shared()).expect("a good type");
    let keys = KeySet::new([signer.verifying_key()]);
    let mut claims = claims();
    let token = sign(&claims, &signer).expect("for an API").token;
    assert!(verifier().verify(&token, &keys, NOW).is_ok());

    claims.aud = vec!["api".into(), ISSUER.into()];
    assert_eq!(sign(&claims, &signer).unwrap_err(), SignError::SymmetricForIssuer);

    let forged = signer.sign(&claims).expect("an API signs on its own");
    let refused = Verifier::new(ISSUER, ISSUER).verify(&forged, &keys, NOW).unwrap_err();
    assert_eq!(refused.reason().code(), "alg.not_allowed");
}

#[test]
fn another_key_and_a_changed_token_are_refused() {
    let (ours, other) = (signer(key()).expect("a good type"), signer(key()).expect("a good type"));
    let keys = KeySet::new([ours.verifying_key()]);
    let token = sign(&claims(), &other).expect("signed").token;
    assert_eq!(verifier().verify(&token, &keys, NOW).unwrap_err().reason().code(), "signature.invalid");
    let refresh_token = format!("jgr_{}", "A".repeat(108));
    assert_eq!(verifier().verify(&refresh_token, &keys, NOW).unwrap_err().reason().code(), "malformed.parts");
}

#[test]
fn debug_does_not_show_the_token() {
    let issued = sign(&claims(), &signer(key()).expect("a good type")).expect("signed");
    assert_eq!(format!("{issued:?}"), "Issued { size_warning: false, .. }");
}

#[test]
fn the_linter_finds_no_fault_with_it() {
    let judged = |key: SigningKey| {
        let signer = signer(key).expect("a good type");
        let keys = KeySet::new([signer.verifying_key()]);
        let token = sign(&claims(), &signer).expect("good claims").token;
        let question = lint::Question::new(&token, NOW).keys(&keys).agreed_claims(RESERVED);
        lint::token(&question).iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
    };
    assert_eq!(judged(key()), [""; 0]);
    // Without a key id the shared secret has nothing to name; who checks with it can sign with it.
    assert_eq!(judged(shared()), ["access-symmetric"]);
}
