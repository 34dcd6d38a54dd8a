//! What a report is made of. Every text in it is escaped and fit for a terminal, a log or a page.

use std::fmt;

use serde::Serialize;

use crate::Reason;

/// The answer to a [`super::Question`].
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The whole answer in one sentence.
    pub verdict: Verdict,
    /// What the text is, where the token stood in it, and what had to be repaired.
    pub found: Found,
    /// The members of the header, in their order.
    pub header: Vec<Member>,
    /// What the algorithm of the header is.
    pub algorithm: Option<AlgorithmNote>,
    /// The claims, in their order. Nobody has vouched for them unless the signature check passed.
    pub claims: Vec<Member>,
    /// What the signature looks like, whatever the key.
    pub signature: Option<SignatureNote>,
    /// Which key was asked, and what it said.
    pub key: Option<KeyNote>,
    /// Every check of a verifier, in its order.
    pub checks: Vec<Check>,
    /// What else is worth knowing.
    pub remarks: Vec<Remark>,
    /// The signature worked out step by step, where that was asked for.
    pub work: Vec<Working>,
    #[serde(skip)]
    pub(super) token: String,
}

/// The whole answer in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Which of four answers it is.
    pub answer: Answer,
    /// In words.
    pub text: String,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// Every check passed, the signature among them, with a key that was given. Whether to trust that key is for
    /// whoever gave it to know.
    Passed,
    /// A verifier refuses it.
    Refused,
    /// Nothing wrong was found, and nobody asked about the signature.
    NotAsked,
    /// There is no signed token here.
    NoToken,
}

/// What the text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// The same in words.
    pub what: String,
    /// Where in the text it stood, in words; empty when it was the whole text.
    pub place: String,
    /// What was mended before it could be read, in words. A verifier mends nothing.
    pub repairs: Vec<String>,
    /// Everything in the text that could have been meant, in words; the one explained is number [`Self::explained`].
    pub candidates: Vec<String>,
    /// Counted from 1.
    pub explained: usize,
}

/// An algorithm in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AlgorithmNote {
    /// As the header has it, escaped.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Whether whoever can check can also sign; `None` when it is not known.
    pub is_symmetric: Option<bool>,
    /// Whether this library checks such signatures.
    pub is_offered: bool,
}

/// The bytes of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignatureNote {
    /// How many.
    pub bytes: usize,
    /// How many the algorithm makes, where that does not depend on the key.
    pub expected: Option<usize>,
    /// What is remarkable about them.
    pub remarks: Vec<Remark>,
}

/// What was found out with the key or secret that was given, or with the secrets that everybody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyNote {
    /// What was given, in words. Never the key itself.
    pub given: String,
    /// Which key of it was asked, and why that one.
    pub chosen: Option<String>,
    /// Whether the signature matches that key. It says nothing about whether the key can be trusted.
    pub matches: Option<bool>,
    /// What else was tried, and what came of it.
    pub remarks: Vec<Remark>,
}

/// One step of the signature worked out by hand.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Working {
    /// What is done.
    pub title: String,
    /// What comes out, line by line.
    pub lines: Vec<String>,
}

/// The kinds of text people paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A compact signed token, sound or not.
    Jws,
    /// A compact encrypted token.
    Jwe,
    /// A JWS in one of its JSON forms.
    JsonJws,
    /// A refresh token of Jotgate, which is opaque.
    RefreshToken,
    /// Something else.
    Other,
}

/// A member of the header or of the claims.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Member {
    /// Its name, escaped.
    pub name: String,
    /// Its value as JSON in ASCII: what is not plain is written as an escape.
    pub value: String,
    /// What the name means, where it is registered.
    pub meaning: Option<&'static str>,
    /// Where that is defined.
    pub reference: Option<&'static str>,
    /// The value in words: a date and how far away it is.
    pub words: Option<String>,
    /// What is remarkable about it.
    pub remarks: Vec<Remark>,
}

/// Something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Remark {
    /// How bad it is.
    pub tone: Tone,
    /// A hint of the catalogue, such as `signature.length`.
    pub code: Option<&'static str>,
    /// In words.
    pub text: String,
}

/// How a remark is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tone {
    /// For information.
    Note,
    /// Works now and may hurt.
    Careful,
    /// Wrong or dangerous.
    Bad,
}

