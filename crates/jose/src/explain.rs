//! Why a token is refused, or what it is: every check of the verifier, all of them in order, as a report.
//!
//! The text may be as found in the wild: in a header, a cookie, a log line, JSON, wrapped or percent-encoded. The
//! checks are the verifier's own ([`crate::jwt::verify()`]); nothing here decides on its own whether a token is
//! good. A report is for people: nothing in it is a claim that code may trust, and no key that the token brings along
//! is ever used. Specifications: RFC 7515, RFC 7519, RFC 8725.

mod algorithms;
mod checks;
mod claim_notes;
mod find;
mod given;
mod header_notes;
mod kinds;
mod members;
mod mend;
mod pieces;
mod report;
pub(crate) mod secrets;
mod signature;
mod text;
mod verdict;
pub mod words;
mod work;

use std::fmt;

pub use report::{
    AlgorithmNote, Answer, Check, Found, KeyNote, Kind, Member, Outcome, Remark, Report, SignatureNote, Step,
    Tone, Verdict, Working,
};

use crate::KeySet;
use crate::jwt::Policy;
use find::{After, Candidate};
use given::Given;
use pieces::Pieces;

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
    secret: Option<&'a [u8]>,
    key: Option<&'a [u8]>,
    policy: Option<&'a Policy>,
    guesses: Option<&'a [u8]>,
    pick: usize,
    shows_work: bool,
}

impl<'a> Question<'a> {
    /// The text that holds a token somewhere, and the time in seconds since 1970.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// let report = explain(&Question::new("Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA", 1_700_000_000));
    /// assert_eq!(report.token(), "eyJhbGciOiJFUzI1NiJ9.e30.AAAA");
    /// ```
    #[must_use]
    pub fn new(text: &'a str, now: i64) -> Self {
        Self {
            text,
            now,
            keys: None,
            secret: None,
            key: None,
            policy: None,
            guesses: None,
            pick: 0,
            shows_work: false,
        }
    }

