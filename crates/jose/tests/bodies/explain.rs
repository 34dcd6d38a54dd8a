//! A report on any text: it always comes, it never says anything else than the verifier, and it vouches for nothing
//! unless it was given a key.

use jotgate_jose::diff::diff;
use jotgate_jose::explain::{Answer, Check, Outcome, Question, explain as report};
use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ};
use serde::de::IgnoredAny;

use super::{NOW, SECRET, first_line, forge, shared};

/// The bytes as a text from the wild; and the first line as a header, the rest as a payload, signed.
pub(crate) fn explain(data: &[u8]) {
    let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["a"]), Typ::absent_or("t"));
    let (header, payload) = first_line(data);
    let forged = forge(header, payload);
    for text in [String::from_utf8_lossy(data).as_ref(), forged.as_str()] {
        let bare = report(&Question::new(text, NOW));
        assert_ne!(bare.verdict.answer, Answer::Passed, "without a key nothing passes");
        assert!(bare.checks.iter().all(|check| check.reason.is_none() || check.outcome == Outcome::Failed));
        let full = report(&Question::new(text, NOW).keys(shared()).policy(&policy));
        let failed = full.first_failed().and_then(Check::code);
        match jwt::verify::<IgnoredAny>(full.token(), shared(), &policy, NOW) {
            Ok(_) => assert_eq!((failed, full.verdict.answer), (None, Answer::Passed)),
            Err(error) => {
                assert_eq!(failed, Some(error.reason().code()), "{error}");
                assert_ne!(full.verdict.answer, Answer::Passed);
            }
        }
        let told = report(&Question::new(text, NOW).secret(SECRET).key(header).guesses(payload).show_work());
        let told = serde_json::to_string(&told).expect("a report can be written");
        let secret = std::str::from_utf8(SECRET).expect("letters");
        assert!(!told.contains(secret) || text.contains(secret), "a report shows no secret");
    }
    if let Ok(same) = diff(&forged, &forged) {
        assert!(same.is_same(), "a token differs from itself");
    }
}
