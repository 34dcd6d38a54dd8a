//! `jotgate jws`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

use std::path::Path;

use jotgate_jose::primitive::base64url;
use serde_json::{Value, json};

use super::run::{Place, vectors};

/// A place with a key pair of each of two kinds, a shared secret and a letter.
fn place() -> Place {
    let place = Place::new();
    place.run("key generate ES256 --kid ours --out ours.json --public ours.pub").good();
    place.run("key generate EdDSA --kid theirs --out theirs.json --public theirs.pub").good();
    place.write("secret.txt", "0123456789abcdef0123456789abcdef-x");
    place.write("letter.txt", "Dear Ada,\nall is well.\n");
    place
}

fn sign(place: &Place, words: &str, file: &str) {
    let signed = place.run(&format!("jws sign {words} letter.txt"));
    assert_eq!(signed.code, 0, "{}", signed.stderr);
    place.write(file, signed.stdout);
}

/// With a key that names no algorithm, it is the token that has to be blamed.
#[test]
fn an_unsigned_token_is_told_from_a_key_without_an_algorithm() {
    let place = Place::new();
    let key = json!({"kty": "oct", "k": base64url::encode(&(0..64).map(|n: u8| n.wrapping_mul(37)).collect::<Vec<_>>())});
    let token = |header: &str| format!("{}.e30.", base64url::encode(header.as_bytes()));
    let lines = [r#"{"alg":"none"}"#, r#"{"alg":"HS1"}"#, "{}"]
        .map(|header| json!({"key": key, "token": token(header)}));
    let reasons: Vec<_> = batch(&place, "", &lines).iter().map(|answer| answer["reason"].clone()).collect();
    assert_eq!(reasons, ["alg.none", "alg.unknown", "alg.unknown"]);
}

#[test]
fn the_payload_comes_out_as_it_went_in_in_every_form() {
    let place = place();
    for form in ["compact", "flattened", "general"] {
        sign(&place, &format!("--key ours.json --form {form} --typ letter"), "letter.jws");
        let answer = place.run("jws verify --key ours.pub letter.jws");
        assert_eq!((answer.code, answer.stdout.as_str()), (0, "Dear Ada,\nall is well.\n"), "{form}");
        assert_eq!(answer.stderr, "");
        let json = place.run("jws verify --key ours.pub --json letter.jws").json();
        let said = json!({"index": 0, "alg": "ES256", "kid": "ours"});
        assert_eq!((&json["ok"], &json["signature"]), (&json!(true), &said));
        let refused = place.run("jws verify --key theirs.pub letter.jws");
        assert!(refused.refused(1).starts_with("key.unknown_kid: "), "{}", refused.stderr);
        assert_eq!(refused.stderr.matches('\n').count(), 1, "{}", refused.stderr);
    }
    let signed = place.run("jws sign --secret secret.txt --alg HS256 letter.txt").stdout;
    let answer = place.pipe("jws verify --secret secret.txt -", &signed);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "Dear Ada,\nall is well.\n"));
}

#[test]
fn a_payload_may_travel_by_other_means() {
    let place = place();
    for more in ["", "--unencoded", "--form flattened", "--form general --unencoded"] {
        sign(&place, &format!("--key ours.json --detached {more}"), "letter.jws");
        let answer = place.run("jws verify --key ours.pub --detached letter.txt letter.jws");
        assert_eq!((answer.code, answer.stdout.as_str()), (0, "Dear Ada,\nall is well.\n"), "{more}");
        assert!(place.run("jws verify --key ours.pub letter.jws").code == 1);
        place.write("other.txt", "Dear Ada,\r\nall is well.\r\n");
        let refused = place.run("jws verify --key ours.pub --detached other.txt letter.jws");
        assert!(refused.refused(1).starts_with("signature.invalid: "), "{}", refused.stderr);
    }
    sign(&place, "--key ours.json", "letter.jws");
    let refused = place.run("jws verify --key ours.pub --detached letter.txt letter.jws");
    assert!(refused.refused(1).starts_with("malformed.parts: "), "{}", refused.stderr);
    // A line end cannot stand between two dots.
    let refused = place.run("jws sign --key ours.json --unencoded letter.txt");
    assert!(refused.refused(1).starts_with("malformed.parts: "), "{}", refused.stderr);
}

#[test]
fn one_good_signature_of_several_is_enough_and_is_named() {
    let place = place();
    sign(&place, "--key ours.json --key theirs.json --form general", "letter.jws");
    let answer = place.run("jws verify --key theirs.pub letter.jws");
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "Dear Ada,\nall is well.\n"));
    assert!(
        answer.stderr.contains("signature 2 of 2 is good (Ed25519, kid \"theirs\")"),
        "{}",
        answer.stderr
    );
    let json = place.run("jws verify --key theirs.pub --json letter.jws").json();
    assert_eq!(json["signature"]["index"], 1);
    let refused = place.run("jws sign --key ours.json --key theirs.json letter.txt");
    assert!(refused.refused(2).contains("general"), "{}", refused.stderr);
    let refused = place.run("jws sign --key ours.json --key theirs.json --form general --kid x letter.txt");
    assert!(refused.refused(2).contains("--kid"), "{}", refused.stderr);
    assert!(place.run("jws sign letter.txt").refused(2).contains("--key"));
    assert!(place.run("jws verify letter.jws").refused(2).contains("--key"));
}

