//! Keys and secrets of a question: which is asked, what it says, and that a token never brings its own.

use jotgate_jose::explain::{Answer, Outcome, Question, Report, Step, explain};
use jotgate_jose::jwt::Signer;
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, KeySet, SigningKey};
use serde_json::json;

use crate::support::{NOW, SECRET, claims, forge, key, keys};

fn signed(algorithm: Algorithm) -> String {
    Signer::new(key(algorithm).clone(), "at+jwt").unwrap().sign(&claims()).unwrap()
}

fn outcome(report: &Report, step: Step) -> (Outcome, Option<&'static str>) {
    let check = report.check(step).unwrap();
    (check.outcome, check.code())
}

#[test]
fn a_key_in_the_token_is_never_asked() {
    // Self-signed in the plain sense: the public key in the header made the signature.
    let attacker = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk: serde_json::Value =
        serde_json::from_str(&attacker.public_jwk().unwrap().to_json().unwrap()).unwrap();
    let header = json!({"alg": "ES256", "jwk": jwk, "jku": "https://evil.example/jwks", "x5c": ["MIIB"]});
    let signed = format!(
        "{}.{}",
        base64url::encode(header.to_string().as_bytes()),
        base64url::encode(claims().to_string().as_bytes())
    );
    let jws = jotgate_jose::jws::sign(b"", &attacker, &jotgate_jose::jws::Extras::default()).unwrap();
    let token = format!("{signed}.{}", jws.rsplit_once('.').unwrap().1);
    let report = explain(&Question::new(&token, NOW));
    assert_eq!(outcome(&report, Step::Signature), (Outcome::NotAsked, None));
    assert_eq!(report.verdict.answer, Answer::NotAsked);
    assert!(report.key.is_none());
    for name in ["jwk", "jku", "x5c"] {
        let member = report.header.iter().find(|member| member.name == name).unwrap();
        assert!(member.meaning.unwrap().contains("Ignored"));
    }
    let report = explain(&Question::new(&token, NOW).keys(&keys(Algorithm::Es256)));
    assert_eq!(outcome(&report, Step::Signature), (Outcome::Failed, Some("signature.invalid")));
    assert_eq!(report.key.unwrap().matches, Some(false));
}

#[test]
fn no_report_ever_says_verified() {
    let token = signed(Algorithm::Es256);
    let report = explain(&Question::new(&token, NOW).keys(&keys(Algorithm::Es256)));
    assert_eq!(report.verdict.answer, Answer::Passed);
    let said = serde_json::to_string(&report).unwrap().to_lowercase();
    assert!(!said.contains("verified"), "{said}");
    assert!(report.verdict.text.contains("is for you to know"), "{}", report.verdict.text);
}

#[test]
fn the_chosen_key_is_named_with_the_reason() {
    let token = signed(Algorithm::Es256);
    let set = KeySet::new([key(Algorithm::Rs256).verifying_key(), key(Algorithm::Es256).verifying_key()]);
    let note = explain(&Question::new(&token, NOW).keys(&set)).key.unwrap();
    assert_eq!(note.matches, Some(true));
    let chosen = note.chosen.unwrap();
    assert!(chosen.contains("\"key-ES256\"") && chosen.contains("names it"), "{chosen}");
    // The right key under another name: nothing fits, and yet the reader is told which one would.
    let renamed = KeySet::new([key(Algorithm::Es256).verifying_key().with_kid("new name")]);
    let report = explain(&Question::new(&token, NOW).keys(&renamed));
    assert_eq!(outcome(&report, Step::Key), (Outcome::Failed, Some("key.unknown_kid")));
    assert!(report.key.unwrap().remarks[0].text.contains("\"new name\""));
}

#[test]
fn a_key_is_taken_in_every_form() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ed25519] {
        let token = signed(algorithm);
        let jwk = key(algorithm).public_jwk().unwrap().to_json().unwrap();
        let mut bare: serde_json::Value = serde_json::from_str(&jwk).unwrap();
        bare.as_object_mut().unwrap().remove("alg");
        let set = json!({"keys": [bare]}).to_string();
        for text in [jwk.as_str(), &bare.to_string(), &set] {
            let report = explain(&Question::new(&token, NOW).key(text.as_bytes()));
            assert_eq!(outcome(&report, Step::Signature), (Outcome::Passed, None), "{algorithm}");
        }
    }
    let broken =
        explain(&Question::new(&signed(Algorithm::Es256), NOW).key(b"-----BEGIN PUBLIC KEY-----\nMIIB"));
    assert_eq!(broken.check(Step::Key).unwrap().outcome, Outcome::Failed);
    assert_eq!(broken.check(Step::Signature).unwrap().outcome, Outcome::NotReached);
}

#[test]
fn a_public_key_given_as_the_secret_is_refused() {
    let token = forge(r#"{"alg":"HS256"}"#, claims().to_string());
    let jwk = key(Algorithm::Es256).public_jwk().unwrap().to_json().unwrap();
    let report = explain(&Question::new(&token, NOW).secret(jwk.as_bytes()));
    assert_eq!(outcome(&report, Step::Key), (Outcome::Failed, Some("key.wrong_use")));
    let report = explain(&Question::new(&token, NOW).key(jwk.as_bytes()));
    assert_eq!(outcome(&report, Step::Key), (Outcome::Failed, Some("alg.key_mismatch")));
}

#[test]
fn the_usual_mistakes_with_a_secret_are_named_at_the_check() {
    let token = forge(r#"{"alg":"HS256"}"#, claims().to_string());
    for (given, code) in [
        ([SECRET, b"\n"].concat(), "signature.trailing_newline"),
        ([SECRET, b"\r\n"].concat(), "signature.trailing_newline"),
        ([b"\"", SECRET, b"\""].concat(), "signature.quoted_secret"),
        (base64url::encode(SECRET).into_bytes(), "signature.base64_secret"),
    ] {
        let report = explain(&Question::new(&token, NOW).secret(&given));
        let check = report.check(Step::Signature).unwrap();
        assert_eq!(check.outcome, Outcome::Failed);
        assert!(check.hint.as_deref().unwrap().starts_with(code), "{:?}", check.hint);
    }
    let wrong = explain(&Question::new(&token, NOW).secret(b"a wrong secret of more than 32 letters."));
    assert_eq!(wrong.check(Step::Signature).unwrap().hint, None);
    assert!(wrong.key.unwrap().remarks[0].text.contains("none matches"));
}

#[test]
fn the_work_is_shown_and_ends_where_the_check_ends() {
    let token = forge(r#"{"alg":"HS256"}"#, claims().to_string());
    let report = explain(&Question::new(&token, NOW).secret(SECRET).show_work());
    let (input, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(report.work[2].lines, [input]);
    assert!(report.work[3].lines[1].ends_with(signature));
    assert!(report.work[4].lines[1].starts_with("equal"));
    let wrong =
        explain(&Question::new(&token, NOW).secret(b"another secret of more than 32 bytes").show_work());
    assert!(wrong.work[4].lines[1].starts_with("not equal"));
    let without = explain(&Question::new(&token, NOW).show_work());
    assert!(without.work[3].lines[0].contains("needs the secret"));
    for algorithm in [Algorithm::Es256, Algorithm::Ps256, Algorithm::Ed25519] {
        let token = signed(algorithm);
        let report = explain(&Question::new(&token, NOW).keys(&keys(algorithm)).show_work());
        assert!(report.work.last().unwrap().lines[0].starts_with("it does:"), "{algorithm}");
    }
    assert!(explain(&Question::new(&token, NOW)).work.is_empty());
}
