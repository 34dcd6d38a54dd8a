//! Raw signatures and foreign key files: Wycheproof's primitive files, whose keys come as JWK, DER and PEM.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::test_vectors::vectors;
use crate::{Algorithm, Error, Jwk, Reason, Result};

fn load(folder: &Path, name: &str) -> Value {
    let path = folder.join("wycheproof/primitives").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The group's key by all three ways in, which must agree.
fn imported(group: &Value, algorithm: Algorithm) -> Result<VerifyingKey> {
    let der = VerifyingKey::from_der(&hex(&group["publicKeyDer"]), algorithm);
    let pem = VerifyingKey::from_pem(group["publicKeyPem"].as_str().unwrap(), algorithm);
    let jwk = ["publicKeyJwk", "keyJwk"].iter().find_map(|name| group.get(name));
    let jwk = jwk.map(|jwk| VerifyingKey::from_jwk_with(&Jwk::parse(jwk.to_string())?, algorithm));
    let outcome = |key: &Result<VerifyingKey>| {
        key.as_ref().map_or_else(Error::to_string, |key| key.thumbprint().into())
    };
    assert_eq!(outcome(&der), outcome(&pem));
    if let Some(jwk) = jwk {
        assert_eq!(outcome(&der), outcome(&jwk));
    }
    der
}

#[test]
fn wycheproof_signatures() {
    let Some(folder) = vectors() else { return };
    for (name, algorithm) in [
        ("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::Es256),
        ("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::Es384),
        ("ed25519_test.json", Algorithm::Ed25519),
        ("rsa_signature_2048_sha256_test.json", Algorithm::Rs256),
        ("rsa_signature_3072_sha384_test.json", Algorithm::Rs384),
        ("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::Ps256),
        ("rsa_pss_4096_sha512_mgf1_64_test.json", Algorithm::Ps512),
    ] {
        let file = load(&folder, name);
        let (mut accepted, mut refused) = (0, 0);
        for group in file["testGroups"].as_array().unwrap() {
            let key = imported(group, algorithm);
            for test in group["tests"].as_array().unwrap() {
                let (message, signature) = (hex(&test["msg"]), hex(&test["sig"]));
                let verdict = key.as_ref().is_ok_and(|key| {
                    signature.len() == key.signature_len() && key.verify(&message, &signature)
                });
                // A policy refusal: exponent 3 has a history of forgeries (row 73 of the attack catalogue).
                let is_exponent_3 = group["publicKey"]["publicExponent"] == "03";
                if is_exponent_3 {
                    println!("{name} {}: DEVIATION, RSA exponent 3 is refused", test["tcId"]);
                }
                let wanted = test["result"] == "valid" && !is_exponent_3;
                assert_eq!(verdict, wanted, "{name} {}: {}", test["tcId"], test["comment"]);
                if verdict { accepted += 1 } else { refused += 1 }
            }
        }
        println!("{name}: {accepted} accepted, {refused} refused");
        assert_eq!(accepted + refused, file["numberOfTests"].as_u64().unwrap());
    }
}

/// Refused tests of a file whose comments speak of one of these.
fn refused(file: &str, algorithm: Algorithm, about: &[&str]) -> Option<usize> {
    let file = load(&vectors()?, file);
    let mut count = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let Ok(key) = imported(group, algorithm) else { continue };
        for test in group["tests"].as_array().unwrap() {
            let comment = test["comment"].as_str().unwrap();
            if test["result"] != "valid" && about.iter().any(|word| comment.contains(word)) {
                assert!(!key.verify(&hex(&test["msg"]), &hex(&test["sig"])), "{comment}");
                count += 1;
            }
        }
    }
    Some(count)
}

#[test]
fn row_71_rsa_signatures_with_another_padding_or_length() {
    let about = [
        "NULL",
        "padding",
        "garbage",
        "prepending",
        "appending",
        "truncated",
        "not reduced",
        "is n",
        "long form",
    ];
    let Some(count) = refused("rsa_signature_2048_sha256_test.json", Algorithm::Rs256, &about) else {
        return;
    };
    assert!(count > 30, "{count}");
}

#[test]
fn row_72_pss_with_another_salt_or_trailer() {
    let about = ["s_len", "salt", "last byte in em", "hash", "masked_db"];
    let Some(count) = refused("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::Ps256, &about) else {
        return;
    };
    assert!(count > 15, "{count}");
}

#[test]
fn wycheproof_hmac() {
    let Some(folder) = vectors() else { return };
    for (name, algorithm) in
        [("hmac_sha256_test.json", Algorithm::Hs256), ("hmac_sha512_test.json", Algorithm::Hs512)]
    {
        let (mut accepted, mut refused, mut short_key) = (0, 0, 0);
        for group in load(&folder, name)["testGroups"].as_array().unwrap() {
            for test in group["tests"].as_array().unwrap() {
                let key = match VerifyingKey::hmac(algorithm, &hex(&test["key"])) {
                    Ok(key) => key,
                    Err(error) => {
                        assert_eq!(error.reason(), Reason::KeyTooSmall);
                        short_key += 1;
                        continue;
                    }
                };
                let tag = hex(&test["tag"]);
                let verdict = tag.len() == key.signature_len() && key.verify(&hex(&test["msg"]), &tag);
                // Shortened tags are good in that file and never in JWS (RFC 7518 section 3.2).
                let is_whole = group["tagSize"].as_u64().unwrap() == 8 * key.signature_len() as u64;
                assert_eq!(verdict, is_whole && test["result"] == "valid", "{name} {}", test["tcId"]);
                if verdict { accepted += 1 } else { refused += 1 }
            }
        }
        println!("{name}: {accepted} accepted, {refused} refused, {short_key} keys too short");
        assert!(accepted > 0 && refused > 0);
    }
}

#[test]
fn private_keys_come_from_pkcs8() {
    let Some(folder) = vectors() else { return };
    let file = load(&folder, "rsa_oaep_2048_sha256_mgf1sha256_test.json");
    let group = &file["testGroups"][0];
    let pem = group["privateKeyPem"].as_str().unwrap();
    let from_pem = SigningKey::from_pem(pem, Algorithm::Ps256).unwrap();
    let from_der = SigningKey::from_der(&hex(&group["privateKeyPkcs8"]), Algorithm::Ps256).unwrap();
    assert_eq!(from_pem.thumbprint(), from_der.thumbprint());
    // That JWK says RSA-OAEP-256, so it signs nothing.
    let jwk = Jwk::parse(group["privateKeyJwk"].to_string()).unwrap();
    assert_eq!(jwk.thumbprint(), from_pem.thumbprint());
    assert_eq!(SigningKey::from_jwk(&jwk).unwrap_err().reason(), Reason::KeyUnsupported);
    // The public half of a private file verifies.
    assert_eq!(VerifyingKey::from_pem(pem, Algorithm::Rs256).unwrap().thumbprint(), jwk.thumbprint());
}

#[test]
fn every_listed_secret_is_refused() {
    let Some(folder) = vectors() else { return };
    let list = std::fs::read(folder.join("attack-lists/wallarm-jwt-secrets.txt")).unwrap();
    let long =
        list.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|secret| secret.len() >= 32);
    let mut count = 0;
    for secret in long {
        assert!(SigningKey::hmac(Algorithm::Hs256, secret).is_err(), "{}", String::from_utf8_lossy(secret));
        count += 1;
    }
    println!("{count} published secrets refused");
    assert!(count > 1000);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_an_import_panic(bytes: Vec<u8>, text in "\\PC*") {
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----");
        for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::Ed25519] {
            let _ = VerifyingKey::from_der(&bytes, algorithm);
            let _ = VerifyingKey::from_pem(&pem, algorithm);
            let _ = SigningKey::from_der(&bytes, algorithm);
            let _ = SigningKey::hmac(algorithm, &bytes);
        }
        let _ = Jwk::parse(&bytes);
        let _ = Jwk::from_der(&bytes);
        let _ = Jwk::from_pem(&text);
        let _ = crate::JwkSet::parse(&bytes);
    }

    /// Key documents cut or changed anywhere are errors or keys, never panics.
    #[test]
    fn no_damage_to_a_key_makes_an_import_panic(at in 0_usize..140, byte: u8) {
        let key = SigningKey::generate(Algorithm::Ed25519).unwrap();
        let mut json = key.private_jwk().unwrap().as_bytes().to_vec();
        if let Some(slot) = json.get_mut(at) {
            *slot = byte;
        }
        let _ = Jwk::parse(&json).and_then(|jwk| SigningKey::from_jwk(&jwk));
        let _ = Jwk::parse(&json[..at.min(json.len())]);
    }
}
