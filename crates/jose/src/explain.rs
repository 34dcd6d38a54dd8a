//! Why a token is refused, or what it is: every check of the verifier, all of them in order, as a report.
//!
//! The text may be as found in the wild: in a header, a cookie, a log line, JSON, wrapped or percent-encoded. The
//! checks are the verifier's own ([`crate::jwt::verify()`]); nothing here decides on its own whether a token is
//! good. A report is for people: nothing in it is a claim that code may trust, and no key that the token brings along
//! is ever used. Specifications: RFC 7515, RFC 7519, RFC 8725.

mod checks;
mod report;

pub use report::{Check, Found, Kind, Member, Outcome, Remark, Report, Step, Tone};

use std::fmt;

use crate::KeySet;
use crate::jwt::Policy;

/// What is asked about a text.
///
/// ```
/// use jotgate_jose::explain::{Outcome, Question, Step, explain};
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 1_800_000_000}), &key)?;
///
/// let report = explain(&Question::new(&token, 1_800_000_060).keys(&keys));
/// assert_eq!(report.check(Step::Signature).unwrap().outcome, Outcome::Passed);
/// let expiry = report.check(Step::Expiry).unwrap();
/// assert_eq!((expiry.outcome, expiry.code()), (Outcome::Failed, Some("exp.expired")));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Question<'a> {
    text: &'a str,
    now: i64,
    keys: Option<&'a KeySet>,
    policy: Option<&'a Policy>,
}

impl<'a> Question<'a> {
    /// The text that holds a token somewhere, and the time in seconds since 1970.
    #[must_use]
    pub fn new(text: &'a str, now: i64) -> Self {
        Self { text, now, keys: None, policy: None }
    }

    /// With these keys to check the signature. Without any, the signature is not asked about.
    #[must_use]
    pub fn keys(mut self, keys: &'a KeySet) -> Self {
        self.keys = Some(keys);
        self
    }

    /// With what the token must satisfy. Without a policy only what every verifier demands is checked.
    #[must_use]
    pub fn policy(mut self, policy: &'a Policy) -> Self {
        self.policy = Some(policy);
        self
    }
}

impl fmt::Debug for Question<'_> {
    /// Not the text, which is somebody's token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("now", &self.now)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Answers a [`Question`]. There is always a report; that a text holds no token is one too.
///
/// ```
/// use jotgate_jose::explain::{Question, explain};
///
/// let report = explain(&Question::new("a.b", 0));
/// assert_eq!(report.first_failed().unwrap().code(), Some("malformed.parts"));
/// ```
#[must_use]
pub fn explain(question: &Question<'_>) -> Report {
    let token = question.text.trim();
    let checks = checks::run(token, question);
    Report {
        found: Found { kind: Kind::of(token), place: String::new(), repairs: Vec::new(), others: Vec::new() },
        header: Vec::new(),
        claims: Vec::new(),
        checks,
        remarks: Vec::new(),
        token: token.to_owned(),
    }
}