/// One check of the verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Which.
    pub step: Step,
    /// What is checked, in words.
    pub title: String,
    /// How it went.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(serialize_with = "code")]
    pub reason: Option<Reason>,
    /// What is wrong, or what was looked at, in one line.
    pub said: Option<String>,
    /// What would have been accepted.
    pub expected: Option<String>,
    /// What the token says, or is.
    pub received: Option<String>,
    /// What the cause probably is.
    pub hint: Option<String>,
    /// What to do about it.
    pub mend: Option<String>,
    /// The refusal itself, until the mend is found.
    #[serde(skip)]
    pub(super) error: Option<crate::Error>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Good.
    Passed,
    /// A verifier refuses the token for this.
    Failed,
    /// It could not be run, because an earlier one failed.
    NotReached,
    /// Nobody asked: no key, or no such demand.
    NotAsked,
}

/// The checks, in the order in which a verifier runs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Not too long.
    Size,
    /// Three segments.
    Parts,
    /// The header is base64url and strict JSON.
    Header,
    /// No extension that is not understood.
    Critical,
    /// The algorithm is known and allowed.
    Algorithm,
    /// Exactly one key fits.
    Key,
    /// The signature matches that key.
    Signature,
    /// The payload is base64url and one strict JSON object.
    Payload,
    /// `typ`.
    Type,
    /// `iss`.
    Issuer,
    /// `aud`.
    Audience,
    /// `exp`.
    Expiry,
    /// `nbf`.
    NotBefore,
    /// `iat`.
    IssuedAt,
    /// The token ends after it begins.
    Order,
    /// `sub`, where there is one.
    Subject,
    /// `jti`, where there is one.
    TokenId,
    /// A claim the policy requires.
    Claim,
}

impl Report {
    /// The first check with this step.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// let report = explain(&Question::new("e30.e30.", 0)); // a header without `alg`
    /// assert_eq!(report.check(Step::Expiry).map(|check| check.outcome), Some(Outcome::Failed));
    /// ```
    #[must_use]
    pub fn check(&self, step: Step) -> Option<&Check> {
        self.checks.iter().find(|check| check.step == step)
    }

    /// The check for which a verifier refuses the token.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// let report = explain(&Question::new("e30.e30.", 0)); // a header without `alg`
    /// assert_eq!(report.first_failed().and_then(|check| check.code()), Some("alg.unknown"));
    /// ```
    #[must_use]
    pub fn first_failed(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.outcome == Outcome::Failed)
    }

    /// The token the report is about, after repairs; the whole text when there was none.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// let report = explain(&Question::new("token=eyJhbGciOiJFUzI1NiJ9.e30.AAAA;", 0));
    /// assert_eq!(report.token(), "eyJhbGciOiJFUzI1NiJ9.e30.AAAA");
    /// ```
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Check {
    /// The code of the reason, such as `exp.expired`.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// let report = explain(&Question::new("e30.e30.", 0)); // a header without `alg`
    /// let codes: Vec<_> = report.checks.iter().filter_map(|check| check.code()).collect();
    /// assert_eq!(codes, ["alg.unknown", "exp.missing"]);
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.reason.map(Reason::code)
    }
}

impl Outcome {
    /// In words.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// assert_eq!(Outcome::NotReached.words(), "not reached");
    /// ```
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
            Self::NotAsked => "not asked",
        }
    }
}

impl Step {
    /// What is checked, in words.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// assert_eq!(Step::Signature.words(), "signature");
    /// ```
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Parts => "three parts",
            Self::Header => "header",
            Self::Critical => "critical extensions",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Payload => "payload",
            Self::Type => "type",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expiry => "expiry",
            Self::NotBefore => "not before",
            Self::IssuedAt => "issued at",
            Self::Order => "ends after it begins",
            Self::Subject => "subject",
            Self::TokenId => "token id",
            Self::Claim => "required claim",
        }
    }
}

impl fmt::Debug for Report {
    /// Not the token and not its contents, which are somebody's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("kind", &self.found.kind)
            .field("first_failed", &self.first_failed().and_then(Check::code))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Member {
    /// Not the value, which is somebody's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Working {
    /// Not the lines, which hold the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Working").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Remark {
    pub(super) fn note(text: impl Into<String>) -> Self {
        Self { tone: Tone::Note, code: None, text: text.into() }
    }

    pub(super) fn careful(text: impl Into<String>) -> Self {
        Self { tone: Tone::Careful, code: None, text: text.into() }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, code: None, text: text.into() }
    }

    pub(super) fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn code<S: serde::Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.map(Reason::code).serialize(serializer)
}