fn batch(place: &Place, words: &str, lines: &[Value]) -> Vec<Value> {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    let answer = place.pipe(&format!("jws verify --batch {words}"), &lines.join("\n"));
    answer.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_batch_takes_every_form_and_every_kind_of_key() {
    let place = place();
    let read = |name: &str| -> Value { serde_json::from_str(&place.read(name)).unwrap() };
    let (ours, theirs) = (read("ours.pub"), read("theirs.pub"));
    let set = json!({"keys": [ours, theirs]});
    sign(&place, "--key ours.json", "compact.jws");
    sign(&place, "--key ours.json --key theirs.json --form general", "general.jws");
    sign(&place, "--key ours.json --form flattened --detached", "detached.jws");
    sign(&place, "--secret secret.txt --alg HS256", "secret.jws");
    let compact = place.read("compact.jws").trim().to_owned();
    let payload = compact.split('.').nth(1).unwrap();
    let hmac = place.read("secret.jws").trim().to_owned();
    let answers = batch(
        &place,
        "",
        &[
            json!({"id": 1, "key": ours, "token": compact}),
            json!({"id": 2, "key": theirs, "token": read("general.jws")}),
            json!({"id": 3, "key": set, "token": read("general.jws")}),
            json!({"id": 4, "key": ours, "token": read("detached.jws"), "payload": payload}),
            json!({"id": 5, "secret": "0123456789abcdef0123456789abcdef-x", "token": hmac}),
            json!({"id": 6, "secret": "another secret, of more than 32 letters", "token": hmac}),
            json!({"id": 7, "key": theirs, "token": compact}),
            json!({"id": 8, "key": ours, "token": compact, "alg": "ES384"}),
            json!({"id": 9, "key": ours, "token": compact, "alg": "ES999"}),
            json!({"id": 10, "token": "eyJhbGciOiJub25lIn0.e30."}),
            json!({"id": 11, "key": ours, "token": place.read("general.jws")}),
            json!({"id": 12, "key": ours, "token": 12}),
            json!({"id": 13, "key": ours}),
            json!({"id": 14, "key": ours, "token": compact, "payload": payload}),
            json!({"id": 15, "key": ours, "token": read("detached.jws"), "payload": "AA="}),
        ],
    );
    let good = |id: i32| json!({"id": id, "ok": true, "payload": payload});
    let named = |id: i32, index: i32, alg: &str, kid: &str| {
        let mut answer = good(id);
        answer["signature"] = json!({"index": index, "alg": alg, "kid": kid});
        answer
    };
    let no = |id: i32, reason: &str| json!({"id": id, "ok": false, "reason": reason});
    let want = [
        good(1),
        named(2, 1, "Ed25519", "theirs"),
        named(3, 0, "ES256", "ours"),
        named(4, 0, "ES256", "ours"),
        good(5),
        no(6, "signature.invalid"),
        no(7, "key.unknown_kid"),
        no(8, "alg.key_mismatch"),
        no(9, "alg.unknown"),
        no(10, "alg.none"),
        no(11, "malformed.parts"),
        no(12, "malformed.parts"),
        no(13, "malformed.parts"),
        no(14, "malformed.parts"),
        no(15, "malformed.base64"),
    ];
    assert_eq!(answers, want);
}

#[test]
fn a_batch_keeps_to_the_shared_options_and_to_flaws_of_json() {
    let place = place();
    sign(&place, "--key ours.json", "compact.jws");
    sign(&place, "--key ours.json --detached", "detached.jws");
    let (compact, detached) = (place.read("compact.jws"), place.read("detached.jws"));
    let lines = [json!({"id": 1, "token": compact.trim()}), json!({"id": 2, "token": detached.trim()})];
    let oks = |words: &str| -> Vec<bool> {
        batch(&place, words, &lines).iter().map(|answer| answer["ok"].as_bool().unwrap()).collect()
    };
    assert_eq!(oks("--key ours.pub"), [true, false]);
    assert_eq!(oks("--key ours.pub --detached letter.txt"), [false, true]);
    assert_eq!(oks("--secret secret.txt"), [false, false]);

    // The text of a JSON form is what is judged, not what a parser made of it.
    let twice = r#"{"id":"x","key":null,"token":{"payload":"","payload":"","signature":""}}"#;
    let answer = place.pipe("jws verify --batch --key ours.pub", &format!("{twice}\n\n{{"));
    let reasons: Vec<Value> = answer
        .good()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["reason"].clone())
        .collect();
    assert_eq!(reasons, ["malformed.duplicate_member", "malformed.json"]);
}

