//! Rows 13 to 26: what else a header can try.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, JwkSet, KeySet, Reason, VerifyingKey, jwt};
use serde_json::{Value, json};

use crate::support::{
    claims, flattened, forge_json, forge_with, forged_keys, general, in_every_form, judge, judge_json, key,
    verdict,
};

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

/// The verdicts on a token that says where its key is to be had: signed by whoever is there, and by us. The library
/// opens no file and no connection, so all it could do is believe; it judges by its own keys alone.
fn pointing(members: &Value) -> [Result<(), Reason>; 2] {
    let attacker = b"the attacker's own secret of 32+ bytes";
    let mut header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "h"});
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    // The JSON forms have a second place for it.
    let payload = "e30";
    let mut member = forge_json(r#"{"alg":"HS256","kid":"h"}"#, payload);
    member["header"] = members.clone();
    assert_eq!(judge_json(&flattened(member, payload)), None);
    let theirs = forge_with(attacker, header.to_string(), claims().to_string());
    [judge(&theirs, &forged_keys()).map(drop), verdict(header.to_string(), claims().to_string()).map(drop)]
}

#[test]
fn row_14_jku_is_never_followed() {
    for url in
        ["https://attacker.example/jwks.json", "https://id.example/redirect?to=//attacker.example/jwks"]
    {
        assert_eq!(pointing(&json!({"jku": url})), [Err(Reason::SignatureInvalid), Ok(())], "{url}");
        // Nor does a name found there become a key of ours.
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "theirs", "jku": url});
        assert_eq!(verdict(header.to_string(), claims().to_string()), Err(Reason::KeyUnknownKid));
    }
}

#[test]
fn row_15_jku_that_is_almost_ours() {
    for url in [
        "https://id.example@attacker.example/jwks.json",
        "https://id.example#@attacker.example/",
        "https://ID.EXAMPLE/jwks.json",
        "https://id.ex\u{430}mple/jwks.json",
        "https://id.example./jwks.json",
        "https://id.example:443/jwks.json",
    ] {
        assert_eq!(pointing(&json!({"jku": url})), [Err(Reason::SignatureInvalid), Ok(())], "{url}");
    }
}

#[test]
fn row_16_addresses_nobody_should_call() {
    for url in [
        "http://id.example/jwks.json",
        "file:///etc/passwd",
        "data:application/json,{}",
        "gopher://127.0.0.1:6379/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://2130706433/",
    ] {
        for name in ["jku", "x5u"] {
            assert_eq!(pointing(&json!({name: url})), [Err(Reason::SignatureInvalid), Ok(())], "{url}");
        }
    }
}

