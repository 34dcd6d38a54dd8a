//! Row 56: tokens in tokens.

use jotgate_jose::jwt::{Envelope, Policy, Typ, Verified};
use jotgate_jose::{Algorithm, Error, KeySet, Reason, jws, jwt};
use serde_json::Value;

use crate::support::{HEADER, NOW, claims, forge, forged_keys, key, keys, policy};

fn plain() -> String {
    forge(HEADER, claims().to_string())
}

fn wrap(token: &str) -> String {
    let extras = jws::Extras::typ("JWT").cty("JWT");
    jws::sign(token.as_bytes(), key(Algorithm::Es256), &extras).unwrap()
}

fn nested(token: &str, policy: &Policy) -> Result<Value, Error> {
    let outer = keys(Algorithm::Es256);
    let envelope = Envelope::new(&outer, Typ::exact("JWT"));
    jwt::verify_nested(token, &envelope, &forged_keys(), policy, NOW).map(Verified::into_claims)
}

fn reason(token: &str) -> Reason {
    nested(token, &policy()).unwrap_err().reason()
}

#[test]
fn row_56_a_token_in_a_token_only_where_asked_for() {
    assert_eq!(nested(&wrap(&plain()), &policy()), Ok(claims()));
    let wrapped = wrap(&plain());
    let any = Policy::new(jwt::Issuer::any(), jwt::Audience::any(), Typ::any());
    let refused = jwt::verify::<Value>(&wrapped, &keys(Algorithm::Es256), &any, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::TypMismatch);
    assert!(refused.hint().unwrap().contains("verify_nested"), "{refused}");
    // Every spelling of the media type, and whatever the payload is.
    for cty in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
        let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","cty":"{cty}","kid":"h"}}"#);
        for payload in [plain(), claims().to_string()] {
            let token = forge(&header, payload);
            let refused = jwt::verify::<Value>(&token, &forged_keys(), &policy(), NOW).unwrap_err();
            assert_eq!(refused.reason(), Reason::TypMismatch, "{cty}");
        }
    }
    // Another `cty` says nothing that matters here.
    let other = forge(r#"{"alg":"HS256","typ":"at+jwt","cty":"json","kid":"h"}"#, claims().to_string());
    assert!(jwt::verify::<Value>(&other, &forged_keys(), &policy(), NOW).is_ok());
}

#[test]
fn row_56_two_layers_and_no_more() {
    let mut token = forge(r#"{"alg":"HS256","typ":"at+jwt","cty":"JWT","kid":"h"}"#, plain());
    token = wrap(&token);
    assert_eq!(reason(&token), Reason::MalformedDepth);
    let mut deep = plain();
    for _ in 0..10 {
        deep = wrap(&deep);
    }
    let wide = policy().max_len(1 << 20);
    let outer = keys(Algorithm::Es256);
    let envelope = Envelope::new(&outer, Typ::exact("JWT"));
    let refused = jwt::verify_nested::<Value>(&deep, &envelope, &outer, &wide, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::MalformedDepth);
}

#[test]
fn each_layer_is_held_to_its_own_keys_and_rules() {
    // No layer may be missing, and neither key may stand in for the other.
    assert_eq!(reason(&plain()), Reason::KeyUnknownKid);
    let unwrapped = jws::sign(plain().as_bytes(), key(Algorithm::Es256), &jws::Extras::typ("JWT")).unwrap();
    assert_eq!(reason(&unwrapped), Reason::TypMismatch);
    let of_claims = jws::sign(
        claims().to_string().as_bytes(),
        key(Algorithm::Es256),
        &jws::Extras::typ("JWT").cty("JWT"),
    );
    assert_eq!(reason(&of_claims.unwrap()), Reason::MalformedParts);
    let other_type = jws::sign(plain().as_bytes(), key(Algorithm::Es256), &jws::Extras::typ("x").cty("JWT"));
    assert_eq!(reason(&other_type.unwrap()), Reason::TypMismatch);
    let bytes = jws::sign(&[0xff; 9], key(Algorithm::Es256), &jws::Extras::typ("JWT").cty("JWT")).unwrap();
    assert_eq!(reason(&bytes), Reason::MalformedUtf8);
    let inner_by_the_relay =
        jwt::Signer::new(key(Algorithm::Es256).clone(), "at+jwt").unwrap().sign(&claims());
    assert_eq!(reason(&wrap(&inner_by_the_relay.unwrap())), Reason::KeyUnknownKid);
    assert_eq!(
        nested(&wrap(&plain()), &policy().require("nonce")).unwrap_err().reason(),
        Reason::ClaimMissing
    );

    let outer = keys(Algorithm::Es256);
    let narrow = Envelope::new(&outer, Typ::exact("JWT")).algorithms([Algorithm::Es384]);
    let refused = jwt::verify_nested::<Value>(&wrap(&plain()), &narrow, &forged_keys(), &policy(), NOW);
    assert_eq!(refused.unwrap_err().reason(), Reason::AlgNotAllowed);
    let nobody = KeySet::default();
    let envelope = Envelope::new(&nobody, Typ::exact("JWT"));
    let refused = jwt::verify_nested::<Value>(&wrap(&plain()), &envelope, &forged_keys(), &policy(), NOW);
    assert_eq!(refused.unwrap_err().reason(), Reason::KeyUnknownKid);
}
