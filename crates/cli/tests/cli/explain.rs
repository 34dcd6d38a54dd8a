//! `jotgate token explain`.

use serde_json::{Value, json};

use super::run::{Answer, Place};

const NOW: &str = "1700000000";
const SECRET: &str = "0123456789abcdef0123456789abcdef-x";

/// A place with a key pair, a secret and a token of each that expires 15 minutes after [`NOW`].
fn place() -> Place {
    let place = Place::new();
    place.run("key generate ES256 --kid k --out key.json --public public.json").good();
    place.write("secret.txt", SECRET);
    for (name, key) in [("es.txt", "--key key.json --typ at+jwt"), ("hs.txt", "--secret secret.txt")] {
        let signed = place.run(&format!(
            "token sign {key} --iss https://id.example --aud api --sub 42 --expires-in 15m --now {NOW}"
        ));
        assert_eq!(signed.code, 0, "{}", signed.stderr);
        place.write(name, &signed.stdout);
    }
    place
}

/// Standard output of a report that ends in a no; the answer is given in full, so standard error is empty.
#[track_caller]
fn no(answer: &Answer) -> &str {
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""), "{}", answer.stdout);
    &answer.stdout
}

#[test]
fn a_good_token_passes_and_what_is_not_asked_is_said() {
    let place = place();
    let asked = "--key public.json --iss https://id.example --aud api --typ at+jwt";
    let answer = place.run(&format!("token explain es.txt --now {NOW} {asked}"));
    let text = answer.good();
    assert!(text.starts_with("Every check passed, with the key you gave."), "{text}");
    assert!(text.contains("the ES256 key \"k\", because the token names it"), "{text}");
    assert!(text.contains("14 November 2023, 22:28:20 UTC, expires in 15 minutes"), "{text}");
    let answer = place.run(&format!("token explain es.txt --now {NOW}"));
    let text = answer.good();
    assert!(text.contains("the signature was not checked") && text.contains("issuer, audience"), "{text}");
    assert!(!text.to_lowercase().contains("verified"));
}

