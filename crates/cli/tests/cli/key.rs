//! `jotgate key`.

use jotgate_jose::primitive::base64url;
use serde_json::{Value, json};

use super::run::{Place, vectors};

#[test]
fn every_algorithm_can_be_made_inspected_and_used() {
    let place = Place::new();
    for name in ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519"] {
        let key = place.run(&format!("key generate {name}"));
        let answer = place.pipe("key inspect - --json", key.good()).json();
        assert_eq!((answer["ok"].as_bool(), &answer["keys"][0]["algorithm"]), (Some(true), &name.into()));
        place.write("key.json", &key.stdout);
        let token = place.run("token sign --key key.json --expires-in 1m --json").json();
        let token = token["token"].as_str().expect("signed").to_owned();
        assert_eq!(place.pipe("token verify --key key.json --any-iss --any-aud -", &token).code, 0, "{name}");
    }
}

#[test]
fn whoever_says_eddsa_gets_tokens_that_say_it_too() {
    let place = Place::new();
    for (name, header) in [("EdDSA", "EdDSA"), ("Ed25519", "Ed25519")] {
        let key = place.run(&format!("key generate {name}"));
        assert_eq!(key.json()["alg"], header);
        place.write("key.json", &key.stdout);
        let unnamed = key.good().replacen(&format!(",\"alg\":\"{header}\""), "", 1);
        assert_ne!(unnamed, key.good());
        place.write("unnamed.json", unnamed);
        for key in ["--key key.json", &format!("--key unnamed.json --alg {name}")] {
            let token = place.run(&format!("token sign {key} --expires-in 1m"));
            let seen = place.pipe("token decode --json -", &token.stdout).json();
            assert_eq!(seen["header"]["alg"], header, "{key}");
            let jws = place.pipe(&format!("jws sign {key} -"), "{}");
            let seen = place.pipe("token decode --json -", jws.good()).json();
            assert_eq!(seen["header"]["alg"], header, "{key}");
            assert_eq!(
                place.pipe("token verify --key key.json --any-iss --any-aud -", &token.stdout).code,
                0
            );
        }
    }
}

#[test]
fn the_private_half_goes_to_one_file_and_the_public_half_to_another() {
    let place = Place::new();
    place.run("key generate ES256 --kid mine --out key.json --public public.json").good();
    let (private, public) = (place.read("key.json"), place.read("public.json"));
    assert!(private.contains("\"d\"") && !public.contains("\"d\""));
    assert!(private.contains("mine") && public.contains("mine"));
    assert_eq!(place.run("key thumbprint key.json").good(), place.run("key thumbprint public.json").good());
    assert!(place.run("key generate --out key.json").refused(3).contains("exists already"));
    assert_eq!(place.read("key.json"), private);
}

