//! Rows 1 to 12: who chooses the algorithm.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use serde_json::{Value, json};

use crate::support::{
    HEADER, claims, forge, forge_with, forged_keys, judge, key, keys, policy, verdict, verify,
};

fn segment(json: &str) -> String {
    base64url::encode(json.as_bytes())
}

#[test]
fn row_01_none_with_an_empty_signature() {
    let token =
        format!("{}.{}.", segment(r#"{"alg":"none","typ":"at+jwt"}"#), segment(&claims().to_string()));
    for &algorithm in Algorithm::ALL {
        assert_eq!(judge(&token, &keys(algorithm)), Err(Reason::AlgNone));
    }
    assert_eq!(judge(&token, &KeySet::default()), Err(Reason::AlgNone));
}

#[test]
fn row_02_none_in_other_spellings() {
    for name in ["None", "NONE", "nOnE"] {
        assert_eq!(
            verdict(format!(r#"{{"alg":"{name}"}}"#), claims().to_string()),
            Err(Reason::AlgNone),
            "{name}"
        );
    }
    for name in [" none", "none ", "n\\u006fne\\u0000", "noNE2"] {
        let verdict = verdict(format!(r#"{{"alg":"{name}"}}"#), claims().to_string());
        assert_eq!(verdict, Err(Reason::AlgUnknown), "{name}");
    }
}

#[test]
fn row_03_none_with_the_signature_kept() {
    let token = jwt::sign(&claims(), key(Algorithm::Es256)).unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    let token = format!("{}.{rest}", segment(r#"{"alg":"none"}"#));
    assert_eq!(judge(&token, &keys(Algorithm::Es256)), Err(Reason::AlgNone));
}

#[test]
fn row_04_alg_absent_or_no_string() {
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":""}"#,
        r#"{"alg":{}}"#,
        r#"{"ALG":"HS256"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS256 "}"#,
        r#"{"alg":"HS999"}"#,
    ] {
        assert_eq!(verdict(header, claims().to_string()), Err(Reason::AlgUnknown), "{header}");
    }
}

#[test]
fn row_05_signature_stripped() {
    let token = jwt::sign(&claims(), key(Algorithm::Rs256)).unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(judge(&format!("{signed}."), &keys(Algorithm::Rs256)), Err(Reason::SignatureInvalid));
    assert_eq!(judge(signed, &keys(Algorithm::Rs256)), Err(Reason::MalformedParts));
}

/// A document in PEM, as files have it after one editor or another.
fn in_pem(label: &str, document: &[u8]) -> Vec<Vec<u8>> {
    let body = standard_base64(document);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    vec![
        format!("{begin}\n{}\n{end}\n", lines.join("\n")).into_bytes(),
        format!("{begin}\r\n{}\r\n{end}\r\n", lines.join("\r\n")).into_bytes(),
        format!("{begin}\n{}\n{end}", lines.join("\n")).into_bytes(),
        format!(" {begin}\n{}\n{end}\n", lines.join("\n")).into_bytes(),
    ]
}

/// PKCS#1 and SubjectPublicKeyInfo of a published RSA key.
fn in_der(key: &SigningKey) -> (Vec<u8>, Vec<u8>) {
    let jwk: Value = serde_json::from_str(&key.public_jwk().unwrap().to_json().unwrap()).unwrap();
    let number = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
    let pkcs1 = der(0x30, &[der_number(&number("n")), der_number(&number("e"))].concat());
    let identifier =
        der(0x30, &[der(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), der(0x05, &[])].concat());
    let spki = der(0x30, &[identifier, der(0x03, &[&[0][..], &pkcs1].concat())].concat());
    (pkcs1, spki)
}

/// The other forms a published RSA key is written in.
fn other_faces(key: &SigningKey) -> Vec<Vec<u8>> {
    let (pkcs1, spki) = in_der(key);
    let mut faces = in_pem("RSA PUBLIC KEY", &pkcs1);
    faces.extend([pkcs1, spki, key.public_jwk().unwrap().to_json().unwrap().into_bytes()]);
    faces
}

/// Faces that no look at the bytes can tell from a secret; only the key's algorithm stops these.
fn plain_faces(key: &SigningKey) -> Vec<Vec<u8>> {
    let jwk: Value = serde_json::from_str(&key.public_jwk().unwrap().to_json().unwrap()).unwrap();
    let modulus = base64url::decode(jwk["n"].as_str().unwrap()).unwrap();
    vec![
        modulus.clone(),
        standard_base64(&modulus).into_bytes(),
        standard_base64(&in_der(key).1).into_bytes(),
        jwk["n"].as_str().unwrap().into(),
    ]
}

/// Tokens that call themselves HS256 and are signed with these bytes, at a verifier that has the RSA key.
fn refused_as_secrets(rsa: &SigningKey, secrets: impl IntoIterator<Item = Vec<u8>>) {
    let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{}"}}"#, rsa.kid().unwrap());
    for secret in secrets {
        let token = forge_with(&secret, &header, claims().to_string());
        assert_eq!(judge(&token, &keys(Algorithm::Rs256)), Err(Reason::AlgKeyMismatch));
    }
}

#[test]
fn row_06_a_public_rsa_key_in_pem_as_hmac_secret() {
    let rsa = key(Algorithm::Rs256);
    refused_as_secrets(rsa, in_pem("PUBLIC KEY", &in_der(rsa).1));
}

#[test]
fn row_07_a_public_rsa_key_in_another_form_as_hmac_secret() {
    let rsa = key(Algorithm::Rs256);
    refused_as_secrets(rsa, other_faces(rsa).into_iter().chain(plain_faces(rsa)));
}

#[test]
fn row_08_a_public_ec_or_ed25519_key_as_hmac_secret() {
    for algorithm in [Algorithm::Es256, Algorithm::Es512, Algorithm::Ed25519] {
        let jwk: Value =
            serde_json::from_str(&key(algorithm).public_jwk().unwrap().to_json().unwrap()).unwrap();
        let part =
            |name: &str| jwk[name].as_str().map(|text| base64url::decode(text).unwrap()).unwrap_or_default();
        for secret in [part("x"), [&[4][..], &part("x"), &part("y")].concat(), jwk.to_string().into_bytes()] {
            let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"key-{algorithm}"}}"#);
            let token = forge_with(&secret, header, claims().to_string());
            assert_eq!(judge(&token, &keys(algorithm)), Err(Reason::AlgKeyMismatch));
        }
    }
}

#[test]
fn row_09_a_secret_that_is_a_key() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps512] {
        let rsa = key(algorithm);
        for secret in in_pem("PUBLIC KEY", &in_der(rsa).1).into_iter().chain(other_faces(rsa)) {
            for result in [
                SigningKey::hmac(Algorithm::Hs256, &secret).map(drop),
                VerifyingKey::hmac(Algorithm::Hs256, &secret).map(drop),
            ] {
                let error = result.unwrap_err();
                assert_eq!(error.reason(), Reason::KeyWrongUse);
                assert!(!format!("{error:?}").contains("MII"), "{error:?}");
            }
        }
    }
    let set = JwkSet::new([key(Algorithm::Es256).public_jwk().unwrap()]).to_json().unwrap();
    assert_eq!(SigningKey::hmac(Algorithm::Hs256, set.as_bytes()).unwrap_err().reason(), Reason::KeyWrongUse);
    let private = key(Algorithm::Es384).private_jwk().unwrap();
    assert_eq!(
        SigningKey::hmac(Algorithm::Hs256, private.as_bytes()).unwrap_err().reason(),
        Reason::KeyWrongUse
    );
}

/// The same numbers under another algorithm.
fn renamed(key: &SigningKey, algorithm: Algorithm) -> SigningKey {
    let mut jwk: Value = serde_json::from_str(&key.private_jwk().unwrap()).unwrap();
    jwk["alg"] = algorithm.name().into();
    SigningKey::from_jwk(&Jwk::parse(jwk.to_string()).unwrap()).unwrap()
}

#[test]
fn row_10_an_rsa_key_under_another_rsa_algorithm() {
    let rsa = key(Algorithm::Rs256);
    for other in [Algorithm::Ps256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps512] {
        let token = jwt::Signer::new(renamed(rsa, other), "at+jwt").unwrap().sign(&claims()).unwrap();
        assert_eq!(judge(&token, &keys(Algorithm::Rs256)), Err(Reason::AlgKeyMismatch));
        assert_eq!(
            VerifyingKey::from_jwk_with(&rsa.public_jwk().unwrap(), other).unwrap_err().reason(),
            Reason::AlgKeyMismatch
        );
    }
}

#[test]
fn row_11_ecdsa_on_the_wrong_curve() {
    for (token_alg, key_alg) in [
        (Algorithm::Es256, Algorithm::Es384),
        (Algorithm::Es512, Algorithm::Es256),
        (Algorithm::Es384, Algorithm::Es512),
    ] {
        let token = jwt::sign(&claims(), &key(token_alg).clone().with_kid("same")).unwrap();
        let keys = KeySet::new([key(key_alg).verifying_key().with_kid("same")]);
        assert_eq!(judge(&token, &keys), Err(Reason::AlgKeyMismatch));
        let mut jwk: Value =
            serde_json::from_str(&key(key_alg).public_jwk().unwrap().to_json().unwrap()).unwrap();
        jwk["alg"] = token_alg.name().into();
        let error = VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string()).unwrap()).unwrap_err();
        assert_eq!(error.reason(), Reason::AlgKeyMismatch);
    }
}

#[test]
fn row_12_eddsa_with_ed448_or_x25519() {
    let token =
        jwt::sign(&claims(), &key(Algorithm::Ed25519).clone().with_kid("k").with_eddsa_name()).unwrap();
    for (crv, len) in [("Ed448", 57), ("X25519", 32), ("X448", 56)] {
        let jwk = json!({"kty": "OKP", "crv": crv, "x": base64url::encode(&vec![7; len]), "kid": "k", "alg": "EdDSA"});
        assert_eq!(Jwk::parse(jwk.to_string()).unwrap_err().reason(), Reason::KeyUnsupported);
        let set = JwkSet::parse(json!({ "keys": [jwk] }).to_string()).unwrap();
        assert_eq!(judge(&token, &KeySet::from(&set)), Err(Reason::KeyUnsupported), "{crv}");
    }
}

#[test]
fn a_narrowed_policy_refuses_other_algorithms() {
    let narrow = policy().algorithms([Algorithm::Es256, Algorithm::Ed25519]);
    let token = forge(HEADER, claims().to_string());
    let error = jwt::verify::<Value>(&token, &forged_keys(), &narrow, crate::support::NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::AlgNotAllowed);
    assert_eq!((error.expected(), error.received()), (Some("ES256, Ed25519"), Some("HS256")));
    assert!(verify(&token, &forged_keys()).is_ok());
    let nothing = policy().algorithms([]);
    let error = jwt::verify::<Value>(&token, &forged_keys(), &nothing, crate::support::NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::AlgNotAllowed);
}

fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len();
    let mut out = vec![tag];
    match u8::try_from(len) {
        Ok(short @ 0..0x80) => out.push(short),
        Ok(byte) => out.extend([0x81, byte]),
        Err(_) => out.extend([0x82, u8::try_from(len >> 8).unwrap(), u8::try_from(len & 0xff).unwrap()]),
    }
    out.extend(contents);
    out
}

fn der_number(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
    der(0x02, &[sign, number].concat())
}

fn standard_base64(bytes: &[u8]) -> String {
    let mut text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
