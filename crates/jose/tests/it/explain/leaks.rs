//! A report may be logged by its debug form, and every text of it may reach a terminal or a page.

use jotgate_jose::explain::{Question, explain};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{NOW, SECRET, claims, forge};

#[test]
fn debug_forms_hold_nothing_of_token_or_secret() {
    let mut claims = claims();
    claims["password"] = json!("correct horse");
    let token = forge(r#"{"alg":"HS256","kid":"h"}"#, claims.to_string());
    let question = Question::new(&token, NOW).secret(SECRET).show_work();
    let report = explain(&question);
    let shown = format!("{question:?} {report:?} {:?} {:?}", report.claims, report.work);
    let parts = token.split('.').chain(["correct horse", "a secret the tests know"]);
    for part in parts {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn a_secret_is_in_no_part_of_a_report() {
    let token = forge(r#"{"alg":"HS256"}"#, claims().to_string());
    for secret in [
        SECRET,
        b"another secret of more than 32 bytes",
        b"tiny-one",
        b"{\"kty\":\"oct\",\"k\":\"dGlueS1vbmU\"}",
    ] {
        for question in [Question::new(&token, NOW).secret(secret), Question::new(&token, NOW).key(secret)] {
            let said = serde_json::to_string(&explain(&question.show_work())).unwrap();
            assert!(!said.contains(std::str::from_utf8(secret).unwrap()), "{said}");
        }
    }
    // A word list is somebody's too: the line is told, and not what stands in it.
    let said = serde_json::to_string(&explain(&Question::new(&token, NOW).guesses(SECRET))).unwrap();
    assert!(said.contains("line 1 of the word list") && !said.contains("the tests know"), "{said}");
}

/// Every string of a report.
fn strings(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(elements) => elements.iter().for_each(|element| strings(element, each)),
        Value::Object(members) => members.values().for_each(|member| strings(member, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn row_91_every_text_is_fit_for_a_terminal(header in ".{0,30}", name in ".{0,10}", value in ".{0,20}") {
        let header = json!({"alg": "HS256", "kid": header, name.as_str(): value}).to_string();
        let payload = json!({"iss": value, "aud": [name], name.as_str(): value, "exp": value}).to_string();
        for token in [forge(&header, &payload), forge(&value, &name), header] {
            let report = serde_json::to_value(explain(&Question::new(&token, NOW).show_work())).unwrap();
            strings(&report, &mut |text| {
                let is_plain = |character: char| matches!(character, ' '..='~') || character.is_alphanumeric();
                assert!(text.chars().all(is_plain), "{text:?}");
            });
        }
    }

    #[test]
    fn any_text_is_explained_without_a_panic(text in "(.|eyJhbGciOiJIUzI1NiJ9|\\.|=|\n){0,80}", secret: Vec<u8>) {
        let report = explain(&Question::new(&text, NOW).key(&secret).show_work());
        assert!(!report.verdict.text.is_empty());
    }
}