#[test]
fn a_shared_secret_has_no_public_half_and_leaves_no_file_behind() {
    let place = Place::new();
    assert!(
        place
            .run("key generate HS256 --out key.json --public public.json")
            .refused(1)
            .starts_with("key.wrong_use")
    );
    assert!(!place.path("key.json").exists() && !place.path("public.json").exists());
}

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let place = Place::new();
    place.write(
        "rfc8037.json",
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    );
    assert_eq!(
        place.run("key thumbprint rfc8037.json").good(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn a_refused_key_ends_with_1_and_says_why() {
    let place = Place::new();
    place.write("short.txt", "hunter2");
    let short = place.run("key inspect --secret --alg HS256 short.txt");
    assert_eq!(short.code, 1);
    assert!(short.stdout.contains("key.too_small") && !short.stdout.contains("hunter2"), "{}", short.stdout);
    place.write("off-curve.json", r#"{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}"#);
    let off = place.run("key inspect off-curve.json --json");
    assert_eq!(off.code, 1, "{}", off.stdout);
    assert!(off.stdout.contains("key."), "{}", off.stdout);
    assert!(place.pipe("key inspect -", "no key at all").refused(1).starts_with("key."));
}

#[test]
fn one_bad_key_does_not_hide_the_others_of_a_set() {
    let place = Place::new();
    place.run("key generate ES256 --kid good --out key.json --public public.json").good();
    let set = format!(r#"{{"keys":[{},{{"kty":"XX","kid":"strange"}}]}}"#, place.read("public.json"));
    let answer = place.pipe("key inspect - --json", &set);
    assert_eq!(answer.code, 1);
    let keys = answer.json()["keys"].clone();
    assert_eq!((keys[0]["ok"].as_bool(), keys[1]["ok"].as_bool()), (Some(true), Some(false)));
    assert_eq!(
        (keys[1]["kid"].as_str(), keys[1]["reason"].as_str()),
        (Some("strange"), Some("key.unsupported"))
    );
}

#[test]
fn an_rsa_key_without_an_algorithm_is_good_but_weak() {
    let place = Place::new();
    let full: Value = serde_json::from_str(place.run("key generate RS256").good()).unwrap();
    let bare = serde_json::json!({ "kty": "RSA", "n": full["n"], "e": full["e"] });
    let answer = place.pipe("key inspect - --json", &bare.to_string());
    let key = answer.json()["keys"][0].clone();
    assert_eq!((answer.code, key["algorithm"].as_str()), (0, Some("not named")));
    assert_eq!(key["weaknesses"].as_array().map(Vec::len), Some(2), "{key}");
}

/// The key files of the library's tests.
fn sample(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../jose/tests/data/keys");
    std::fs::read_to_string(folder.join(name)).expect("the file is checked in")
}

fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).expect("one JSON value a line")).collect()
}

#[test]
fn a_batch_is_answered_line_by_line_and_in_order() {
    let place = Place::new();
    let ec = r#"{"kty":"EC","crv":"P-256","kid":"ec","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"}"#;
    let oct = r#"{"kty":"oct","alg":"HS256","kid":"oct","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"}"#;
    let pem = sample("rsa.cert.pem");
    let input = [
        format!(r#"{{"id":1,"key":{ec}}}"#),
        format!(r#"{{"id":"two","key":{{"keys":[{ec}]}}}}"#),
        json!({ "id": 3, "key": pem, "alg": "PS256" }).to_string(),
        json!({ "id": 4, "key": pem.replace('\n', "\\n") }).to_string(),
        String::new(),
        format!(r#"{{"id":5,"key":{ec},"alg":"ES384"}}"#),
        format!(r#"{{"id":6,"key":{ec},"alg":"ES521"}}"#),
        format!(r#"{{"id":7,"key":{{"keys":[{ec},{oct}]}}}}"#),
        r#"{"id":8,"key":{"keys":[]}}"#.to_owned(),
        r#"{"id":9,"key":{"kty":"oct","kty":"oct","k":""}}"#.to_owned(),
        r#"{"id":10,"key":17}"#.to_owned(),
        r#"{"id":11}"#.to_owned(),
        "no json".to_owned(),
        format!(r#"{{"id":[12],"key":{oct},"more":true}}"#),
    ];
    let answer = place.pipe("key inspect --batch", &input.join("\n"));
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let answers = lines(&answer.stdout);
    let verdicts: Vec<_> = answers
        .iter()
        .map(|answer| {
            (answer["id"].clone(), answer["ok"] == true, answer["reason"].as_str().unwrap_or_default())
        })
        .collect();
    let wanted = [
        (json!(1), true, ""),
        (json!("two"), true, ""),
        (json!(3), true, ""),
        (json!(4), true, ""),
        (json!(5), false, "alg.key_mismatch"),
        (json!(6), false, "alg.unknown"),
        (json!(7), false, "key.ambiguous"),
        (json!(8), false, "key.malformed"),
        (json!(9), false, "malformed.duplicate_member"),
        (json!(10), false, "key.malformed"),
        (json!(11), false, "key.malformed"),
        (json!(null), false, "malformed.json"),
        (json!([12]), true, ""),
    ];
    assert_eq!(verdicts, wanted);
    assert_eq!((&answers[0]["kid"], &answers[0]["algorithm"]), (&json!("ec"), &json!("ES256")));
    assert_eq!(answers[1]["keys"][0]["kid"], "ec");
    assert_eq!((&answers[2]["algorithm"], &answers[3]["algorithm"]), (&json!("PS256"), &json!("not named")));
    assert_eq!(answers[2]["thumbprint"], answers[3]["thumbprint"]);
    assert!(!answer.stdout.contains("ebuDNsVZ2iJ"), "a secret is repeated");
}

/// A name that two different keys have names neither, whatever their algorithms are.
#[test]
fn a_set_with_one_name_for_two_keys_verifies_nothing() {
    let place = Place::new();
    let [one, two] =
        ["HS256", "HS384"].map(|alg| place.run(&format!("key generate {alg} --kid same")).stdout);
    place.write("one.json", &one);
    let token = place.run("token sign --key one.json --expires-in 1m --json").json()["token"].clone();
    let token = token.as_str().expect("signed");
    for (keys, code) in [(vec![&one], 0), (vec![&one, &one], 0), (vec![&one, &two], 1)] {
        let keys: Vec<_> = keys.into_iter().map(|key| key.trim()).collect();
        place.write("set.json", format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
        let answer = place.pipe("token verify --key set.json --any-iss --any-aud -", token);
        assert_eq!(answer.code, code, "{}", answer.stderr);
        assert_eq!(place.run("key inspect set.json").code, code);
        assert!(code == 0 || answer.stderr.starts_with("key.ambiguous"), "{}", answer.stderr);
    }
}

/// A registered name for something else contradicts the token's; an unregistered one is no name.
#[test]
fn a_key_that_names_another_algorithm_verifies_nothing() {
    let place = Place::new();
    let key: Value = serde_json::from_str(place.run("key generate HS256").good()).unwrap();
    place.write("key.json", key.to_string());
    let token = place.run("token sign --key key.json --expires-in 1m --json").json()["token"].clone();
    let token = token.as_str().expect("signed");
    for (alg, says) in
        [("A256GCM", "alg.key_mismatch"), ("HS384", "key.too_small"), ("HS256x", "key.unsupported")]
    {
        let mut other = key.clone();
        other["alg"] = alg.into();
        other.as_object_mut().expect("a JWK").remove("use");
        place.write("other.json", other.to_string());
        let answer = place.pipe("token verify --key other.json --any-iss --any-aud -", token);
        let refusal = answer.refused(1);
        // The secret of HS256 is too short for HS384, which is said first.
        assert!(refusal.starts_with(says), "{alg}: {refusal}");
    }
}

/// The keys of other people's vectors, each with the verdict it must get.
#[test]
fn the_keys_of_the_vectors_get_their_verdicts() {
    let Some(folder) = vectors() else { return };
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).expect("it is there")).expect("JSON")
    };
    let mut input = Vec::new();
    let good = [
        "jose-cookbook/jwk/3_1.ec_public_key.json",
        "jose-cookbook/jwk/3_2.ec_private_key.json",
        "jose-cookbook/jwk/3_3.rsa_public_key.json",
        "jose-cookbook/jwk/3_4.rsa_private_key.json",
        "jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json",
        "jose-cookbook/jwk/3_6.symmetric_key_encryption.json",
        "rfc-examples/rfc7515_A.1.jwk",
        "rfc-examples/rfc7515_A.2.jwk",
        "rfc-examples/rfc7515_A.3.jwk",
        "rfc-examples/rfc7515_A.4.jwk",
        "rfc-examples/rfc7515_A.6.jwkset",
        "rfc-examples/rfc7517_A.1.jwkset",
        "rfc-examples/rfc7517_A.2.jwkset",
        "rfc-examples/rfc7517_A.3.jwkset",
        "rfc-examples/rfc7517_B.jwk",
        "rfc-examples/rfc7638_3.1.jwk",
    ];
    input.extend(good.map(|name| (json!({ "id": name, "key": read(name) }), "")));
    input.push((json!({ "id": "8037", "key": read("rfc-examples/rfc8037_a3_thumbprint.json")["jwk"] }), ""));
    let refused = [
        (1, "key.ambiguous"),
        (6, "key.unsupported"),
        (8, "key.too_small"),
        (9, "key.malformed"),
        (10, "key.too_small"),
        (12, "key.too_small"),
        (16, "key.too_small"),
        (17, "key.too_small"),
        (19, "key.unsupported"),
        (21, "key.wrong_use"),
        (23, "key.malformed"),
        (24, "key.malformed"),
        (25, "key.wrong_use"),
    ];
    let file = read("wycheproof/json_web_key_test.json");
    for group in file["testGroups"].as_array().expect("groups") {
        let first = group["tests"][0]["tcId"].as_u64().expect("a number");
        let wanted = refused.iter().find(|(id, _)| *id == first).map_or("", |(_, reason)| reason);
        for half in ["public", "private"].into_iter().filter_map(|half| group.get(half)) {
            input.push((json!({ "id": first, "key": half }), wanted));
        }
    }
    let text: Vec<_> = input.iter().map(|(line, _)| line.to_string()).collect();
    let answers = lines(Place::new().pipe("key inspect --batch", &text.join("\n")).good());
    assert_eq!(answers.len(), input.len());
    for ((line, wanted), answer) in input.iter().zip(&answers) {
        assert_eq!(answer["id"], line["id"]);
        assert_eq!(answer["reason"].as_str().unwrap_or_default(), *wanted, "{answer}");
        assert_eq!(answer["ok"] == true, wanted.is_empty(), "{answer}");
    }
    println!("{} keys inspected", answers.len());
}

#[test]
fn one_thumbprint_for_all_forms_of_a_key() {
    let place = Place::new();
    let mut seen = Vec::new();
    for name in ["rsa.pkcs8.pem", "rsa.pkcs1.pem", "rsa.spki.pem", "rsa.public-pkcs1.pem", "rsa.cert.pem"] {
        place.write("key.pem", sample(name));
        seen.push(place.run("key thumbprint key.pem").good().to_owned());
        let uri = place.run("key thumbprint --uri key.pem").good().to_owned();
        assert_eq!(uri, format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", seen[0]));
        assert_eq!(place.run("key inspect key.pem --json").json()["keys"][0]["thumbprint"], seen[0].as_str());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_key_goes_through_every_form_and_stays_the_same() {
    let place = Place::new();
    for (name, alg) in [("rsa", "PS256"), ("p256", "ES256"), ("p521", "ES512"), ("ed25519", "Ed25519")] {
        let (private, public) = (sample(&format!("{name}.pkcs8.pem")), sample(&format!("{name}.spki.pem")));
        let file = |form: &str| format!("{name}.{form}");
        place.write(&file("pem"), &private);
        for (form, from, extra) in [("jwk", "pem", "--alg"), ("der", "jwk", ""), ("pkcs8", "der", "")] {
            let extra = if extra.is_empty() { String::new() } else { format!("{extra} {alg}") };
            place
                .run(&format!("key convert --to {form} --private {extra} --out {name}.{form} {name}.{from}"))
                .good();
            assert_eq!(mode(&place, &file(form)), 0o600);
        }
        assert_eq!(place.read(&file("pkcs8")), private);
        let jwk: Value = serde_json::from_str(&place.read(&file("jwk"))).expect("a JWK");
        assert_eq!(
            (&jwk["alg"], jwk["kid"].as_str()),
            (&json!(alg), Some(place.run(&format!("key thumbprint {name}.pem")).good()))
        );
        // Without --private every form is public, whatever went in.
        for from in ["pem", "jwk", "der"] {
            for form in ["pem", "spki"] {
                assert_eq!(place.run(&format!("key convert --to {form} {name}.{from}")).stdout, public);
            }
            let jwk = place.run(&format!("key convert --to jwk --kid mine {name}.{from}")).json();
            let set = place.run(&format!("key convert --to jwks --kid mine {name}.{from}")).json();
            assert_eq!((&set["keys"][0], &jwk["kid"]), (&jwk, &json!("mine")));
            for number in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(jwk.get(number).is_none(), "{number}");
            }
            place.run(&format!("key convert --to der {name}.{from} --out public.der")).good();
            assert_eq!(place.run("key convert --to pem public.der").stdout, public);
        }
    }
}

fn mode(place: &Place, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(place.path(name)).expect("it was written").permissions().mode() & 0o777
}

#[test]
fn what_cannot_be_converted_is_said() {
    let place = Place::new();
    place.write("key.pem", sample("p256.pkcs8.pem"));
    place.write("public.pem", sample("p256.spki.pem"));
    place.run("key generate HS256 --out secret.json").good();
    for (words, code, says) in [
        ("--to pkcs8 key.pem", 2, "--private"),
        ("--to jwk --private key.pem", 2, "--out"),
        ("--to spki --private --out x key.pem", 2, "SPKI"),
        ("--to jwks --private --out x key.pem", 2, "publication"),
        ("--to jwk --secret key.pem", 2, "--alg"),
        ("--to pkcs8 --private --out x public.pem", 1, "key.wrong_use"),
        ("--to jwk secret.json", 1, "--private"),
        ("--to jwks secret.json", 1, "key.wrong_use"),
        ("--to pem secret.json", 1, "key.wrong_use"),
        ("--to pkcs8 --private --out x secret.json", 1, "key.wrong_use"),
        ("--to jwk --alg ES384 key.pem", 1, "alg.key_mismatch"),
        ("--to jwk --private --out key.pem key.pem", 3, "exists already"),
    ] {
        let refusal = place.run(&format!("key convert {words}"));
        assert!(refusal.refused(code).contains(says), "{words}: {}", refusal.stderr);
        assert!(!place.path("x").exists(), "{words}");
    }
    // A key that would be refused stays where it is.
    let weak = r#"{"kty":"oct","alg":"HS256","k":"c2VjcmV0"}"#;
    assert!(
        place.pipe("key convert --to jwk --private --out x -", weak).refused(1).starts_with("key.too_small")
    );
    let set = format!(r#"{{"keys":[{0},{0}]}}"#, place.run("key convert --to jwk public.pem").good());
    assert!(place.pipe("key convert --to pem -", &set).refused(2).contains("2 keys"));
    assert!(place.pipe("key convert --to jwks --kid a -", &set).refused(2).contains("--kid"));
    assert_eq!(place.pipe("key convert --to jwks -", &set).json()["keys"][1]["kty"], "EC");
    assert!(place.pipe("key convert --to pem -", r#"{"keys":[]}"#).refused(1).contains("no key"));
}

#[test]
fn a_secret_becomes_a_jwk_byte_for_byte() {
    let place = Place::new();
    place.write("secret.txt", "f83ac1907be2d645e3b7a0924c16d8f5");
    place.run("key convert --to jwk --private --secret --alg HS256 secret.txt --out secret.json").good();
    let token = place.run("token sign --key secret.json --expires-in 1m --json").json()["token"].clone();
    let token = token.as_str().expect("signed").to_owned();
    assert_eq!(place.pipe("token verify --secret secret.txt --any-iss --any-aud -", &token).code, 0);
}

#[test]
fn row_81_a_secret_that_ends_with_a_line_end() {
    let place = Place::new();
    let secret = "f83ac1907be2d645e3b7a0924c16d8f5\n";
    place.write("secret.txt", secret);
    let found = place.run("key inspect --secret --alg HS256 secret.txt");
    assert_eq!(found.code, 0, "it works, but not for whoever leaves the line end out");
    assert!(found.stdout.contains("line end"), "{}", found.stdout);
    let jwk = json!({ "kty": "oct", "alg": "HS256", "kid": "a", "k": base64url::encode(secret.as_bytes()) });
    let found = place.pipe("key inspect --json -", &jwk.to_string()).json();
    assert!(found["keys"][0]["weaknesses"].to_string().contains("line end"), "{found}");
    place.write("secret.txt", secret.trim_end());
    assert!(!place.run("key inspect --secret --alg HS256 secret.txt").stdout.contains("line end"));
}

#[test]
fn rsa_keys_of_other_sizes() {
    let place = Place::new();
    place.run("key generate RS256 --bits 3072 --out key.json").good();
    let found = place.run("key inspect key.json --json").json();
    assert_eq!(found["keys"][0]["kind"], "an RSA key of 3072 bits");
    for wrong in ["RS256 --bits 1024", "RS256 --bits 5000", "ES256 --bits 2048"] {
        assert!(place.run(&format!("key generate {wrong}")).refused(2).contains("--bits goes with RSA"));
    }
}

#[test]
fn what_people_bring_instead_of_a_key_is_named() {
    let place = Place::new();
    for (name, says) in [
        ("refused.openssh.pem", "ssh-keygen"),
        ("refused.encrypted.pem", "openssl pkcs8"),
        ("refused.pkcs12.base64", "openssl pkcs12"),
        ("refused.request.pem", "openssl req"),
        ("refused.secp256k1.pem", "secp256k1"),
    ] {
        place.write("key", sample(name));
        let refusal = place.run("key inspect key");
        assert!(refusal.refused(1).starts_with("key.unsupported"), "{}", refusal.stderr);
        assert!(refusal.stderr.contains(says), "{}", refusal.stderr);
    }
    for (bytes, says) in [
        ("\u{feff}{\"kty\":\"oct\"}".as_bytes(), "malformed.utf8"),
        (b"\xff\xfe-\0", "UTF-16"),
        (b"", "empty"),
        (b"\x30\x82\xff\xff\x00", "cut short"),
    ] {
        place.write("key", bytes);
        let refusal = place.run("key inspect key");
        assert!(refusal.refused(1).contains(says), "{}", refusal.stderr);
    }
    // From an environment variable, with its line ends lost on the way.
    let pem = sample("p256.sec1.pem").replace('\n', "\\n");
    let answer = place.run_with("key inspect env:KEY", &[("KEY", &pem)], "");
    assert!(answer.good().contains("ES256"), "{}", answer.stdout);
}