#[test]
fn every_fault_is_listed_with_both_sides_and_the_mend() {
    let place = place();
    let answer = place
        .run("token explain es.txt --key public.json --iss https://id.example/ --aud web --now 1700003600");
    let text = no(&answer);
    for words in [
        "iss.mismatch",
        "expected \"https://id.example/\", received \"https://id.example\"",
        "slash at the end",
        "aud.mismatch",
        "exp.expired",
        "the token has expired, 45 minutes ago",
        "2 more checks fail",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json = place.run("token explain es.txt --iss https://id.example/ --now 1700000001 --json");
    assert_eq!(json.code, 1);
    let json = json.json();
    assert_eq!((&json["ok"], &json["reason"]), (&json!(false), &json!("iss.mismatch")));
    assert_eq!(json["report"]["found"]["kind"], "jws");
}

#[test]
fn the_token_is_found_in_what_was_pasted() {
    let place = place();
    let token = place.read("hs.txt").trim().to_owned();
    let folded: Vec<_> = token.as_bytes().chunks(48).map(|line| std::str::from_utf8(line).unwrap()).collect();
    for (text, words) in [
        (format!("curl -H 'Authorization: Bearer {token}' https://x"), "in a curl command"),
        (format!("Set-Cookie: session={token}; HttpOnly"), "in the cookie `session`"),
        (format!("{{\"access_token\":\"{token}\",\"refresh_token\":\"jgr_abc\"}}"), "member `access_token`"),
        (format!("https://x/#access_token={token}"), "fragment"),
        (folded.join("\n"), "lines together"),
        (token.replace('.', "%2E"), "percent-encoding"),
    ] {
        let answer = place.pipe(&format!("token explain --secret secret.txt --now {NOW}"), &text);
        assert!(answer.good().contains(words), "{text}: {}", answer.stdout);
    }
    let two = format!("{token} {}", place.read("es.txt"));
    let second = place.pipe(&format!("token explain --pick 2 --json --now {NOW}"), &two).json();
    assert_eq!(second["report"]["algorithm"]["name"], "ES256");
    assert!(place.pipe("token explain --pick 3", &two).refused(2).contains("2 tokens"));
}

#[test]
fn wrong_secrets_are_diagnosed() {
    let place = place();
    place.write("line.txt", format!("{SECRET}\n"));
    place.write("quoted.txt", format!("\"{SECRET}\""));
    place.write("env.txt", format!("JWT_SECRET={SECRET}"));
    for (file, hint) in [
        ("line.txt", "signature.trailing_newline"),
        ("quoted.txt", "signature.quoted_secret"),
        ("env.txt", "signature.quoted_secret"),
    ] {
        let answer = place.run(&format!("token explain hs.txt --secret {file} --now {NOW}"));
        let text = no(&answer);
        assert!(text.contains(hint) && !text.contains(SECRET), "{file}: {text}");
    }
    place.write("words.txt", format!("one\ntwo\n{SECRET}\n"));
    let answer = place.run(&format!("token explain hs.txt --wordlist words.txt --now {NOW}"));
    assert!(answer.good().contains("line 3 of the word list") && !answer.stdout.contains(SECRET));
    place.write("words.txt", "one\ntwo\n");
    let answer = place.run(&format!("token explain hs.txt --wordlist words.txt --now {NOW}"));
    assert!(answer.good().contains("no line of the word list"));
}

#[test]
fn the_sample_of_every_debugger_is_recognised() {
    let place = Place::new();
    let john = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let answer = place.pipe("token explain --allow-no-expiry", john);
    let text = answer.good();
    assert!(text.contains("John Doe") && text.contains("\"your-256-bit-secret\""), "{text}");
    assert!(text.contains("Anybody can sign it"), "{text}");
    let borrowed = john.replacen(
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ",
        "eyJyb2xlIjoiYWRtaW4ifQ",
        1,
    );
    let answer = place.pipe("token explain", &borrowed);
    assert!(no(&answer).contains("copied from the John Doe token"), "{}", answer.stdout);
}

#[test]
fn what_is_no_token_is_named_and_a_refresh_token_stays_closed() {
    let place = Place::new();
    for (text, words) in [
        ("0190f5b2-7b7c-7e3f-9a55-0c5d9f3e1a77", "UUID"),
        ("jgr_AbCdEf", "opaque on purpose"),
        ("", "empty"),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c", "encrypted"),
    ] {
        let answer = place.pipe("token explain", text);
        assert!(no(&answer).contains(words), "{text}: {}", answer.stdout);
    }
}

#[test]
fn the_work_is_shown() {
    let place = place();
    let answer = place.run(&format!("token explain hs.txt --secret secret.txt --now {NOW} --show-work"));
    let text = answer.good();
    assert!(text.contains("HMAC-SHA256(secret, base64url(header) + \".\" + base64url(payload))"), "{text}");
    assert!(text.contains("equal: whoever knows the secret made this token"), "{text}");
    let answer = place.run(&format!("token explain es.txt --key public.json --now {NOW} --show-work"));
    assert!(answer.good().contains("two numbers, r and s"), "{}", answer.stdout);
}

#[test]
fn a_batch_is_answered_line_by_line_in_order() {
    let place = place();
    let key: Value = serde_json::from_str(&place.read("public.json")).unwrap();
    let token = place.read("es.txt").trim().to_owned();
    let lines = [
        json!({ "id": 1, "key": key, "token": format!("Bearer {token}") }).to_string(),
        json!({ "id": 2, "key": { "keys": [key] }, "token": token, "alg": "RS256" }).to_string(),
        json!({ "id": 3, "token": { "payload": "e30", "protected": "e30", "signature": "" } }).to_string(),
        "{".to_owned(),
        json!({ "id": 5, "token": token, "alg": "none" }).to_string(),
    ];
    let answer = place.pipe(&format!("token explain --batch --now {NOW}"), &lines.join("\n"));
    let answers: Vec<Value> = answer.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = answers.iter().map(|one| (&one["id"], &one["ok"], &one["reason"])).collect();
    let (yes, no) = (json!(true), json!(false));
    let reasons =
        [json!("alg.not_allowed"), json!("malformed.parts"), json!("malformed.json"), json!("alg.unknown")];
    assert_eq!(told[0], (&json!(1), &yes, &Value::Null));
    assert_eq!(told[1], (&json!(2), &no, &reasons[0]));
    assert_eq!(told[2], (&json!(3), &no, &reasons[1]));
    assert_eq!(told[3], (&Value::Null, &no, &reasons[2]));
    assert_eq!(told[4], (&json!(5), &no, &reasons[3]));
    assert_eq!(answers[2]["report"]["found"]["kind"], "json_jws");
}

#[test]
fn the_text_itself_may_be_typed() {
    let place = place();
    let token = place.read("hs.txt").trim().to_owned();
    let answer = place.run(&format!("token explain {token} --now {NOW}"));
    assert!(answer.code == 0 && answer.stderr.contains("shell's history"), "{}", answer.stderr);
    assert!(place.run("token explain missing.txt").refused(3).contains("does not exist"));
}
