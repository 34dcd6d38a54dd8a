//! Rows 13 to 26: what else a header can try.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, JwkSet, KeySet, Reason, VerifyingKey, jwt};
use serde_json::{Value, json};

use crate::support::{claims, forge_with, forged_keys, judge, key, verdict};

#[test]
fn row_13_a_key_inside_the_header() {
    let attacker = b"the attacker's own secret of 32+ bytes";
    let header = json!({
        "alg": "HS256", "typ": "at+jwt", "kid": "h",
        "jwk": {"kty": "oct", "kid": "h", "alg": "HS256", "k": base64url::encode(attacker)},
        "jku": "https://attacker.example/jwks.json", "x5u": "file:///etc/passwd", "x5c": ["MIIB"],
    });
    let token = forge_with(attacker, header.to_string(), claims().to_string());
    assert_eq!(judge(&token, &forged_keys()), Err(Reason::SignatureInvalid));
    // Neither does it spoil a token whose signature is the trusted key's.
    assert!(verdict(header.to_string(), claims().to_string()).is_ok());
}

fn with_kid(kid: &Value) -> Result<Value, Reason> {
    verdict(json!({"alg": "HS256", "typ": "at+jwt", "kid": kid}).to_string(), claims().to_string())
}

#[test]
fn row_18_kid_as_a_path() {
    for kid in ["../../../dev/null", "/etc/passwd", "h\0", "%2e%2e/h", "./h", "h/", "C:\\h"] {
        assert_eq!(with_kid(&kid.into()), Err(Reason::KeyUnknownKid), "{kid:?}");
    }
}

#[test]
fn row_19_kid_as_code() {
    for kid in ["' OR 1=1--", "*)(uid=*", "$(id)", "{{7*7}}", "h'--", "h\r\nX-Injected: 1", "\u{1b}[2Jh"] {
        assert_eq!(with_kid(&kid.into()), Err(Reason::KeyUnknownKid), "{kid:?}");
        let token = crate::support::forge(json!({"alg": "HS256", "kid": kid}).to_string(), "{}");
        let error = crate::support::verify(&token, &forged_keys()).unwrap_err();
        assert!(error.to_string().bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{error}");
    }
}

#[test]
fn row_20_kid_of_another_type_or_size() {
    for kid in
        [json!(1), json!({"a": 1}), json!(["h"]), json!(null), json!(true), json!(""), json!("h".repeat(513))]
    {
        assert_eq!(with_kid(&kid), Err(Reason::KeyUnknownKid), "{kid}");
    }
    assert_eq!(with_kid(&"h".repeat(1 << 20).into()), Err(Reason::MalformedSize));
    // Also where no key has a name and any name would do.
    let unnamed = KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, crate::support::SECRET).unwrap()]);
    for kid in ["1", "\"\"", "{}", "[]"] {
        let token = crate::support::forge(
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":{kid}}}"#),
            claims().to_string(),
        );
        assert_eq!(judge(&token, &unnamed), Err(Reason::KeyUnknownKid), "{kid}");
    }
}

#[test]
fn an_empty_kid_of_a_key_is_none() {
    let key = jotgate_jose::SigningKey::generate(Algorithm::Hs256).unwrap().with_kid("");
    assert_eq!((key.kid(), key.verifying_key().with_kid("").kid()), (None, None));
    let token = jwt::Signer::new(key.clone(), "at+jwt").unwrap().sign(&claims()).unwrap();
    assert!(judge(&token, &KeySet::new([key.verifying_key()])).is_ok());
}

#[test]
fn row_21_kid_of_another_issuers_key() {
    let token = jwt::sign(&claims(), &key(Algorithm::Es256).clone().with_kid("b-1")).unwrap();
    let ours = KeySet::new([key(Algorithm::Ed25519).verifying_key().with_kid("a-1")]);
    assert_eq!(judge(&token, &ours), Err(Reason::KeyUnknownKid));
}

#[test]
fn row_23_one_kid_for_two_keys() {
    let published = |algorithm: Algorithm| -> Value {
        let jwk = key(algorithm).public_jwk().unwrap().with_kid("same").to_json().unwrap();
        serde_json::from_str(&jwk).unwrap()
    };
    let token = |algorithm: Algorithm| {
        jwt::Signer::new(key(algorithm).clone().with_kid("same"), "at+jwt").unwrap().sign(&claims()).unwrap()
    };
    let set = |keys: &[Value]| KeySet::from(&JwkSet::parse(json!({ "keys": keys }).to_string()).unwrap());
    let mixed = set(&[published(Algorithm::Rs256), published(Algorithm::Es256)]);
    assert!(judge(&token(Algorithm::Rs256), &mixed).is_ok());
    assert!(judge(&token(Algorithm::Es256), &mixed).is_ok());
    assert_eq!(judge(&token(Algorithm::Ps256), &mixed), Err(Reason::AlgKeyMismatch));
    assert_eq!(judge(&token(Algorithm::Ed25519), &mixed), Err(Reason::AlgKeyMismatch));

    // Two keys that both fit are no choice this library makes.
    let other = jotgate_jose::SigningKey::generate(Algorithm::Es256).unwrap().with_kid("same");
    let other: Value = serde_json::from_str(&other.public_jwk().unwrap().to_json().unwrap()).unwrap();
    let twice = set(&[published(Algorithm::Es256), other]);
    assert_eq!(judge(&token(Algorithm::Es256), &twice), Err(Reason::KeyAmbiguous));
    // The same key listed twice is one key.
    let same = set(&[published(Algorithm::Es256), published(Algorithm::Es256)]);
    assert!(judge(&token(Algorithm::Es256), &same).is_ok());
}

