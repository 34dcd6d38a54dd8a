//! Why a token or a key was refused: a stable reason code, what was expected and what came.
//!
//! Never inside an error: the text of a token, a secret, a signature. What a token claims about itself (its
//! `alg`, its `iss`) is shown shortened and escaped, because it ends up in logs and terminals.
//! The codes are the catalogue shared with the server, the guards and the command line.

use std::borrow::Cow;
use std::fmt;

/// A refusal: named by what the token or the key did wrong.
///
/// ```
/// use jotgate_jose::{Algorithm, Reason, SigningKey};
///
/// let error = SigningKey::hmac(Algorithm::Hs256, b"too short").unwrap_err();
/// assert_eq!(error.reason(), Reason::KeyTooSmall);
/// assert_eq!(error.reason().code(), "key.too_small");
/// assert_eq!(error.expected(), Some("at least 32 bytes"));
/// assert_eq!(error.received(), Some("9 bytes"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    reason: Reason,
    detail: &'static str,
    place: Option<&'static str>,
    expected: Option<Cow<'static, str>>,
    received: Option<Cow<'static, str>>,
    hint: Option<&'static str>,
}

impl Error {
    /// A refusal by a rule that is not this library's: for crates that ask more of claims already verified, and want
    /// to refuse in the same words. The detail is fixed text, so that nothing out of a token gets into it.
    ///
    /// ```
    /// use jotgate_jose::{Error, Reason};
    ///
    /// let error = Error::new(Reason::ClaimMismatch, "`tenant` is not the one of this host");
    /// assert_eq!(error.to_string(), "claim.mismatch: `tenant` is not the one of this host");
    /// ```
    #[must_use]
    pub const fn new(reason: Reason, detail: &'static str) -> Self {
        Self { reason, detail, place: None, expected: None, received: None, hint: None }
    }

    pub(crate) const fn within(mut self, place: &'static str) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn with_expected(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn with_received(mut self, received: impl Into<Cow<'static, str>>) -> Self {
        self.received = Some(received.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The stable reason; match on this.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Reason, SigningKey};
    ///
    /// let error = SigningKey::hmac(Algorithm::Hs256, b"too short").unwrap_err();
    /// assert_eq!(error.reason(), Reason::KeyTooSmall);
    /// ```
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What would have been accepted, where that helps.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let error = SigningKey::hmac(Algorithm::Hs256, b"too short").unwrap_err();
    /// assert_eq!(error.expected(), Some("at least 32 bytes"));
    /// ```
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What came instead, shortened and with control characters escaped.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let error = SigningKey::hmac(Algorithm::Hs256, b"too short").unwrap_err();
    /// assert_eq!(error.received(), Some("9 bytes"));
    /// ```
    #[must_use]
    pub fn received(&self) -> Option<&str> {
        self.received.as_deref()
    }

    /// What the cause probably is, where the bytes give it away.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let pem = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
    /// let error = Jwk::from_pem(pem).unwrap_err();
    /// assert!(error.hint().is_some_and(|hint| hint.contains("openssl pkcs8")));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint
    }
}

impl Error {
    /// What is wrong and where, without the code and without the two sides.
    pub(crate) fn said(&self) -> String {
        match self.place {
            Some(place) => format!("{} in {place}", self.detail),
            None => self.detail.to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.said())?;
        match (&self.expected, &self.received) {
            (Some(expected), Some(received)) => write!(f, " (expected {expected}, received {received})")?,
            (Some(expected), None) => write!(f, " (expected {expected})")?,
            (None, Some(received)) => write!(f, " (received {received})")?,
            (None, None) => {}
        }
        match self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {}

/// Text from a token or key, fit for an error message: escaped, and cut after [`SHOWN`] characters.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(SHOWN) + 2);
    out.push('"');
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        match character {
            // Beyond ASCII everything is escaped too: look-alike letters are a way to deceive a reader.
            ' '..='~' if character != '"' && character != '\\' => out.push(character),
            _ => out.extend(character.escape_default()),
        }
    }
    out.push('"');
    if characters.next().is_some() {
        out.push_str("...");
    }
    out
}

const SHOWN: usize = 80;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// Stable reasons, shared by every part of Jotgate.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// Every reason this library can give.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in the catalogue.
            ///
            /// ```
            /// assert_eq!(jotgate_jose::Reason::ExpExpired.code(), "exp.expired");
            /// ```
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

