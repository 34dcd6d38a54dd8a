//! Rows 21 and 52: several issuers at one verifier.

use jotgate_jose::jwt::{Audience, Issuer, Issuers, Policy, Scratch, Signer, Typ, Verified};
use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey, jws};
use serde_json::{Value, json};

use crate::support::{NOW, judge, key};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

fn policy(issuer: &str) -> Policy {
    Policy::new(Issuer::exact(issuer), Audience::any_of(["api"]), Typ::exact("at+jwt"))
}

fn set(key: &SigningKey) -> KeySet {
    KeySet::new([key.verifying_key()])
}

/// A signs with ES256, B with Ed25519.
fn issuers() -> Issuers {
    Issuers::new()
        .trust(set(key(Algorithm::Es256)), policy(A))
        .unwrap()
        .trust(set(key(Algorithm::Ed25519)), policy(B))
        .unwrap()
}

fn claims(iss: Value) -> Value {
    json!({"iss": iss, "aud": "api", "sub": "17", "exp": NOW + 600})
}

fn token(key: &SigningKey, claims: &Value) -> String {
    Signer::new(key.clone(), "at+jwt").unwrap().sign(claims).unwrap()
}

/// Both ways in, which must agree.
fn verdict(issuers: &Issuers, token: &str) -> Result<Value, Reason> {
    let owned =
        issuers.verify::<Value>(token, NOW).map(Verified::into_claims).map_err(|error| error.reason());
    let mut scratch = Scratch::new();
    let borrowed = issuers.verify_in::<Value>(token, &mut scratch, NOW);
    assert_eq!(owned, borrowed.map(Verified::into_claims).map_err(|error| error.reason()));
    owned
}

#[test]
fn each_issuer_speaks_for_itself() {
    for (key, issuer) in [(key(Algorithm::Es256), A), (key(Algorithm::Ed25519), B)] {
        let claims = claims(json!(issuer));
        assert_eq!(verdict(&issuers(), &token(key, &claims)), Ok(claims));
    }
}

#[test]
fn row_21_kid_of_another_issuers_key() {
    let (a, b) = (key(Algorithm::Es256), key(Algorithm::Ed25519));
    assert_eq!(verdict(&issuers(), &token(b, &claims(json!(A)))), Err(Reason::KeyUnknownKid));
    assert_eq!(verdict(&issuers(), &token(a, &claims(json!(B)))), Err(Reason::KeyUnknownKid));
    // Not even when the names agree, and the algorithms too.
    let twin = SigningKey::generate(Algorithm::Es256).unwrap().with_kid(a.kid().unwrap());
    let issuers = Issuers::new().trust(set(a), policy(A)).unwrap().trust(set(&twin), policy(B)).unwrap();
    assert_eq!(verdict(&issuers, &token(&twin, &claims(json!(A)))), Err(Reason::SignatureInvalid));
    assert!(verdict(&issuers, &token(&twin, &claims(json!(B)))).is_ok());
}

#[test]
fn row_52_one_issuer_with_the_others_key() {
    let (a, b) = (key(Algorithm::Es256), key(Algorithm::Ed25519));
    let renamed = b.clone().with_kid(a.kid().unwrap());
    assert_eq!(verdict(&issuers(), &token(&renamed, &claims(json!(A)))), Err(Reason::AlgKeyMismatch));
    // Without the verifier of several issuers, separate sets do the same.
    assert_eq!(judge(&token(b, &claims(json!(A))), &set(a)), Err(Reason::KeyUnknownKid));
    // A key both publish is each one's key for its own tokens.
    let shared = Issuers::new().trust(set(a), policy(A)).unwrap().trust(set(a), policy(B)).unwrap();
    assert!(verdict(&shared, &token(a, &claims(json!(A)))).is_ok());
    assert!(verdict(&shared, &token(a, &claims(json!(B)))).is_ok());
}

