//! What other Rust libraries were seen to accept, all of it signed with the right key; here each is refused.

use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use serde_json::{Value, json};

use crate::support::{
    HEADER, ISSUER, NOW, SECRET, claims, forge, forged_keys, judge, policy, verdict, verdict_with,
};

fn without(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims.to_string()
}

#[test]
fn an_expected_audience_must_be_there_and_be_one() {
    assert_eq!(verdict(HEADER, without("aud")), Err(Reason::AudMissing));
    assert_eq!(verdict_with(json!({"aud": 123})), Err(Reason::AudMalformed));
    assert_eq!(verdict_with(json!({"aud": ["x", 1]})), Err(Reason::AudMalformed));
}

#[test]
fn an_expected_issuer_must_be_there_and_be_a_string() {
    assert_eq!(verdict(HEADER, without("iss")), Err(Reason::IssMissing));
    assert_eq!(verdict_with(json!({"iss": {"a": 1}})), Err(Reason::IssMalformed));
    assert_eq!(verdict_with(json!({"iss": ["evil", ISSUER]})), Err(Reason::IssMalformed));
}

#[test]
fn unknown_and_empty_crit_and_b64() {
    let with = |members: &str| {
        verdict(format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"h",{members}}}"#), claims().to_string())
    };
    assert_eq!(with(r#""crit":["x"],"x":1"#), Err(Reason::CritUnsupported));
    assert_eq!(with(r#""crit":["b64"],"b64":false"#), Err(Reason::CritUnsupported));
    assert_eq!(with(r#""crit":[]"#), Err(Reason::CritMalformed));
}

#[test]
fn empty_and_short_secrets() {
    for secret in [&b""[..], b"twelve bytes"] {
        assert_eq!(SigningKey::hmac(Algorithm::Hs256, secret).unwrap_err().reason(), Reason::KeyTooSmall);
    }
}

#[test]
fn an_array_does_not_pass_for_claims() {
    #[derive(serde::Deserialize, Debug)]
    #[expect(dead_code, reason = "only its shape matters: serde would read it from a sequence")]
    struct Claims {
        exp: i64,
        nbf: i64,
        sub: String,
        iss: String,
        aud: String,
    }
    let token = forge(HEADER, json!([NOW + 60, NOW, "17", ISSUER, "api"]).to_string());
    let error = jwt::verify::<Claims>(&token, &forged_keys(), &policy(), NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedClaimsNotObject);
}

#[test]
fn enormous_leeway_is_an_error_not_a_panic() {
    assert_eq!(policy().leeway(u32::MAX).unwrap_err().reason(), Reason::PolicyInvalid);
}

#[test]
fn use_and_alg_of_a_jwk_are_kept_to() {
    let jwk = |members: Value| {
        let mut jwk = json!({"kty": "oct", "k": base64url::encode(&[SECRET, SECRET].concat())});
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string()).unwrap())
    };
    assert_eq!(jwk(json!({"use": "enc", "alg": "HS512"})).unwrap_err().reason(), Reason::KeyWrongUse);
    let hs512 = KeySet::new([jwk(json!({"alg": "HS512"})).unwrap()]);
    assert_eq!(judge(&forge(HEADER, claims().to_string()), &hs512), Err(Reason::AlgKeyMismatch));
}

#[test]
fn a_numeric_kid_costs_only_its_own_key() {
    let good = crate::support::key(Algorithm::Es256).public_jwk().unwrap().to_json().unwrap();
    let set = format!(r#"{{"keys":[{},{good}]}}"#, good.replacen("\"kid\":\"key-ES256\"", "\"kid\":1", 1));
    let set = JwkSet::parse(set).unwrap();
    assert_eq!((set.keys().len(), set.unusable().len()), (1, 1));
}

#[test]
fn a_thumbprint_has_no_room_for_injected_text() {
    // Where thumbprints are pasted together from member texts, a quote in `x` changes what is hashed.
    let jwk =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"y\":\"0"}"#;
    assert_eq!(Jwk::parse(jwk).unwrap_err().reason(), Reason::KeyMalformed);
    let escaped = r#"{"kty":"OKP","crv":"Ed25519","x":"\u00311qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(Jwk::parse(escaped).unwrap_err().reason(), Reason::KeyMalformed);
}

#[test]
fn no_exp_and_exp_in_the_past_and_exp_beyond_time() {
    assert_eq!(verdict(HEADER, without("exp")), Err(Reason::ExpMissing));
    assert_eq!(verdict_with(json!({"exp": NOW - 800, "iat": NOW - 900})), Err(Reason::ExpExpired));
    assert_eq!(
        verdict(HEADER, without("exp").replacen('{', "{\"exp\":1e300,", 1)),
        Err(Reason::ExpMalformed)
    );
}

#[test]
fn an_audience_nobody_asked_about_needs_a_decision() {
    // There is no policy without one; "any" has to be said.
    let aware = Policy::new(Issuer::exact(ISSUER), Audience::any_of(["other"]), Typ::exact("at+jwt"));
    let token = forge(HEADER, claims().to_string());
    let error = jwt::verify::<Value>(&token, &forged_keys(), &aware, NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::AudMismatch);
}

#[test]
fn a_key_of_a_kind_to_come_leaves_the_set_usable() {
    let good = crate::support::key(Algorithm::Es256).public_jwk().unwrap().to_json().unwrap();
    let set = format!(r#"{{"keys":[{{"kty":"AKP","alg":"ML-DSA-65","pub":"AA"}},{good}]}}"#);
    assert_eq!(KeySet::from(&JwkSet::parse(set).unwrap()).keys().len(), 1);
}