reasons! {
    /// Not the right number of segments.
    MalformedParts = "malformed.parts",
    /// Longer, or with more members, than any honest token.
    MalformedSize = "malformed.size",
    /// A segment is not canonical base64url without padding.
    MalformedBase64 = "malformed.base64",
    /// Not JSON by RFC 8259.
    MalformedJson = "malformed.json",
    /// Two members of one object have the same name.
    MalformedDuplicateMember = "malformed.duplicate_member",
    /// Nested deeper than 32 levels.
    MalformedDepth = "malformed.depth",
    /// Not UTF-8, or with a byte order mark.
    MalformedUtf8 = "malformed.utf8",
    /// The payload is JSON but not one object.
    MalformedClaimsNotObject = "malformed.claims_not_object",
    /// The token says it is unsigned.
    AlgNone = "alg.none",
    /// `alg` is absent, not a string, or not a name this library knows.
    AlgUnknown = "alg.unknown",
    /// The policy does not allow the token's algorithm.
    AlgNotAllowed = "alg.not_allowed",
    /// The token's algorithm is not the key's.
    AlgKeyMismatch = "alg.key_mismatch",
    /// No key has the token's `kid`.
    KeyUnknownKid = "key.unknown_kid",
    /// More than one key fits, or symmetric and asymmetric keys stand side by side.
    KeyAmbiguous = "key.ambiguous",
    /// Shorter than the algorithm needs.
    KeyTooSmall = "key.too_small",
    /// `use` or `key_ops` of the key forbid the operation.
    KeyWrongUse = "key.wrong_use",
    /// A key type, curve or algorithm this library does not offer.
    KeyUnsupported = "key.unsupported",
    /// The key is broken: encoding, arithmetic, or parts that do not belong together.
    KeyMalformed = "key.malformed",
    /// The key fits several algorithms and names none.
    KeyMissingAlg = "key.missing_alg",
    /// The signature does not match.
    SignatureInvalid = "signature.invalid",
    /// The policy wants `exp`.
    ExpMissing = "exp.missing",
    /// Now is at or after `exp`.
    ExpExpired = "exp.expired",
    /// `exp` is not a number, or not a time.
    ExpMalformed = "exp.malformed",
    /// Now is before `nbf`.
    NbfNotYet = "nbf.not_yet",
    /// Issued after now.
    IatInFuture = "iat.in_future",
    /// Issued longer ago than the policy allows.
    IatTooOld = "iat.too_old",
    /// The policy wants `iss`.
    IssMissing = "iss.missing",
    /// Another issuer's token.
    IssMismatch = "iss.mismatch",
    /// `iss` is not a string.
    IssMalformed = "iss.malformed",
    /// The policy wants `aud`.
    AudMissing = "aud.missing",
    /// The token is meant for somebody else.
    AudMismatch = "aud.mismatch",
    /// `aud` is neither a string nor an array of strings.
    AudMalformed = "aud.malformed",
    /// Another kind of token than the policy wants.
    TypMismatch = "typ.mismatch",
    /// `crit` names an extension that is not understood here.
    CritUnsupported = "crit.unsupported",
    /// `crit` breaks its own rules.
    CritMalformed = "crit.malformed",
    /// A claim the policy requires is absent.
    ClaimMissing = "claim.missing",
    /// A claim has the wrong JSON type or does not fit the caller's type.
    ClaimMalformed = "claim.malformed",
    /// A claim has another value than required, or claims contradict each other.
    ClaimMismatch = "claim.mismatch",
    /// A policy was given a value that no deployment can mean.
    PolicyInvalid = "policy.invalid",
    /// The crypto library could not make a key or a signature.
    KeysUnavailable = "keys.unavailable",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_text_is_escaped_and_short() {
        assert_eq!(shown("at+jwt"), "\"at+jwt\"");
        assert_eq!(shown("a\r\n\u{1b}[31m\"\u{430}"), r#""a\r\n\u{1b}[31m\"\u{430}""#);
        let long = shown(&"x".repeat(10_000));
        assert_eq!(long.len(), SHOWN + 5);
    }

    #[test]
    fn codes_are_distinct_and_dotted() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert!(codes.iter().all(|code| code.split('.').count() == 2));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}
