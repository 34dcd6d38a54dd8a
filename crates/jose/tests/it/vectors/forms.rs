//! The JWS examples of the JOSE cookbook (RFC 7520, RFC 8037, RFC 7797) and of RFC 7515, in every form they are
//! written in; and made again by us where nothing in them is left to chance.

use std::path::Path;

use jotgate_jose::jws::{self, Extras};
use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use super::{json as read_json, jwk, text, vectors};

/// One value or an array of them: the cookbook writes both.
fn each(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// The sets to judge an example with: each of its keys alone, under each algorithm of the example that it can have.
fn key_sets(input: &Value) -> Vec<KeySet> {
    let algorithms: Vec<_> = each(&input["alg"])
        .iter()
        .map(|name| Algorithm::from_name(name.as_str().unwrap()).unwrap())
        .collect();
    let sets: Vec<_> = each(&input["key"])
        .iter()
        .map(|key| Jwk::parse(key.to_string()).unwrap())
        .map(|jwk| {
            algorithms
                .iter()
                .filter_map(|algorithm| VerifyingKey::from_jwk_with(&jwk, *algorithm).ok())
                .collect::<Vec<_>>()
        })
        .map(KeySet::new)
        .collect();
    assert!(sets.iter().all(|set| !set.keys().is_empty()), "every key of an example has a use");
    sets
}

/// Every form of an example verifies with every key of it. The number of forms.
fn verify_forms(name: &str, example: &Value) -> usize {
    let payload = example["input"]["payload"].as_str().unwrap().as_bytes();
    let mut forms = 0;
    for keys in key_sets(&example["input"]) {
        for (form, output) in example["output"].as_object().unwrap() {
            forms += 1;
            if let Some(compact) = output.as_str() {
                match jws::verify(compact, &keys) {
                    Ok(verified) => assert_eq!(verified.payload(), payload, "{name} {form}"),
                    Err(error) => {
                        assert_eq!(error.reason(), Reason::SignatureInvalid, "{name} {form}");
                        jws::verify_detached(compact, payload, &keys).unwrap();
                    }
                }
            } else if output.get("payload").is_some() {
                let verified = jws::verify_json(&output.to_string(), &keys).unwrap();
                assert_eq!(verified.payload(), payload, "{name} {form}");
            } else {
                let error = jws::verify_json(&output.to_string(), &keys).unwrap_err();
                assert_eq!(error.reason(), Reason::MalformedParts, "{name} {form}");
                jws::verify_json_detached(&output.to_string(), payload, &keys).unwrap();
            }
        }
    }
    forms
}

/// The examples of a folder of the cookbook, whichever of them are there.
fn examples(folder: &Path, name: &str) -> Vec<(String, Value)> {
    let mut names: Vec<_> = std::fs::read_dir(folder.join("jose-cookbook").join(name))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.ends_with(".json") && !file.starts_with("ecdh"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|file| (file.clone(), read_json(folder, &format!("jose-cookbook/{name}/{file}"))))
        .collect()
}

#[test]
fn cookbook_in_every_form() {
    let Some(folder) = vectors() else { return };
    let mut forms = 0;
    for place in ["jws", "curve25519", "rfc7797"] {
        for (name, example) in examples(&folder, place) {
            forms += verify_forms(&name, &example);
        }
    }
    println!("JOSE cookbook: {forms} forms verified");
    assert!(forms >= 17, "only {forms}");
}

/// Ours, from an example whose protected header is one we would write, in the form named.
fn ours(example: &Value, form: &str) -> Option<String> {
    let input = &example["input"];
    let algorithm = Algorithm::from_name(input["alg"].as_str()?)?;
    let jwk = Jwk::parse(input["key"].to_string()).unwrap();
    let protected = &example["signing"]["protected"];
    let known = ["alg", "kid", "b64", "crit"];
    let is_ours = protected.as_object()?.keys().all(|name| known.contains(&name.as_str()))
        && example["signing"]["unprotected"].is_null();
    let randomised = matches!(algorithm, Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512)
        || algorithm.name().starts_with("PS");
    if !is_ours || randomised {
        return None;
    }
    let mut key = SigningKey::from_jwk_with(&jwk, algorithm).unwrap();
    key = key.with_kid(protected["kid"].as_str().unwrap_or_default());
    if protected["alg"] == "EdDSA" {
        key = key.with_eddsa_name();
    }
    let output = &example["output"][form];
    let extras = Extras::default();
    let extras = if protected["b64"] == false { extras.unencoded() } else { extras };
    let is_detached =
        output.as_str().map_or_else(|| output.get("payload").is_none(), |compact| compact.contains(".."));
    let extras = if is_detached { extras.detached() } else { extras };
    let payload = input["payload"].as_str()?.as_bytes();
    Some(match form {
        "compact" => jws::sign(payload, &key, &extras).unwrap(),
        "json_flat" => jws::sign_flattened(payload, &key, &extras).unwrap(),
        _ => jws::sign_general(payload, &[key], &extras).unwrap(),
    })
}

#[test]
fn cookbook_made_again() {
    let Some(folder) = vectors() else { return };
    let mut made = 0;
    for place in ["jws", "curve25519", "rfc7797"] {
        for (name, example) in examples(&folder, place) {
            for (form, output) in example["output"].as_object().unwrap() {
                let Some(ours) = ours(&example, form) else { continue };
                made += 1;
                match output.as_str() {
                    Some(compact) => assert_eq!(ours, compact, "{name}"),
                    None => {
                        assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), *output, "{name} {form}");
                    }
                }
            }
        }
    }
    println!("JOSE cookbook: {made} forms made again, byte for byte");
    assert!(made >= 13, "only {made}");
}