#[test]
fn row_17_certificates_in_the_header() {
    for members in [
        json!({"x5c": ["MIIBszCCARygAwIBAgIBATANBgkqhkiG9w0BAQsFADAA"]}),
        json!({"x5t": "dGhlIHRodW1icHJpbnQgb2YgYSBrZXk"}),
        json!({"x5t#S256": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ", "x5c": ["not even base64"]}),
        json!({"x5c": 17, "x5t": null}),
    ] {
        assert_eq!(pointing(&members), [Err(Reason::SignatureInvalid), Ok(())], "{members}");
    }
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

/// Why a token with this header is refused, if it is.
fn token_with(header: &str) -> Option<Reason> {
    verdict(header, claims().to_string()).err()
}

#[test]
fn row_24_crit() {
    for (crit, reason) in [
        (r#""crit":["exp"],"exp":1"#, Reason::CritUnsupported),
        (r#""crit":["foo"],"foo":1"#, Reason::CritUnsupported),
        (r#""crit":["b64","foo"],"b64":true,"foo":1"#, Reason::CritUnsupported),
        (r#""\u0063rit":["foo"],"foo":1"#, Reason::CritUnsupported),
        (r#""crit":["alg"]"#, Reason::CritMalformed),
        (r#""crit":["kid"]"#, Reason::CritMalformed),
        (r#""crit":["crit"]"#, Reason::CritMalformed),
        (r#""crit":[]"#, Reason::CritMalformed),
        (r#""crit":"b64""#, Reason::CritMalformed),
        (r#""crit":"b64","b64":false"#, Reason::CritMalformed),
        (r#""crit":null"#, Reason::CritMalformed),
        (r#""crit":17"#, Reason::CritMalformed),
        (r#""crit":{"b64":true}"#, Reason::CritMalformed),
        (r#""crit":[1]"#, Reason::CritMalformed),
        (r#""crit":["b64",null],"b64":true"#, Reason::CritMalformed),
        (r#""crit":["foo","foo"],"foo":1"#, Reason::CritMalformed),
        (r#""crit":["foo","f\u006fo"],"foo":1"#, Reason::CritMalformed),
        (r#""crit":["b64","b64"],"b64":true"#, Reason::CritMalformed),
        (r#""crit":["foo"]"#, Reason::CritMalformed),
        (r#""crit":["b64"]"#, Reason::CritMalformed),
    ] {
        let header = format!(r#"{{"alg":"HS256","kid":"h",{crit}}}"#);
        assert_eq!((in_every_form(&header), token_with(&header)), (Some(reason), Some(reason)), "{crit}");
    }
    for crit in [json!(["b64"]), json!(["foo"]), json!([]), json!("b64"), json!(null)] {
        let mut member = forge_json(r#"{"alg":"HS256"}"#, "e30");
        member["header"] = json!({"crit": crit, "foo": 1});
        assert_eq!(judge_json(&flattened(member.clone(), "e30")), Some(Reason::CritMalformed), "{crit}");
        assert_eq!(judge_json(&general(&[member], "e30")), Some(Reason::CritMalformed), "{crit}");
    }
    // Neither does a list without an end cost more than its reading.
    let many: Vec<_> = (0..100_000).map(|at| format!("x{at}")).collect();
    let header = json!({"alg": "HS256", "crit": many}).to_string();
    let member = forge_json(&header, "e30");
    assert_eq!(judge_json(&flattened(member, "e30")), Some(Reason::MalformedSize));
    let header = json!({"alg": "HS256", "crit": many[..20_000]}).to_string();
    assert_eq!(in_every_form(&header), Some(Reason::CritMalformed));
}

#[test]
fn row_25_b64() {
    let header = |more: &str| format!(r#"{{"alg":"HS256","kid":"h",{more}}}"#);
    for value in ["false", "\"false\"", "null", "0", "[]"] {
        let header = header(&format!(r#""b64":{value}"#));
        let reasons = (in_every_form(&header), token_with(&header));
        assert_eq!(reasons, (Some(Reason::CritMalformed), Some(Reason::CritMalformed)), "{value}");
    }
    for value in ["\"false\"", "null", "0", "[]", "{}"] {
        let header = header(&format!(r#""crit":["b64"],"b64":{value}"#));
        assert_eq!(in_every_form(&header), Some(Reason::CritMalformed), "{value}");
        assert_eq!(token_with(&header), Some(Reason::CritUnsupported), "{value}");
    }
    // Understood in a JWS, never in a JWT.
    for value in ["true", "false"] {
        let header = header(&format!(r#""crit":["b64"],"b64":{value}"#));
        assert_eq!((in_every_form(&header), token_with(&header)), (None, Some(Reason::CritUnsupported)));
    }
    assert_eq!(in_every_form(&header(r#""b64":true"#)), None);
    for value in [json!(false), json!(true)] {
        let mut member = forge_json(r#"{"alg":"HS256"}"#, "e30");
        member["header"] = json!({"b64": value});
        assert_eq!(judge_json(&flattened(member, "e30")), Some(Reason::CritMalformed), "{value}");
    }
    // Signatures of one document agree, or the same text would be two payloads.
    let (encoded, plain) = (r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let pair = [forge_json(encoded, "e30"), forge_json(plain, "e30")];
    assert_eq!(judge_json(&general(&pair, "e30")), Some(Reason::CritMalformed));
    assert_eq!(judge_json(&general(&[pair[1].clone(), pair[1].clone()], "e30")), None);
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
