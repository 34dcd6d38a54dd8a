//! The tokens an API must refuse, and the few it must accept, each with the reason, the gain and the mend.
//!
//! Most of them carry a good signature: only the holder of the key can make them, so no scanner from outside ever tries
//! them, and an API meets them on the day a second service, a second kind of token or a logout comes along. Rows 1 to
//! 101 of the usual lists of attacks, as far as they concern an API. Spec: RFC 8725, RFC 9068 section 4, RFC 6750.
//!
//! ```
//! use jotgate_testkit::{TestIssuer, catalogue::{self, Verdict}};
//! use jotgate_token::access::Verifier;
//!
//! let issuer = TestIssuer::new("https://id.example", "https://api.example");
//! let verifier = Verifier::new(issuer.issuer(), issuer.audience());
//! let forge = issuer.forge("ada");
//! for case in catalogue::all().filter(|case| case.change.is_none() && matches!(case.verdict, Verdict::Refuse(_))) {
//!     let Some(sent) = case.make(&forge) else { continue };
//!     if let Some(token) = sent.token() {
//!         assert!(verifier.verify(token, &issuer.keys(), issuer.now()).is_err(), "{}", case.id);
//!     }
//! }
//! ```

mod claims;
mod controls;
mod forged;
mod header;
mod kinds;
mod mend;
mod state;
mod transport;

use crate::{Forge, Sent};

pub use mend::{Framework, Mend};

/// One entry: a token that is wrong in one way, or one of the few good ones beside them for comparison.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BadToken {
    /// A name that stays the same between versions: `group.name`.
    pub id: &'static str,
    /// What it is, to be read after "a token ...".
    pub title: &'static str,
    /// What is wrong with it, in a sentence.
    pub what: &'static str,
    /// What has to come of it.
    pub verdict: Verdict,
    /// Who can make it.
    pub origin: Origin,
    /// What an attacker gains from an API that accepts it.
    pub attacker_gains: &'static str,
    /// Where it is written that it must be refused.
    pub spec: &'static str,
    /// What to change where it is accepted.
    pub mend: Mend,
    /// What has to happen after the token was made and before it is sent.
    pub change: Option<Change>,
    build: fn(&Forge) -> Option<Sent>,
}

impl BadToken {
    /// The token, as it is to be sent. `None` where the key or the good tokens of this API have no such case: an
    /// HS256 secret has no public key to confuse it with, and a good token without `aud` cannot lose it.
    ///
    /// For an entry with a [`change`](Self::change) it is a good token; the change makes it wrong.
    ///
    /// ```
    /// use jotgate_testkit::{TestIssuer, catalogue};
    ///
    /// let forge = TestIssuer::new("https://id.example", "https://api.example").forge("ada");
    /// let case = catalogue::by_id("aud.other").expect("in the catalogue");
    /// assert!(case.make(&forge).is_some_and(|sent| sent.token().is_some()));
    /// ```
    #[must_use]
    pub fn make(&self, forge: &Forge) -> Option<Sent> {
        (self.build)(forge)
    }

    /// Whether an API that accepts it has a fault.
    ///
    /// ```
    /// # use jotgate_testkit::catalogue;
    /// assert!(catalogue::by_id("aud.other").is_some_and(|case| case.must_be_refused()));
    /// assert!(catalogue::by_id("good").is_some_and(|case| !case.must_be_refused()));
    /// ```
    #[must_use]
    pub const fn must_be_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Refuse(_))
    }
}

/// What has to come of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Refused. The guards of Jotgate say one of these reasons, by the key and by how the token is looked at.
    Refuse(&'static [&'static str]),
    /// Accepted: whoever refuses it turns away the honest.
    Accept,
    /// Both are sound; it is here to show which.
    Either,
}

/// Who can make a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// It carries a good signature of the issuer: made for something else, or made carelessly.
    Signed,
    /// It was good when it was made, and something happened since.
    Outdated,
    /// Anybody can make it, without the key.
    Forged,
    /// A good token, sent in a wrong way.
    Sent,
}

impl Origin {
    /// A heading for its entries.
    ///
    /// ```
    /// assert_eq!(jotgate_testkit::catalogue::Origin::Forged.title(), "forged without the key");
    /// ```
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Signed => "validly signed, and wrong",
            Self::Outdated => "good once, and taken back since",
            Self::Forged => "forged without the key",
            Self::Sent => "sent in a wrong way",
        }
    }
}

/// What happens between the making of a token and its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Its session is logged out.
    LogOut,
    /// Its user changes the password.
    PasswordChange,
    /// Its user is disabled.
    Disable,
    /// A role is taken from its user.
    RoleRemoved,
    /// Its user is deleted.
    Delete,
    /// The token itself is taken back.
    TokenRevoked,
    /// The key that signed it is revoked.
    KeyRevoked,
}

/// All entries, in the order in which they are best tried: the controls first, then what changes nothing, then what
/// changes the state of the issuer, and what ends the key last.
///
/// ```
/// use jotgate_testkit::catalogue;
///
/// assert_eq!(catalogue::all().next().map(|case| case.id), Some("good"));
/// assert!(catalogue::all().count() > 60);
/// ```
pub fn all() -> impl Iterator<Item = &'static BadToken> {
    PARTS.into_iter().flatten()
}

/// The entry of this name.
///
/// ```
/// use jotgate_testkit::catalogue;
///
/// assert!(catalogue::by_id("exp.missing").is_some() && catalogue::by_id("exp.nonsense").is_none());
/// ```
#[must_use]
pub fn by_id(id: &str) -> Option<&'static BadToken> {
    all().find(|case| case.id == id)
}

const PARTS: [&[BadToken]; 7] =
    [controls::ALL, claims::ALL, kinds::ALL, header::ALL, forged::ALL, transport::ALL, state::ALL];

/// A token that is good but for these changes, under the issuer's own signature.
fn signed(draft: &crate::Draft<'_>) -> Option<Sent> {
    Some(Sent::bearer(draft.token()))
}

/// As [`signed`], for a claim that good tokens of this API have at all.
fn without_claim(forge: &Forge, name: &str) -> Option<Sent> {
    forge.good_claim(name)?;
    signed(&forge.draft().without(name))
}

#[cfg(all(test, feature = "issuer"))]
mod tests;