    /// With these keys to check the signature. Without any, the signature is not asked about.
    ///
    /// ```
    /// # use jotgate_jose::explain::{Outcome, Question, Step, explain};
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?;
    /// # let token = jwt::sign(&serde_json::json!({}), &key)?;
    /// let keys = KeySet::new([key.verifying_key()]);
    /// let report = explain(&Question::new(&token, 0).keys(&keys));
    /// assert_eq!(report.check(Step::Signature).map(|check| check.outcome), Some(Outcome::Passed));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn keys(mut self, keys: &'a KeySet) -> Self {
        self.keys = Some(keys);
        self
    }

    /// With this shared secret. Where it does not match, its usual mistakes are tried: base64, hexadecimal, a line
    /// end, quotes.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, explain};
    /// use jotgate_jose::{Algorithm, SigningKey, jwt};
    ///
    /// let key = SigningKey::hmac(Algorithm::Hs256, b"0123456789abcdef-0123456789abcdef")?;
    /// let token = jwt::sign(&serde_json::json!({"sub": "17"}), &key)?;
    /// let report = explain(&Question::new(&token, 0).secret(b"0123456789abcdef-0123456789abcdef\n"));
    /// let remark = &report.key.unwrap().remarks[0];
    /// assert_eq!(remark.code, Some("signature.trailing_newline"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn secret(mut self, secret: &'a [u8]) -> Self {
        self.secret = Some(secret);
        self
    }

    /// With a key as it was pasted: a JWK, a JWK Set, PEM or DER; anything else is a shared secret. A key that names
    /// no algorithm takes the token's if it is of the kind, which no verifier does.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, explain};
    ///
    /// let jwk = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let report = explain(&Question::new("e30.e30.", 0).key(jwk));
    /// assert_eq!(report.key.unwrap().given, "an Ed25519 key");
    /// ```
    #[must_use]
    pub fn key(mut self, key: &'a [u8]) -> Self {
        self.key = Some(key);
        self
    }

    /// With what the token must satisfy. Without a policy only what every verifier demands is checked.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, Step, explain};
    /// use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    ///
    /// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any(), Typ::any());
    /// let report = explain(&Question::new("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", 0).policy(&policy));
    /// assert_eq!(report.check(Step::Issuer).unwrap().code(), Some("iss.missing"));
    /// ```
    #[must_use]
    pub fn policy(mut self, policy: &'a Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// With a word list, one secret a line, to try on a token of a shared secret when no key is given.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, explain};
    ///
    /// // {"alg":"HS256"} . {}, signed with "hunter2hunter2"
    /// let token = "eyJhbGciOiJIUzI1NiJ9.e30.oNP_VtimDSUFAe-retsZRSvMkzGnJ1q2opoZHlID9So";
    /// let report = explain(&Question::new(token, 0).guesses(b"one\nhunter2hunter2\n"));
    /// assert!(report.key.unwrap().remarks[0].text.contains("line 2"));
    /// ```
    #[must_use]
    pub fn guesses(mut self, words: &'a [u8]) -> Self {
        self.guesses = Some(words);
        self
    }

    /// Of several tokens in the text this one, counted from 1, instead of the first signed one.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, explain};
    ///
    /// let text = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA and eyJhbGciOiJFUzI1NiJ9.e30.AAAA";
    /// let report = explain(&Question::new(text, 0).pick(2));
    /// assert_eq!((report.found.candidates.len(), report.found.explained), (2, 2));
    /// assert_eq!(report.algorithm.unwrap().name, "ES256");
    /// ```
    #[must_use]
    pub fn pick(mut self, number: usize) -> Self {
        self.pick = number;
        self
    }

    /// And work the signature out step by step.
    ///
    /// ```
    /// use jotgate_jose::explain::{Question, explain};
    ///
    /// let report = explain(&Question::new("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", 0).secret(b"secret").show_work());
    /// assert_eq!(report.work[2].lines, ["eyJhbGciOiJIUzI1NiJ9.e30"]);
    /// ```
    #[must_use]
    pub fn show_work(mut self) -> Self {
        self.shows_work = true;
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
    let candidates = find::all(question.text);
    let (token, found, after) = chosen(question, &candidates);
    let pieces = match found.kind {
        Kind::JsonJws => Pieces::of_json(&token),
        Kind::Jws | Kind::Jwe => Pieces::of_compact(&token),
        Kind::RefreshToken | Kind::Other => Pieces::default(),
    };
    let given = Given::of(question, &pieces);
    let key = given.note(question, &pieces);
    let signature = signature::note(&pieces);
    let checks = checks::run(&token, &pieces, &given, question, key.as_ref());
    let header = pieces.header.as_deref().map(members::header).unwrap_or_default();
    let claims =
        pieces.payload.as_deref().map(|bytes| members::claims(bytes, question.now)).unwrap_or_default();
    let mut remarks = [header.remarks, claims.remarks].concat();
    remarks.extend(remarks_on(&found, after));
    let work = match question.shows_work {
        true => work::steps(&pieces, given.secret_bytes(), key.as_ref().and_then(|key| key.matches)),
        false => Vec::new(),
    };
    Report {
        verdict: verdict::verdict(&found, &checks, key.as_ref()),
        algorithm: pieces.alg.as_deref().map(algorithms::note),
        header: header.members,
        claims: claims.members,
        found,
        signature,
        key,
        checks,
        remarks,
        work,
        token,
    }
}

/// The token to explain, and what the text is.
fn chosen(question: &Question<'_>, candidates: &[Candidate]) -> (String, Found, After) {
    let whole = question.text.trim();
    let kinds: Vec<_> = candidates.iter().map(kinds::of_candidate).collect();
    let is_json_form = whole.starts_with('{') && kinds::of_text(whole).0 == Kind::JsonJws;
    // People ask about the token; a refresh token beside it is opaque anyway.
    let first = kinds.iter().position(|(kind, _)| *kind == Kind::Jws).unwrap_or(0);
    let at = question.pick.checked_sub(1).filter(|at| *at < kinds.len()).unwrap_or(first);
    let Some(candidate) = candidates.get(at).filter(|_| !is_json_form) else {
        let (kind, what) = kinds::of_text(whole);
        let found = Found {
            kind,
            what,
            place: String::new(),
            repairs: Vec::new(),
            candidates: Vec::new(),
            explained: 0,
        };
        return (whole.to_owned(), found, After::Nothing);
    };
    let in_words = |(at, candidate): (usize, &Candidate)| match candidate.place.as_str() {
        "" => kinds[at].1.clone(),
        place => format!("{}, {place}", kinds[at].1),
    };
    let found = Found {
        kind: kinds[at].0,
        what: kinds[at].1.clone(),
        place: candidate.place.clone(),
        repairs: candidate.repairs.clone(),
        candidates: candidates.iter().enumerate().map(in_words).collect(),
        explained: at + 1,
    };
    (candidate.token.clone(), found, candidate.after)
}

fn remarks_on(found: &Found, after: After) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !found.repairs.is_empty() {
        remarks.push(Remark::careful(format!(
            "repaired for reading: {}. A verifier mends nothing and refuses the token as it was pasted",
            found.repairs.join("; ")
        )));
    }
    if after == After::Ellipsis {
        remarks
            .push(Remark::bad("the text was cut off for display: paste the whole token to have it checked"));
    }
    if after == After::Tilde {
        remarks.push(Remark::note(
            "what follows the `~` are disclosures of an SD-JWT; only the token before it is explained",
        ));
    }
    if found.candidates.len() > 1 {
        remarks.push(Remark::note(format!(
            "{} tokens are in this text; number {} is explained",
            found.candidates.len(),
            found.explained
        )));
    }
    remarks
}
