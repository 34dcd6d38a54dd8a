//! Other people's examples: Wycheproof's JOSE files, the RFCs' appendices, the JOSE cookbook.
//!
//! A verdict that differs from a file's is allowed only under a name in [`Deviation`], and is printed.

mod forms;

#[path = "../../src/test_vectors.rs"]
mod test_vectors;

use std::path::Path;

use jotgate_jose::{Algorithm, Error, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jws};
use serde_json::Value;

use test_vectors::vectors;

/// Why a verdict differs from a file's.
#[derive(Debug, PartialEq)]
enum Deviation {
    /// The key's `alg` is no registered name (`ES521`).
    UnregisteredAlg,
    /// The key's `alg` is registered and differs from the token's.
    AlgDiffers,
    /// Characters outside base64url, or a second spelling of the same bytes (RFC 7515 section 2).
    NotBase64url,
    /// The file itself calls the very same token valid elsewhere in the group (the padding its comment speaks of is
    /// not in the text). The only deviation in which we accept.
    SameTokenIsValid,
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned()
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&text(folder, name)).unwrap()
}

/// The keys of a group: its public ones if it has any, a JWK or a JWK Set.
fn group_keys(group: &Value) -> KeySet {
    let keys = group.get("public").or_else(|| group.get("private")).unwrap();
    let set = match keys.get("keys") {
        Some(_) => JwkSet::parse(keys.to_string()),
        None => JwkSet::parse(serde_json::json!({ "keys": [keys] }).to_string()),
    };
    KeySet::from(&set.unwrap())
}

fn deviation(error: &Error, test: &Value) -> Deviation {
    match error.reason() {
        Reason::KeyUnsupported => Deviation::UnregisteredAlg,
        Reason::AlgKeyMismatch => Deviation::AlgDiffers,
        Reason::MalformedBase64 => Deviation::NotBase64url,
        _ => panic!("{} ({}) is refused: {error}", test["tcId"], test["comment"]),
    }
}

/// Accepted, refused, and by test number what differs.
type Verdicts = (u32, u32, Vec<(u64, Deviation)>);

fn wycheproof(name: &str) -> Option<Verdicts> {
    let folder = vectors()?;
    let (mut accepted, mut refused, mut deviations) = (0, 0, Vec::new());
    for group in json(&folder, &format!("wycheproof/{name}"))["testGroups"].as_array().unwrap() {
        let keys = group_keys(group);
        for test in group["tests"].as_array().unwrap() {
            let Some(token) = test["jws"].as_str() else { continue };
            let id = test["tcId"].as_u64().unwrap();
            match (jws::verify(token, &keys), test["result"] == "valid") {
                (Ok(_), true) => accepted += 1,
                (Err(_), false) => refused += 1,
                (Ok(_), false) => {
                    let is_same = |other: &Value| other["jws"] == token && other["result"] == "valid";
                    let contradicts = group["tests"].as_array().unwrap().iter().any(is_same);
                    assert!(contradicts, "{name} {id} ({}) is accepted", test["comment"]);
                    deviations.push((id, Deviation::SameTokenIsValid));
                }
                (Err(error), true) => deviations.push((id, deviation(&error, test))),
            }
        }
    }
    println!("{name}: {accepted} accepted, {refused} refused, deviations: {deviations:?}");
    Some((accepted, refused, deviations))
}

#[test]
fn wycheproof_json_web_signature() {
    let Some((accepted, refused, deviations)) = wycheproof("json_web_signature_test.json") else { return };
    assert!(accepted >= 25 && refused >= 200);
    assert!(deviations.len() <= 8, "the list of deviations is to stay short");
}

#[test]
fn wycheproof_json_web_key() {
    let Some((accepted, refused, deviations)) = wycheproof("json_web_key_test.json") else { return };
    assert!(accepted >= 4 && refused >= 13);
    assert_eq!(deviations, []);
}

#[test]
fn wycheproof_json_web_crypto() {
    let Some((accepted, refused, deviations)) = wycheproof("json_web_crypto_test.json") else { return };
    assert!(accepted >= 4 && refused >= 23);
    assert_eq!(deviations, []);
}

fn jwk(folder: &Path, name: &str) -> Jwk {
    Jwk::parse(text(folder, name)).unwrap()
}