#[test]
fn symmetric_and_asymmetric_keys_do_not_share_a_set() {
    let mut keys = forged_keys();
    let token = crate::support::forge(crate::support::HEADER, claims().to_string());
    assert!(judge(&token, &keys).is_ok());
    keys.push(key(Algorithm::Es256).verifying_key());
    assert_eq!(judge(&token, &keys), Err(Reason::KeyAmbiguous));
    let asymmetric = jwt::sign(&claims(), key(Algorithm::Es256)).unwrap();
    assert_eq!(judge(&asymmetric, &keys), Err(Reason::KeyAmbiguous));
}

#[test]
fn a_token_without_kid_needs_a_set_with_one_fitting_key() {
    let token = jwt::Signer::new(key(Algorithm::Es256).clone(), "at+jwt").unwrap().sign(&claims()).unwrap();
    let unnamed = jotgate_jose::SigningKey::generate(Algorithm::Es256).unwrap();
    let nameless = jwt::Signer::new(unnamed.clone(), "at+jwt").unwrap().sign(&claims()).unwrap();
    let one = KeySet::new([unnamed.verifying_key(), key(Algorithm::Es384).verifying_key()]);
    assert!(judge(&nameless, &one).is_ok());
    let two = KeySet::new([unnamed.verifying_key(), key(Algorithm::Es256).verifying_key()]);
    assert_eq!(judge(&nameless, &two), Err(Reason::KeyAmbiguous));
    // A token with a name goes to the key of that name, although a nameless one would fit too.
    assert!(judge(&token, &two).is_ok());
    assert_eq!(judge(&token, &KeySet::default()), Err(Reason::KeyUnknownKid));
}

#[test]
fn row_24_crit() {
    for (header, reason) in [
        (r#"{"alg":"HS256","kid":"h","crit":["exp"],"exp":1}"#, Reason::CritUnsupported),
        (r#"{"alg":"HS256","kid":"h","crit":["foo"],"foo":1}"#, Reason::CritUnsupported),
        (r#"{"alg":"HS256","kid":"h","crit":["b64"],"b64":false}"#, Reason::CritUnsupported),
        (r#"{"alg":"HS256","kid":"h","crit":["b64"],"b64":true}"#, Reason::CritUnsupported),
        (r#"{"alg":"HS256","kid":"h","crit":["alg"]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":["kid"]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":["crit"]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":[]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":"b64"}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":null}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":{"b64":true}}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":[1]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":["foo","foo"],"foo":1}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":["foo","f\u006fo"],"foo":1}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","crit":["foo"]}"#, Reason::CritMalformed),
        (r#"{"alg":"HS256","kid":"h","\u0063rit":["foo"],"foo":1}"#, Reason::CritUnsupported),
    ] {
        assert_eq!(verdict(header, claims().to_string()), Err(reason), "{header}");
    }
}

#[test]
fn row_25_b64_outside_crit() {
    for value in ["false", "\"false\"", "null", "0", "[]"] {
        let header = format!(r#"{{"alg":"HS256","kid":"h","b64":{value}}}"#);
        assert_eq!(verdict(header, claims().to_string()), Err(Reason::CritMalformed), "{value}");
    }
}

#[test]
fn row_26_duplicate_members() {
    for header in [
        r#"{"alg":"HS256","alg":"HS256","kid":"h"}"#,
        r#"{"alg":"HS256","kid":"h","\u0061lg":"none"}"#,
        r#"{"alg":"none","alg":"HS256","kid":"h"}"#,
        r#"{"alg":"HS256","kid":"h","kid":"i"}"#,
        r#"{"alg":"HS256","kid":"h","x":1,"x":2}"#,
    ] {
        assert_eq!(verdict(header, claims().to_string()), Err(Reason::MalformedDuplicateMember), "{header}");
    }
    for (name, json) in [
        ("sub", r#""17","sub":"18""#),
        ("exp", r#"1,"exp":9999999999"#),
        ("exp", r#"9999999999,"\u0065xp":1"#),
        ("zzz", r#"1,"zzz":1"#),
    ] {
        assert_eq!(crate::support::verdict_raw(name, json), Err(Reason::MalformedDuplicateMember), "{name}");
    }
}

#[test]
fn row_27_duplicate_members_further_down() {
    for json in [r#"{"a":1,"a":2}"#, r#"[[{"b":{"a":1,"\u0061":2}}]]"#] {
        assert_eq!(crate::support::verdict_raw("cnf", json), Err(Reason::MalformedDuplicateMember), "{json}");
    }
    let header = r#"{"alg":"HS256","kid":"h","jwk":{"k":"a","k":"b"}}"#;
    assert_eq!(verdict(header, claims().to_string()), Err(Reason::MalformedDuplicateMember));
}
