//! The digests under which a token can have been taken back: computed once, when the token is first seen.

use jotgate_token::revocation::{Digest, Kind};

/// What to look up for one token.
///
/// Computing them costs four hashes, so whoever remembers a verified token remembers its digests with it.
///
/// ```
/// use jotgate_guard::feed::Digests;
///
/// let digests = Digests::of("https://id.example", Some("0197"), "0198", "ada", None);
/// assert_ne!(digests.token, digests.subject);
/// assert_eq!(digests.key, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// Of the claim `sid`; a token of the client itself has none.
    pub session: Option<Digest>,
    /// Of the claim `jti`.
    pub token: Digest,
    /// Of the claim `sub`.
    pub subject: Digest,
    /// Of the signing key's thumbprint; a shared secret has none.
    pub key: Option<Digest>,
}

impl Digests {
    /// The digests of a token of `issuer`, exactly as in its claim `iss`, signed by the key with this RFC 7638
    /// SHA-256 `thumbprint` in base64url.
    ///
    /// ```
    /// use jotgate_guard::feed::Digests;
    /// use jotgate_token::revocation::{Digest, Kind};
    ///
    /// let digests = Digests::of("https://id.example", None, "0198", "ada", None);
    /// assert_eq!(digests.subject, Digest::of("https://id.example", Kind::Subject, "ada"));
    /// ```
    #[must_use]
    pub fn of(issuer: &str, sid: Option<&str>, jti: &str, sub: &str, thumbprint: Option<&str>) -> Self {
        let of = |kind, id| Digest::of(issuer, kind, id);
        Self {
            session: sid.map(|sid| of(Kind::Session, sid)),
            token: of(Kind::Token, jti),
            subject: of(Kind::Subject, sub),
            key: thumbprint.map(|thumbprint| of(Kind::Key, thumbprint)),
        }
    }
}
