//! What differs between two tokens: header and claims member by member, times as distances, and whether the signed
//! text and the signature are the same.
//!
//! For people who hold one token that works and one that does not. Nothing is verified here, and no signature is
//! handed out; the values of claims are, because the claims are what the question is about.

use serde_json::{Map, Value};

use crate::json::path::{element, member};
use crate::jws::compact;
use crate::jwt::Unverified;
use crate::{Error, Reason, Result};

/// The differences, in the order of the members' names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diff {
    /// Of the headers.
    pub header: Vec<Change>,
    /// Of the payloads.
    pub claims: Vec<Change>,
    /// The text that is signed is the same, byte by byte.
    pub same_signed_text: bool,
    /// The signatures are the same.
    pub same_signature: bool,
}

/// One member that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The way to it: `header.kid`, `claims.roles[0]`.
    pub path: String,
    /// Its JSON text on the left, escaped and shortened; `None` where it is absent.
    pub left: Option<String>,
    /// On the right.
    pub right: Option<String>,
    /// By how many seconds the right is later, where both are times.
    pub seconds: Option<i64>,
}

impl Diff {
    /// Whether the two are one token.
    ///
    /// ```
    /// use jotgate_jose::diff::diff;
    ///
    /// let token = "eyJhbGciOiJub25lIn0.e30.";
    /// assert!(diff(token, token)?.is_same());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.same_signed_text && self.same_signature
    }

    /// What the differences come to, in a sentence without a full stop.
    ///
    /// ```
    /// use jotgate_jose::diff::diff;
    ///
    /// // {"alg":"HS256"} . {"sub":"1"} and {"sub":"2"}, with one signature.
    /// let [one, two] = ["eyJzdWIiOiIxIn0", "eyJzdWIiOiIyIn0"].map(|claims| format!("eyJhbGciOiJIUzI1NiJ9.{claims}.AAAA"));
    /// assert!(diff(&one, &two)?.summary().contains("at least one of them was changed after it was signed"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn summary(&self) -> &'static str {
        let same_content = self.header.is_empty() && self.claims.is_empty();
        match (self.same_signed_text, self.same_signature) {
            (true, true) => "the tokens are the same",
            (true, false) => {
                "the same text with two signatures: signed twice, with another key, or one signature is damaged"
            }
            (false, true) => {
                "two texts with one signature: at least one of them was changed after it was signed"
            }
            (false, false) if same_content => {
                "the same members, written in another order or with other white space, and signed each for itself"
            }
            (false, false) => "two tokens, signed each for itself",
        }
    }
}

/// Compares two compact tokens, neither of which needs to be good.
///
/// ```
/// use jotgate_jose::diff::diff;
///
/// // {"alg":"HS256"} . {"exp":1700000000} and {"exp":1700003600,"aud":"api"}
/// let left = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.AAAA";
/// let right = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDM2MDAsImF1ZCI6ImFwaSJ9.AAAB";
/// let diff = diff(left, right)?;
/// assert_eq!((diff.claims[0].path.as_str(), diff.claims[0].left.as_deref()), ("claims.aud", None));
/// assert_eq!((diff.claims[1].path.as_str(), diff.claims[1].seconds), ("claims.exp", Some(3600)));
/// assert!(diff.header.is_empty() && !diff.is_same());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `malformed.*` of the first of the two that cannot be read.
pub fn diff(left: &str, right: &str) -> Result<Diff> {
    let (one, two) = (Unverified::parse(left)?, Unverified::parse(right)?);
    let [left, right] = [left, right].map(|token| compact::split(token, token.len()));
    let (left, right) = (left?, right?);
    Ok(Diff {
        header: changes("header", one.header_json(), two.header_json())?,
        claims: changes("claims", one.payload_json(), two.payload_json())?,
        same_signed_text: left.signed == right.signed,
        same_signature: left.signature == right.signature,
    })
}

fn changes(place: &'static str, left: &str, right: &str) -> Result<Vec<Change>> {
    let read = |text: &str| {
        serde_json::from_str::<Map<String, Value>>(text)
            .map_err(|_| Error::new(Reason::MalformedJson, "a number beyond every range").within(place))
    };
    let mut out = Vec::new();
    objects(place, &read(left)?, &read(right)?, &mut out);
    Ok(out)
}

fn objects(path: &str, left: &Map<String, Value>, right: &Map<String, Value>, out: &mut Vec<Change>) {
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        values(&member(path, name), left.get(name), right.get(name), out);
    }
}

fn values(path: &str, left: Option<&Value>, right: Option<&Value>, out: &mut Vec<Change>) {
    match (left, right) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => objects(path, left, right, out),
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for at in 0..left.len().max(right.len()) {
                values(&element(path, at), left.get(at), right.get(at), out);
            }
        }
        _ if left == right => {}
        _ => {
            let seconds = is_time(path).then(|| right?.as_i64()?.checked_sub(left?.as_i64()?)).flatten();
            out.push(Change { path: path.to_owned(), left: left.map(text), right: right.map(text), seconds });
        }
    }
}

/// The registered claims that are moments.
fn is_time(path: &str) -> bool {
    ["exp", "nbf", "iat", "auth_time", "updated_at", "toe"]
        .iter()
        .any(|name| path.strip_prefix("claims.") == Some(*name))
}

/// The JSON text of a value in ASCII, and not endless: it ends up in terminals.
fn text(value: &Value) -> String {
    let json = value.to_string();
    let mut out = String::new();
    let mut characters = json.chars();
    for character in characters.by_ref().take(SHOWN) {
        match character {
            ' '..='~' => out.push(character),
            _ => out.extend(character.escape_unicode()),
        }
    }
    if characters.next().is_some() {
        out.push_str("...");
    }
    out
}

const SHOWN: usize = 80;