#[test]
fn an_issuer_nobody_trusts_has_no_keys() {
    let a = key(Algorithm::Es256);
    for almost in
        ["https://a.example/", "HTTPS://a.example", "https://a.exampl\u{435}", "", "https://c.example"]
    {
        assert_eq!(
            verdict(&issuers(), &token(a, &claims(json!(almost)))),
            Err(Reason::IssMismatch),
            "{almost}"
        );
    }
    for wrong in [json!([A]), json!({"iss": A}), json!(null), json!(1)] {
        assert_eq!(
            verdict(&issuers(), &token(a, &claims(wrong.clone()))),
            Err(Reason::IssMalformed),
            "{wrong}"
        );
    }
    let nameless = json!({"aud": "api", "exp": NOW + 600});
    assert_eq!(verdict(&issuers(), &token(a, &nameless)), Err(Reason::IssMissing));
    assert_eq!(verdict(&Issuers::new(), &token(a, &claims(json!(A)))), Err(Reason::IssMismatch));
    // Two issuers in one payload: neither is asked.
    let both = format!(r#"{{"iss":"{A}","iss":"{B}","aud":"api","exp":{}}}"#, NOW + 600);
    let both = jws::sign(both.as_bytes(), a, &jws::Extras::typ("at+jwt")).unwrap();
    assert_eq!(verdict(&issuers(), &both), Err(Reason::MalformedDuplicateMember));
    let array = jws::sign(b"[]", a, &jws::Extras::typ("at+jwt")).unwrap();
    assert_eq!(verdict(&issuers(), &array), Err(Reason::MalformedClaimsNotObject));
}

#[test]
fn the_chosen_policy_is_that_issuers() {
    let (a, b) = (key(Algorithm::Es256), key(Algorithm::Ed25519));
    let stricter = policy(B).require("nonce").max_len(2000);
    let issuers = Issuers::new().trust(set(a), policy(A)).unwrap().trust(set(b), stricter).unwrap();
    assert!(verdict(&issuers, &token(a, &claims(json!(A)))).is_ok());
    assert_eq!(verdict(&issuers, &token(b, &claims(json!(B)))), Err(Reason::ClaimMissing));
    let mut long = claims(json!(B));
    (long["nonce"], long["pad"]) = (json!("n"), json!("x".repeat(2000)));
    assert_eq!(verdict(&issuers, &token(b, &long)), Err(Reason::MalformedSize));
    long["iss"] = json!(A);
    assert!(verdict(&issuers, &token(a, &long)).is_ok());
    long["pad"] = json!("x".repeat(20_000));
    assert_eq!(verdict(&issuers, &token(a, &long)), Err(Reason::MalformedSize));
}

#[test]
fn a_policy_for_one_of_several_names_it() {
    let refused = |issuers: Issuers, policy| issuers.trust(KeySet::default(), policy).unwrap_err().reason();
    let any = Policy::new(Issuer::any(), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    assert_eq!(refused(issuers(), any), Reason::PolicyInvalid);
    assert_eq!(refused(issuers(), policy("")), Reason::PolicyInvalid);
    assert_eq!(refused(issuers(), policy(A)), Reason::PolicyInvalid);
}

#[test]
fn rotation_replaces_keys_and_brings_nobody_in() {
    let (old, new) = (key(Algorithm::Es256), key(Algorithm::Es384));
    let mut issuers = issuers();
    assert!(issuers.replace_keys(A, set(new)));
    assert_eq!(verdict(&issuers, &token(old, &claims(json!(A)))), Err(Reason::KeyUnknownKid));
    assert!(verdict(&issuers, &token(new, &claims(json!(A)))).is_ok());
    assert!(!issuers.replace_keys("https://c.example", set(old)));
    assert_eq!(verdict(&issuers, &token(old, &claims(json!("https://c.example")))), Err(Reason::IssMismatch));
    assert!(issuers.names().eq([A, B]));
}
