//! `jotgate key`.

use super::run::Place;

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
    let full: serde_json::Value = serde_json::from_str(place.run("key generate RS256").good()).unwrap();
    let bare = serde_json::json!({ "kty": "RSA", "n": full["n"], "e": full["e"] });
    let answer = place.pipe("key inspect - --json", &bare.to_string());
    let key = answer.json()["keys"][0].clone();
    assert_eq!((answer.code, key["algorithm"].as_str()), (0, Some("not named")));
    assert_eq!(key["weaknesses"].as_array().map(Vec::len), Some(2), "{key}");
}