/// RFC 7797 section 4, whose examples the vectors do not have.
#[test]
fn rfc_7797_section_4() {
    let jwk = Jwk::parse(
        r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
    );
    let key = SigningKey::from_jwk_with(&jwk.unwrap(), Algorithm::Hs256).unwrap();
    let keys = KeySet::new([key.verifying_key()]);
    let encoded = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
    assert_eq!(jws::sign(b"$.02", &key, &Extras::default()).unwrap(), encoded);
    assert_eq!(jws::verify(encoded, &keys).unwrap().payload(), b"$.02");

    let protected = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19";
    let signature = "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY";
    let detached = format!("{protected}..{signature}");
    assert_eq!(jws::sign_detached(b"$.02", &key, &Extras::default().unencoded()).unwrap(), detached);
    jws::verify_detached(&detached, b"$.02", &keys).unwrap();
    let flattened = json!({"protected": protected, "payload": "$.02", "signature": signature}).to_string();
    assert_eq!(jws::verify_json(&flattened, &keys).unwrap().payload(), b"$.02");
    // The dot in this payload is why it has no attached compact form.
    let attached = format!("{protected}.$.02.{signature}");
    assert_eq!(jws::verify(&attached, &keys).unwrap_err().reason(), Reason::MalformedParts);
    let error = jws::sign(b"$.02", &key, &Extras::default().unencoded()).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedParts);
}

#[test]
fn rfc_7515_a6_and_a7() {
    let Some(folder) = vectors() else { return };
    let es256 = VerifyingKey::from_jwk(&jwk(&folder, "rfc-examples/rfc7515_A.7.jwk")).unwrap();
    let flattened = text(&folder, "rfc-examples/rfc7515_A.7.jwsf");
    let general = text(&folder, "rfc-examples/rfc7515_A.6.jwsg");
    let keys = KeySet::new([es256.clone()]);
    assert!(jws::verify_json(&flattened, &keys).unwrap().payload().starts_with(b"{\"iss\":\"joe\""));
    let verified = jws::verify_json(&general, &keys).unwrap();
    assert_eq!((verified.signature().index(), verified.algorithm()), (1, Algorithm::Es256));

    let rsa = jwk(&folder, "rfc-examples/rfc7515_A.6.1.jwk");
    let rs256 = VerifyingKey::from_jwk_with(&rsa, Algorithm::Rs256).unwrap();
    for key in [rs256, es256] {
        let verified = jws::verify_json(&general, &KeySet::new([key.clone()])).unwrap();
        assert_eq!(verified.key().thumbprint(), key.thumbprint());
    }
    let set = JwkSet::parse(text(&folder, "rfc-examples/rfc7515_A.6.jwkset")).unwrap();
    let verified = jws::verify_json(&general, &KeySet::assuming(&set, Algorithm::Rs256)).unwrap();
    assert_eq!(verified.signature().index(), 0);
}

/// RFC 8037 appendix A.4 and A.5, with the key of A.1.
#[test]
fn rfc_8037_a4_and_a5() {
    let key = SigningKey::from_jwk(
        &Jwk::parse(
            r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        )
        .unwrap(),
    );
    let key = key.unwrap().with_eddsa_name();
    let example = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let payload = b"Example of Ed25519 signing";
    assert_eq!(jws::sign(payload, &key, &Extras::default()).unwrap(), example);
    assert_eq!(jws::verify(example, &KeySet::new([key.verifying_key()])).unwrap().payload(), payload);
}
