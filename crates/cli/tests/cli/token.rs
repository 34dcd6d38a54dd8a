//! `jotgate token`.

use serde_json::{Value, json};

use super::run::{Answer, Place};

const NOW: &str = "1700000000";

/// A place with a key pair and a token of it that expires 15 minutes after [`NOW`].
fn place() -> Place {
    let place = Place::new();
    place.run("key generate ES256 --kid k --out key.json --public public.json").good();
    let signed = place.run(&format!(
        "token sign --key key.json --iss https://id.example --aud api --sub 42 --expires-in 15m --now {NOW}"
    ));
    assert_eq!(signed.code, 0, "{}", signed.stderr);
    place.write("token.txt", &signed.stdout);
    place
}

fn verify(place: &Place, more: &str) -> Answer {
    place.run(&format!("token verify --key public.json {more} token.txt"))
}

#[test]
fn what_was_signed_verifies_and_comes_out_as_json() {
    let place = place();
    let answer = verify(&place, &format!("--iss https://id.example --aud api --now {NOW}"));
    let claims: Value = serde_json::from_str(answer.good()).unwrap();
    let want = json!({
        "iss": "https://id.example", "aud": "api", "sub": "42", "iat": 1_700_000_000, "exp": 1_700_000_900,
    });
    assert_eq!(claims, want);
    let json = verify(&place, &format!("--iss https://id.example --aud api --now {NOW} --json")).json();
    assert_eq!((json["ok"].as_bool(), &json["claims"], &json["kid"]), (Some(true), &want, &"k".into()));
}

#[test]
fn each_refusal_is_one_line_with_its_reason_and_exit_code_1() {
    let place = place();
    let good = format!("--iss https://id.example --aud api --now {NOW}");
    let cases = [
        (good.replace("id.example", "other.example"), "iss.mismatch: "),
        (good.replace("--aud api", "--aud other"), "aud.mismatch: "),
        (good.replace(NOW, "1700000900"), "exp.expired: "),
        (good.replace(NOW, "1699999999"), "iat.in_future: "),
        (format!("{good} --typ at+jwt"), "typ.mismatch: "),
        (format!("{good} --alg ES384"), "alg.key_mismatch: "),
    ];
    for (options, reason) in cases {
        let answer = verify(&place, &options);
        let line = answer.refused(1);
        assert!(line.starts_with(reason), "{options}: {line}");
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let json = verify(&place, &format!("{options} --json"));
        assert_eq!(
            (json.code, format!("{}: ", json.json()["reason"].as_str().unwrap())),
            (1, reason.to_owned())
        );
    }
}

#[test]
fn leeway_bends_the_end_and_is_bounded() {
    let place = place();
    let at = |options: &str| verify(&place, &format!("--any-iss --any-aud --now 1700000905 {options}"));
    assert!(at("").refused(1).starts_with("exp.expired"));
    at("--leeway 10").good();
    assert!(at("--leeway 100000").refused(2).starts_with("policy.invalid"));
}

#[test]
fn a_changed_token_and_another_key_are_refused() {
    let place = place();
    let token = place.read("token.txt");
    let (head, tail) = token.split_at(token.len() - 30);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{head}{other}{}", &tail[1..]);
    let options = format!("--key public.json --any-iss --any-aud --now {NOW} -");
    assert!(
        place.pipe(&format!("token verify {options}"), &changed).refused(1).starts_with("signature.invalid")
    );
    place.run("key generate ES256 --kid k --out other.json").good();
    let other = options.replace("public.json", "other.json");
    assert!(place.pipe(&format!("token verify {other}"), &token).refused(1).starts_with("signature.invalid"));
}

#[test]
fn the_decisions_cannot_be_forgotten() {
    let place = place();
    assert!(place.run("token sign --key key.json").refused(2).contains("--expires-in"));
    assert!(place.run("token sign --expires-in 1m").refused(2).contains("--key"));
    assert!(place.run("token verify --key public.json --aud api token.txt").refused(2).contains("--iss"));
    assert!(place.run("token verify --key public.json --any-iss token.txt").refused(2).contains("--aud"));
    assert!(place.run("token sign --key key.json --expires-in 900").refused(2).contains("900"));
}

