//! Judging a token by how it was made: good practice, beyond what a verifier checks.
//!
//! A verifier answers whether a token may pass here and now. The linter answers whether it was wise to make it so:
//! RFC 8725 and its successor, RFC 9068, OpenID Connect, lifetimes, and what must not be readable by everybody. It
//! trusts nothing and verifies nothing unless a key is given, and it never shows a value that it takes for a secret.
//! The same recognition of keys, tokens and secrets runs over [files](file()) that are delivered to browsers.
//!
//! ```
//! use jotgate_jose::lint::{self, Question};
//!
//! // {"alg":"none"} . {"sub":42,"password":"hunter2"}
//! let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOjQyLCJwYXNzd29yZCI6Imh1bnRlcjIifQ.";
//! let findings = lint::token(&Question::new(token, 1_700_000_000));
//! let ids: Vec<_> = findings.iter().map(|finding| finding.rule.id).collect();
//! assert!(["alg-none", "exp-missing", "sub-malformed", "secret-password"].iter().all(|id| ids.contains(id)));
//! assert!(findings.iter().all(|finding| !finding.seen.contains("hunter2")));
//! ```

mod access_token;
mod bundle;
mod catalogue;
mod claims;
mod finding;
mod header;
mod id_token;
mod key;
mod names;
mod page;
mod payload;
mod rule;
mod scan;
mod shape;
mod subject;
mod times;

pub use bundle::{Spot, file, text};
pub use catalogue::{rule, rules};
pub use finding::Finding;
pub use page::markdown;
pub use rule::{Family, Rule, Severity};

use crate::{Error, KeySet};
use finding::Findings;
use subject::Subject;

/// A token to judge, and what is known besides.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    token: &'a str,
    now: i64,
    secret: Option<&'a [u8]>,
    keys: Option<&'a KeySet>,
    refused: Option<&'a Error>,
    agreed: &'a [&'a str],
}

impl<'a> Question<'a> {
    /// The token, as it was sent, at the time `now` in seconds since 1970.
    ///
    /// ```
    /// use jotgate_jose::lint::{self, Question};
    ///
    /// // {"alg":"HS256"} . {"exp":1700000000}
    /// let token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.AAAA";
    /// let has_ended = |now| lint::token(&Question::new(token, now)).iter().any(|one| one.rule.id == "exp-past");
    /// assert!(has_ended(1_700_000_000) && !has_ended(1_699_999_999));
    /// ```
    #[must_use]
    pub fn new(token: &'a str, now: i64) -> Self {
        Self { token, now, secret: None, keys: None, refused: None, agreed: &[] }
    }

    /// Judges this shared secret too, and whether it made the signature.
    ///
    /// ```
    /// use jotgate_jose::lint::{self, Question};
    ///
    /// let token = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA";
    /// let findings = lint::token(&Question::new(token, 0).secret(b"fT6-x9.Qw"));
    /// assert!(findings.iter().any(|finding| finding.rule.id == "secret-short"));
    /// ```
    #[must_use]
    pub fn secret(self, secret: &'a [u8]) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// Judges whether one of these keys made the signature.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// use jotgate_jose::lint::{self, Question};
    ///
    /// let (key, other) = (SigningKey::generate(Algorithm::Es256)?, SigningKey::generate(Algorithm::Es256)?);
    /// let token = jwt::sign(&serde_json::json!({}), &key)?;
    /// let keys = KeySet::new([other.verifying_key()]);
    /// let findings = lint::token(&Question::new(&token, 0).keys(&keys));
    /// assert!(findings.iter().any(|finding| finding.rule.id == "signature-mismatch"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn keys(self, keys: &'a KeySet) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Tells that a key was given and refused, and why.
    ///
    /// ```
    /// use jotgate_jose::lint::{self, Question};
    /// use jotgate_jose::{Algorithm, VerifyingKey};
    ///
    /// let error = VerifyingKey::hmac(Algorithm::Hs256, b"short").unwrap_err();
    /// let findings = lint::token(&Question::new("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", 0).refused_key(&error));
    /// assert!(findings.iter().any(|finding| finding.rule.id == "key-refused"));
    /// ```
    #[must_use]
    pub fn refused_key(self, error: &'a Error) -> Self {
        Self { refused: Some(error), ..self }
    }

    /// Bare names of claims that issuer and consumers have agreed on, so that they are no collision hazard.
    ///
    /// ```
    /// use jotgate_jose::lint::{self, Question};
    ///
    /// // {"alg":"ES256"} . {"tenant":"7"}
    /// let question = Question::new("eyJhbGciOiJFUzI1NiJ9.eyJ0ZW5hbnQiOiI3In0.", 0);
    /// let hazard = |question| lint::token(question).iter().any(|finding| finding.rule.id == "claim-unregistered");
    /// assert!(hazard(&question) && !hazard(&question.agreed_claims(&["tenant"])));
    /// ```
    #[must_use]
    pub fn agreed_claims(self, names: &'a [&'a str]) -> Self {
        Self { agreed: names, ..self }
    }
}

/// Everything that can be said against the token, the worst first.
///
/// ```
/// use jotgate_jose::lint::{self, Question};
///
/// let findings = lint::token(&Question::new("not a token", 0));
/// assert_eq!(findings[0].rule.id, "form-malformed");
/// ```
#[must_use]
pub fn token(question: &Question<'_>) -> Vec<Finding> {
    let mut out = Findings::default();
    let subject = Subject::read(question.token, &mut out);
    header::check(&subject, &mut out);
    key::check(question, &subject, &mut out);
    if subject.claims.is_some() {
        claims::check(&subject, question.agreed, &mut out);
        times::check(&subject, question.now, &mut out);
        access_token::check(&subject, &mut out);
        id_token::check(&subject, &mut out);
        payload::check(&subject, &mut out);
    }
    out.sorted()
}
