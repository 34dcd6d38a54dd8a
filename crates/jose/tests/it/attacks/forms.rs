//! Rows 57, 58 and 86 to 88: encrypted objects, and JWS in JSON.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Error, Reason, jws, jwt};
use serde_json::{Value, json};

use crate::support::{
    claims, flattened, forge, forge_json, forged_keys, general, judge, judge_json, key, keys, verify,
};

const GOOD: &str = r#"{"alg":"HS256","kid":"h"}"#;

fn good() -> Value {
    forge_json(GOOD, "e30")
}

/// Five segments around these bytes, as if they were encrypted.
fn five_parts(ciphertext: &[u8]) -> String {
    let header = base64url::encode(br#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
    [
        header,
        base64url::encode(&[1; 256]),
        base64url::encode(&[2; 12]),
        base64url::encode(ciphertext),
        "AAAA".into(),
    ]
    .join(".")
}

#[test]
fn row_57_an_encrypted_token_where_a_signed_one_is_wanted() {
    let signed = forge(r#"{"alg":"HS256","typ":"at+jwt","kid":"h"}"#, claims().to_string());
    for inside in [claims().to_string(), signed] {
        let token = five_parts(inside.as_bytes());
        let error = verify(&token, &forged_keys()).unwrap_err();
        assert_eq!(error.reason(), Reason::MalformedParts);
        assert!(error.hint().unwrap().contains("JWE"), "{error}");
        assert_eq!(jws::verify(&token, &forged_keys()).unwrap_err().reason(), Reason::MalformedParts);
    }
    // The JSON form of it, even with a good signature of ours beside the ciphertext.
    let mut both = good();
    both["ciphertext"] = "AAAA".into();
    let error = jws::verify_json(&flattened(both, "e30"), &forged_keys()).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedParts);
    assert!(error.to_string().contains("JWE"), "{error}");
}

#[test]
fn row_58_whatever_was_encrypted_to_our_public_key_is_not_signed() {
    // Anybody can encrypt to a public key. Inside, as outside, `none` is no signature.
    let unsigned = forge(r#"{"alg":"none","typ":"at+jwt"}"#, claims().to_string());
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    for &algorithm in Algorithm::ALL {
        assert_eq!(judge(&five_parts(unsigned.as_bytes()), &keys(algorithm)), Err(Reason::MalformedParts));
        assert_eq!(judge(&unsigned, &keys(algorithm)), Err(Reason::AlgNone));
        // An encryption algorithm in three segments is none of signatures.
        let disguised = forge(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, claims().to_string());
        assert_eq!(judge(&disguised, &keys(algorithm)), Err(Reason::AlgUnknown));
    }
}

#[test]
fn row_86_no_signature_and_ten_thousand() {
    assert_eq!(judge_json(&general(&[], "e30")), Some(Reason::MalformedParts));
    let times = |count: usize| judge_json(&general(&vec![good(); count], "e30"));
    assert_eq!((times(1), times(jws::MAX_SIGNATURES)), (None, None));
    assert_eq!(times(jws::MAX_SIGNATURES + 1), Some(Reason::MalformedSize));
    let small = json!({"payload": "e30", "signatures": vec![json!({"signature": ""}); 10_000]}).to_string();
    assert_eq!(judge_json(&small), Some(Reason::MalformedSize));
    assert_eq!(judge_json(&" ".repeat(jws::MAX_LEN + 1)), Some(Reason::MalformedSize));

    // One good signature is enough, wherever it stands; none is not.
    let mut bad = good();
    bad["signature"] = base64url::encode(&[0; 32]).into();
    assert_eq!(judge_json(&general(&[good(), bad.clone()], "e30")), None);
    let second = jws::verify_json(&general(&[bad.clone(), good()], "e30"), &forged_keys()).unwrap();
    assert_eq!(second.signature().index(), 1);
    assert_eq!(judge_json(&general(&[bad.clone(), bad], "e30")), Some(Reason::SignatureInvalid));
    // A signature over another payload does not count for this one.
    let other = forge_json(GOOD, "bm90IHRoaXM");
    assert_eq!(judge_json(&general(&[other], "e30")), Some(Reason::SignatureInvalid));
    // What is broken is refused whole, because two readers would not agree where it ends.
    for broken in [
        json!(null),
        json!([]),
        json!({}),
        json!({"signature": 1}),
        json!({"protected": "e30", "signature": "="}),
    ] {
        let reason = judge_json(&general(&[good(), broken.clone()], "e30"));
        let is_whole = matches!(broken.get("signature"), Some(Value::String(_)));
        // The second has its parts, and fails only as a signature.
        assert_eq!(reason, if is_whole { None } else { Some(Reason::MalformedParts) }, "{broken}");
    }
}

#[test]
fn row_86_the_forms_do_not_mix() {
    let member = good();
    let both = json!({
        "payload": "e30", "signatures": [good()], "signature": member["signature"], "protected": member["protected"],
    });
    assert_eq!(judge_json(&both.to_string()), Some(Reason::MalformedParts));
    for extra in ["signature", "protected", "header"] {
        let mut mixed = json!({"payload": "e30", "signatures": [good()]});
        mixed[extra] = if extra == "header" { json!({}) } else { member[extra].clone() };
        assert_eq!(judge_json(&mixed.to_string()), Some(Reason::MalformedParts), "{extra}");
    }
    for (name, value) in [
        ("payload", json!(1)),
        ("payload", json!({})),
        ("signatures", json!({})),
        ("signatures", json!("")),
        ("protected", json!({"alg": "HS256"})),
        ("header", json!("e30")),
        ("signature", json!(null)),
    ] {
        let mut wrong: Value = serde_json::from_str(&flattened(good(), "e30")).unwrap();
        wrong[name] = value;
        assert_eq!(judge_json(&wrong.to_string()), Some(Reason::MalformedParts), "{name}");
    }
    assert_eq!(judge_json(r#"{"payload":"e30"}"#), Some(Reason::MalformedParts));
    assert_eq!(judge_json("{}"), Some(Reason::MalformedParts));
    assert_eq!(judge_json("[]"), Some(Reason::MalformedJson));
    let text = flattened(good(), "e30");
    assert_eq!(judge_json(&format!("{text}{text}")), Some(Reason::MalformedJson));
    let twice = text.replacen("{\"payload\":\"e30\"", "{\"payload\":\"e31\",\"payload\":\"e30\"", 1);
    assert_ne!(twice, text);
    assert_eq!(judge_json(&twice), Some(Reason::MalformedDuplicateMember));
    // Unknown members are passed over, but must be sound.
    let more = |extra: &str| judge_json(&text.replacen('{', &format!("{{{extra},"), 1));
    assert_eq!(more(r#""unknown":[1,{"a":2}]"#), None);
    assert_eq!(more(r#""unknown":{"a":1,"a":2}"#), Some(Reason::MalformedDuplicateMember));
    assert_eq!(
        more(&format!(r#""unknown":{}{}"#, "[".repeat(40), "]".repeat(40))),
        Some(Reason::MalformedDepth)
    );
}

#[test]
fn row_87_json_forms_are_no_jwt() {
    let token = jwt::sign(&claims(), key(Algorithm::Es256)).unwrap();
    let mut segments = token.split('.');
    let mut next = || segments.next().unwrap();
    let one = json!({"protected": next(), "payload": next(), "signature": next()});
    let many = json!({
        "payload": one["payload"],
        "signatures": [{"protected": one["protected"], "signature": one["signature"]}],
    });
    for form in [one, many] {
        jws::verify_json(&form.to_string(), &keys(Algorithm::Es256)).unwrap();
        let error: Error = verify(&form.to_string(), &keys(Algorithm::Es256)).unwrap_err();
        assert_eq!(error.reason(), Reason::MalformedParts);
        assert!(error.hint().unwrap().contains("compact only"));
        // Nor does the compact door of JWS open for it.
        let error = jws::verify(&form.to_string(), &keys(Algorithm::Es256)).unwrap_err();
        assert_eq!(error.reason(), Reason::MalformedParts);
    }
    assert_eq!(
        jws::verify_json(&token, &keys(Algorithm::Es256)).unwrap_err().reason(),
        Reason::MalformedJson
    );
    // A JSON form that splits into three segments all the same.
    let tricky = format!("{{\"payload\":\"e30\",\"x\":\"{token}\"}}");
    assert_eq!(judge(&tricky, &keys(Algorithm::Es256)), Err(Reason::MalformedBase64));
    assert_eq!(jwt::Unverified::parse(&tricky).unwrap_err().reason(), Reason::MalformedBase64);
}

#[test]
fn row_88_one_name_in_both_headers() {
    for (header, name) in [
        (r#"{"alg":"HS256","kid":"h"}"#, "alg"),
        (r#"{"alg":"HS256","kid":"h"}"#, "kid"),
        (r#"{"alg":"HS256","k\u0069d":"h"}"#, "kid"),
        (r#"{"alg":"HS256","extra":[]}"#, "extra"),
        (r#"{"alg":"HS256","":0}"#, ""),
    ] {
        let mut member = forge_json(header, "e30");
        member["header"] = json!({"other": 1, name: "h"});
        assert_eq!(
            judge_json(&flattened(member.clone(), "e30")),
            Some(Reason::MalformedDuplicateMember),
            "{name}"
        );
        assert_eq!(judge_json(&general(&[member], "e30")), Some(Reason::MalformedDuplicateMember), "{name}");
    }
    // Different names may part the header between the two.
    let mut member = forge_json(r#"{"alg":"HS256"}"#, "e30");
    member["header"] = json!({"kid": "h"});
    assert_eq!(judge_json(&flattened(member.clone(), "e30")), None);
    member["header"] = json!({"kid": "another"});
    assert_eq!(judge_json(&flattened(member, "e30")), Some(Reason::KeyUnknownKid));
}

/// RFC 7520 section 4.7 has nothing protected but the content. The key's algorithm decides all the same.
#[test]
fn row_88_alg_only_in_the_unprotected_header() {
    let bare = |alg: Value| {
        let tag = jotgate_jose::primitive::HmacKey::new(crate::support::SECRET).sign(&[b".e30"]);
        let member = json!({"header": {"alg": alg, "kid": "h"}, "signature": base64url::encode(&tag)});
        flattened(member, "e30")
    };
    assert_eq!(judge_json(&bare("HS256".into())), None);
    assert_eq!(judge_json(&bare("none".into())), Some(Reason::AlgNone));
    assert_eq!(judge_json(&bare("HS512".into())), Some(Reason::AlgKeyMismatch));
    assert_eq!(judge_json(&bare("RS256".into())), Some(Reason::AlgKeyMismatch));
    assert_eq!(judge_json(&bare(json!(null))), Some(Reason::AlgUnknown));
    // What an unprotected header says about the payload is not believed.
    let mut member = good();
    member["header"] = json!({"typ": "at+jwt", "cty": "JWT"});
    let verified = jws::verify_json(&flattened(member, "e30"), &forged_keys()).unwrap();
    assert_eq!((verified.typ(), verified.signature().cty()), (None, None));
    // A JWT has one header, and it is protected.
    assert_eq!(judge(&bare("HS256".into()), &forged_keys()), Err(Reason::MalformedParts));
}