#[test]
fn rfc_7515_appendix_a() {
    let Some(folder) = vectors() else { return };
    for (example, algorithm) in [
        ("A.1", Algorithm::Hs256),
        ("A.2", Algorithm::Rs256),
        ("A.3", Algorithm::Es256),
        ("A.4", Algorithm::Es512),
    ] {
        let jwk = jwk(&folder, &format!("rfc-examples/rfc7515_{example}.jwk"));
        let token = text(&folder, &format!("rfc-examples/rfc7515_{example}.jwsc"));
        let keys = KeySet::new([VerifyingKey::from_jwk_with(&jwk, algorithm).unwrap()]);
        let verified = jws::verify(&token, &keys).unwrap();
        assert_eq!(verified.algorithm(), algorithm);
        if example == "A.4" {
            assert_eq!(verified.payload(), b"Payload");
        } else {
            assert!(
                verified.payload().starts_with(b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,"),
                "{example}"
            );
        }
        // The examples are read by a public parser too, which has to agree on what they hold.
        if example == "A.2" {
            SigningKey::from_jwk_with(&jwk, algorithm).unwrap();
        }
    }
    let unsigned = text(&folder, "rfc-examples/rfc7515_A.5.jwsc");
    assert_eq!(jws::verify(&unsigned, &KeySet::default()).unwrap_err().reason(), Reason::AlgNone);
}

#[test]
fn rfc_7638_and_8037_thumbprints() {
    let Some(folder) = vectors() else { return };
    let rsa = jwk(&folder, "rfc-examples/rfc7638_3.1.jwk");
    assert_eq!(rsa.thumbprint(), text(&folder, "rfc-examples/rfc7638_3.1.thp"));
    let example = json(&folder, "rfc-examples/rfc8037_a3_thumbprint.json");
    let okp = Jwk::parse(example["jwk"].to_string()).unwrap();
    assert_eq!(okp.thumbprint(), example["expected"]);
    let uri = format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", okp.thumbprint());
    assert_eq!(okp.thumbprint_uri(), uri);
    // Whatever else is in the key, and in whatever order.
    let mut longer = example["jwk"].clone();
    longer["kid"] = "x".into();
    longer["use"] = "sig".into();
    assert_eq!(Jwk::parse(longer.to_string()).unwrap().thumbprint(), okp.thumbprint());
}

#[test]
fn rfc_7517_key_sets() {
    let Some(folder) = vectors() else { return };
    let public = JwkSet::parse(text(&folder, "rfc-examples/rfc7517_A.1.jwkset")).unwrap();
    assert_eq!(public.keys().len(), 2);
    // Its EC key is for encryption; its RSA key says RS256.
    let usable = KeySet::from(&public);
    assert_eq!(usable.keys().len(), 1);
    assert_eq!(usable.unusable()[0].error().reason(), Reason::KeyWrongUse);
    let private = JwkSet::parse(text(&folder, "rfc-examples/rfc7517_A.2.jwkset")).unwrap();
    assert!(private.keys().iter().all(Jwk::is_private));
    assert_eq!(private.to_json().unwrap_err().reason(), Reason::KeyWrongUse);
    let secrets = JwkSet::parse(text(&folder, "rfc-examples/rfc7517_A.3.jwkset")).unwrap();
    assert_eq!(secrets.to_json().unwrap_err().reason(), Reason::KeyWrongUse);
}

#[test]
fn cookbook_keys() {
    let Some(folder) = vectors() else { return };
    for (name, kty, is_private) in [
        ("3_1.ec_public_key", "EC", false),
        ("3_2.ec_private_key", "EC", true),
        ("3_3.rsa_public_key", "RSA", false),
        ("3_4.rsa_private_key", "RSA", true),
        ("3_5.symmetric_key_mac_computation", "oct", true),
    ] {
        let jwk = jwk(&folder, &format!("jose-cookbook/jwk/{name}.json"));
        assert_eq!((jwk.kty(), jwk.is_private()), (kty, is_private), "{name}");
        if is_private {
            let chosen = if kty == "RSA" {
                Algorithm::Ps384
            } else {
                jwk.alg().map_or(Algorithm::Es512, |_| Algorithm::Hs256)
            };
            SigningKey::from_jwk_with(&jwk, chosen).unwrap();
        }
    }
}