#[test]
fn an_algorithm_is_taken_from_the_headers_only_where_it_fits() {
    let place = place();
    place.run("key generate PS256 --kid r --out rsa.json").good();
    let mut key: Value = serde_json::from_str(&place.read("rsa.json")).unwrap();
    let signed = place.run("jws sign --key rsa.json --form flattened letter.txt").stdout;
    key.as_object_mut().unwrap().retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
    place.write("bare.json", key.to_string());
    assert_eq!(place.pipe("jws verify --key bare.json", &signed).code, 0);
    let hmac = place.run("jws sign --secret secret.txt --form flattened letter.txt").stdout;
    let refused = place.pipe("jws verify --key bare.json", &hmac);
    assert!(refused.refused(1).starts_with("alg.key_mismatch"), "{}", refused.stderr);
    // A header that breaks the rules is refused for that, not for naming no algorithm.
    let mut broken: Value = serde_json::from_str(&signed).unwrap();
    broken["header"] = json!({"crit": ["b64"]});
    let refused = place.pipe("jws verify --key bare.json", &broken.to_string());
    assert!(refused.refused(1).starts_with("crit.malformed"), "{}", refused.stderr);
}

fn vector(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// Lines of Wycheproof, with whether the file calls the token valid.
fn wycheproof(folder: &Path, name: &str) -> Vec<(Value, bool)> {
    let mut lines = Vec::new();
    for group in vector(folder, &format!("wycheproof/{name}"))["testGroups"].as_array().unwrap() {
        let key = group.get("public").or_else(|| group.get("private")).unwrap();
        for test in group["tests"].as_array().unwrap() {
            if let Some(token) = test["jws"].as_str() {
                let id = format!("{name} {}", test["tcId"]);
                lines.push((json!({"id": id, "key": key, "token": token}), test["result"] == "valid"));
            }
        }
    }
    lines
}

/// Lines of the cookbook: every output of every example with each of its keys, the payload beside it where it is
/// detached.
fn cookbook(folder: &Path) -> Vec<Value> {
    let mut lines = Vec::new();
    for place in ["jws", "curve25519", "rfc7797"] {
        for entry in std::fs::read_dir(folder.join("jose-cookbook").join(place)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let example = vector(folder, &format!("jose-cookbook/{place}/{name}"));
            let input = &example["input"];
            let payload = base64url::encode(input["payload"].as_str().unwrap().as_bytes());
            let keys = input["key"].as_array().cloned().unwrap_or_else(|| vec![input["key"].clone()]);
            for (form, token) in example["output"].as_object().into_iter().flatten() {
                let is_detached = token
                    .as_str()
                    .map_or_else(|| token.get("payload").is_none(), |compact| compact.contains(".."));
                for key in &keys {
                    let mut line = json!({"id": format!("{name} {form}"), "key": key, "token": token});
                    if is_detached {
                        line["payload"] = payload.clone().into();
                    }
                    lines.push(line);
                }
            }
        }
    }
    lines
}

#[test]
fn other_peoples_vectors_give_the_expected_verdicts() {
    let Some(folder) = vectors() else { return };
    let place = Place::new();
    let mut cases: Vec<(Value, bool)> = Vec::new();
    for name in ["json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"] {
        cases.extend(wycheproof(&folder, name));
    }
    cases.extend(cookbook(&folder).into_iter().map(|line| (line, true)));
    for (key, token, is_valid) in [
        ("A.1.jwk", "A.1.jwsc", true),
        ("A.2.jwk", "A.2.jwsc", true),
        ("A.3.jwk", "A.3.jwsc", true),
        ("A.4.jwk", "A.4.jwsc", true),
        ("A.1.jwk", "A.5.jwsc", false),
        ("A.6.jwkset", "A.6.jwsg", true),
        ("A.6.1.jwk", "A.6.jwsg", true),
        ("A.6.2.jwk", "A.6.jwsg", true),
        ("A.7.jwk", "A.7.jwsf", true),
    ] {
        let key = vector(&folder, &format!("rfc-examples/rfc7515_{key}"));
        let text = std::fs::read_to_string(folder.join(format!("rfc-examples/rfc7515_{token}"))).unwrap();
        let token = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.trim()));
        cases.push((json!({"id": "RFC 7515", "key": key, "token": token}), is_valid));
    }
    let (lines, valid): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let answers = batch(&place, "", &lines);
    assert_eq!(answers.len(), lines.len());
    let mut deviations = Vec::new();
    for ((line, answer), is_valid) in lines.iter().zip(&answers).zip(valid) {
        assert_eq!(line["id"], answer["id"]);
        if answer["ok"] != is_valid {
            deviations.push(format!("{} {}", answer["id"], answer["reason"].as_str().unwrap_or("accepted")));
        }
    }
    println!("{} vectors through the filter, deviations: {deviations:#?}", lines.len());
    // By name and number, because each has its reason: see `Deviation` in the library's tests.
    let named = [
        "346 alg.key_mismatch",
        "347 key.unsupported",
        "351 key.unsupported",
        "367 accepted",
        "370 accepted",
    ];
    for deviation in &deviations {
        assert!(named.iter().any(|known| deviation.replace('"', "").ends_with(known)), "{deviation}");
    }
}
