//! A report on any text: it always comes, and it never says anything else than the verifier.

use jotgate_jose::explain::{Check, Outcome, Question, explain as report};
use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ};
use serde_json::Value;

use super::{NOW, first_line, forge, shared};

/// The bytes as a text from the wild; and the first line as a header, the rest as a payload, signed.
pub(crate) fn explain(data: &[u8]) {
    let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["a"]), Typ::absent_or("t"));
    let (header, payload) = first_line(data);
    let forged = forge(header, payload);
    for text in [String::from_utf8_lossy(data).as_ref(), forged.as_str()] {
        let bare = report(&Question::new(text, NOW));
        assert!(bare.checks.iter().all(|check| check.reason.is_none() || check.outcome == Outcome::Failed));
        let full = report(&Question::new(text, NOW).keys(shared()).policy(&policy));
        let failed = full.first_failed();
        match jwt::verify::<Value>(full.token(), shared(), &policy, NOW) {
            Ok(_) => assert!(failed.is_none(), "accepted, but {failed:?}"),
            Err(error) => {
                let code = failed.and_then(Check::code);
                // What fits no type of the caller is no check, and numbers that no float holds fit no `Value`.
                let own_type = error.reason() == jotgate_jose::Reason::ClaimMalformed;
                assert!(code == Some(error.reason().code()) || own_type, "{error}, but {failed:?}");
            }
        }
    }
}