#[test]
fn a_token_for_ever_is_made_and_checked_only_when_said_so() {
    let place = place();
    let signed = place.run("token sign --key key.json --no-expiry");
    assert!(signed.code == 0 && signed.stderr.contains("never expires"), "{}", signed.stderr);
    let verify = "token verify --key public.json --any-iss --any-aud";
    assert!(place.pipe(verify, &signed.stdout).refused(1).starts_with("exp.missing"));
    place.pipe(&format!("{verify} --allow-no-expiry"), &signed.stdout).good();
}

#[test]
fn claims_come_from_a_file_and_from_arguments_and_never_twice() {
    let place = place();
    place.write("claims.json", r#"{"email":"ada@example.com","roles":["admin"]}"#);
    let signed = place.run(
        "token sign --key key.json --claims claims.json --claim n=7 --claim s=seven --expires-in 1h --json",
    );
    let claims = signed.json()["claims"].clone();
    assert_eq!(
        (&claims["n"], &claims["s"], &claims["roles"][0]),
        (&json!(7), &json!("seven"), &json!("admin"))
    );
    let twice = place.run("token sign --key key.json --claim sub=1 --sub 2 --expires-in 1h");
    assert!(twice.refused(2).contains("`sub` is said twice"));
    place.write("ending.json", r#"{"exp":1}"#);
    assert!(
        place.run("token sign --key key.json --claims ending.json --no-expiry").refused(2).contains("exp")
    );
    assert!(
        place
            .run("token sign --key key.json --claims ending.json --expires-in 1h")
            .refused(2)
            .contains("exp")
    );
    place.write("list.json", "[]");
    assert!(
        place
            .run("token sign --key key.json --claims list.json --expires-in 1h")
            .refused(2)
            .contains("object")
    );
}

#[test]
fn a_shared_secret_comes_from_a_file_or_the_environment() {
    let place = Place::new();
    let secret = "0123456789abcdef0123456789abcdef-x";
    place.write("secret.txt", secret);
    let signed =
        place.run_with("token sign --secret env:JWT_SECRET --expires-in 1h", &[("JWT_SECRET", secret)], "");
    assert_eq!(signed.code, 0, "{}", signed.stderr);
    place.pipe("token verify --secret secret.txt --any-iss --any-aud", &signed.stdout).good();
    let unset = place.run("token sign --secret env:JWT_SECRET --expires-in 1h");
    assert!(unset.refused(3).contains("environment variable"));
}

#[test]
fn weak_and_well_known_secrets_do_not_sign() {
    let place = Place::new();
    for (secret, reason) in [("your-256-bit-secret", "key.too_small"), (&"a".repeat(32), "key.")] {
        place.write("secret.txt", secret);
        let refused = place.run("token sign --secret secret.txt --expires-in 1h");
        assert!(
            refused.refused(1).starts_with(reason) && !refused.stderr.contains(secret),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_secret_in_another_form_is_recognised() {
    let place = Place::new();
    let hex = place.run("secret").good().to_owned();
    place.write("text.txt", &hex);
    place.write("line.txt", format!("{hex}\n"));
    place.write(
        "bytes.bin",
        (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect::<Vec<_>>(),
    );
    let token = |secret: &str| place.run(&format!("token sign --secret {secret} --expires-in 1h")).stdout;
    let verify = |secret: &str, token: &str| {
        place
            .pipe(&format!("token verify --secret {secret} --any-iss --any-aud"), token)
            .refused(1)
            .to_owned()
    };
    assert!(verify("line.txt", &token("text.txt")).contains("signature.trailing_newline"));
    assert!(verify("text.txt", &token("line.txt")).contains("signature.trailing_newline"));
    assert!(verify("text.txt", &token("bytes.bin")).contains("hexadecimal"));
    let base64 = place.run("secret --base64url").good().to_owned();
    place.write("base64.txt", &base64);
    let key = json!({ "kty": "oct", "alg": "HS256", "k": base64 });
    place.write("decoded.json", key.to_string());
    let signed = place.run("token sign --key decoded.json --expires-in 1h").stdout;
    assert!(verify("base64.txt", &signed).contains("signature.base64_secret"));
}

#[test]
fn a_public_key_is_never_a_shared_secret() {
    let place = place();
    let refused = place.run("token sign --secret public.json --expires-in 1h");
    assert!(refused.refused(1).starts_with("key.wrong_use"), "{}", refused.stderr);
}

#[test]
fn decode_shows_everything_and_says_that_nothing_was_checked() {
    let place = place();
    let answer = place.run(&format!("token decode token.txt --now {NOW}"));
    let text = answer.good();
    assert!(text.contains("anyone can read this; the signature was NOT checked"));
    assert!(
        text.contains("\"sub\": \"42\"")
            && text.contains("14 November 2023, 22:28:20 UTC, expires in 15 minutes"),
        "{text}"
    );
    let piped = place.pipe("token decode --json", &format!("Bearer {}", place.read("token.txt"))).json();
    assert_eq!((piped["verified"].as_bool(), &piped["header"]["alg"]), (Some(false), &"ES256".into()));
    let typed = place.run(&format!("token decode {}", place.read("token.txt").trim()));
    assert!(typed.code == 0 && typed.stderr.contains("shell's history"), "{}", typed.stderr);
}

#[test]
fn decode_says_when_a_signature_cannot_be_one() {
    let place = Place::new();
    // {"alg":"HS256"} . {"exp":1700000000000} with a signature of 18 bytes, as a tutorial prints it.
    let fake = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDAwMDB9.Tm9EdUxvZ0luU2lnbmF0dXJl";
    let text = place.pipe("token decode", fake).good().to_owned();
    assert!(text.contains("18 bytes, and HS256 always makes 32"), "{text}");
    assert!(text.contains("in milliseconds it would be 14 November 2023"), "{text}");
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    assert!(place.pipe("token decode", unsigned).good().contains("this token is not signed"));
    assert!(place.pipe("token decode", "not a token").refused(1).starts_with("malformed.parts"));
}

#[test]
fn a_batch_is_answered_line_by_line_in_order() {
    let place = place();
    let key: Value = serde_json::from_str(&place.read("public.json")).unwrap();
    let token = place.read("token.txt").trim().to_owned();
    let lines = [
        json!({ "id": 1, "key": key, "token": token }).to_string(),
        json!({ "id": "two", "key": { "keys": [key] }, "token": token.replace('.', "") }).to_string(),
        json!({ "id": 3, "key": { "kty": "oct", "k": "AAAA" }, "token": token }).to_string(),
        "{".to_owned(),
        json!({ "id": 5, "key": key, "alg": "ES384", "token": token }).to_string(),
        json!({ "id": 6, "token": token }).to_string(),
    ];
    let answer =
        place.pipe(&format!("token verify --batch --any-iss --any-aud --now {NOW}"), &lines.join("\n"));
    let answers: Vec<Value> = answer.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reason = |at: usize| answers[at]["reason"].as_str().unwrap_or_default();
    assert_eq!(answers[0], json!({ "id": 1, "ok": true, "payload": token.split('.').nth(1) }));
    assert_eq!((&answers[1]["id"], reason(1)), (&json!("two"), "malformed.parts"));
    assert!(reason(2).starts_with("key.") || reason(2).starts_with("alg."), "{}", answers[2]);
    assert_eq!((&answers[3]["id"], reason(3)), (&Value::Null, "malformed.json"));
    assert_eq!(reason(4), "alg.key_mismatch");
    assert_eq!((&answers[5]["id"], reason(5)), (&json!(6), "key.unknown_kid"));
}

#[test]
fn a_key_without_an_algorithm_takes_the_tokens_if_it_is_of_the_kind() {
    let place = Place::new();
    place.run("key generate RS256 --out rsa.json").good();
    let mut key: Value = serde_json::from_str(&place.read("rsa.json")).unwrap();
    key.as_object_mut().unwrap().retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
    place.write("bare.json", key.to_string());
    let token = place.run("token sign --key rsa.json --expires-in 1h").stdout;
    place.pipe("token verify --key bare.json --any-iss --any-aud", &token).good();
    place.write("secret.txt", "0123456789abcdef0123456789abcdef-x");
    let symmetric = place.run("token sign --secret secret.txt --expires-in 1h").stdout;
    assert!(
        place
            .pipe("token verify --key bare.json --any-iss --any-aud", &symmetric)
            .refused(1)
            .starts_with("alg.")
    );
}

#[test]
fn what_was_typed_for_a_secret_is_never_repeated() {
    let place = Place::new();
    let typed = "correct-horse-battery-staple-0123456789";
    for words in
        ["token sign --expires-in 1h --secret", "token verify --any-iss --any-aud --secret", "key inspect"]
    {
        let answer = place.run(&format!("{words} {typed}"));
        assert!(answer.code == 3 && !answer.stderr.contains(typed), "{words}: {}", answer.stderr);
    }
}
