//! What was taken back before it expired, as verifiers without a database learn it: entries, the packed lists they
//! travel in, and the two signed messages, event and snapshot.
//!
//! A message is a JWT of type `revocations+jwt` under a key that signs nothing else, so that whoever can mint access
//! tokens still cannot silence the feed, and whoever holds the feed's key still mints nothing. When a message is fresh,
//! and what follows from an entry, is for the follower to say. The wire format has its page, `docs/revocation-feed.md`.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_token::revocation::{self, Digest, Entry, Event, FeedVerifier, Kind, Lists};
//!
//! let signer = revocation::signer(SigningKey::generate(Algorithm::Es256)?)?;
//! let entry = Entry::new(Kind::Session, Digest::of("https://id.example", Kind::Session, "0197"), 1_700_001_020);
//! let event = Event {
//!     iss: "https://id.example".into(),
//!     iat: 1_700_000_000,
//!     era: "AAAAAAAAAAAAAAAAAAAAAA".into(),
//!     prev_seq: 41,
//!     seq: 42,
//!     feed_leeway: 120,
//!     nonce: None,
//!     lists: Lists::pack([entry]),
//! };
//! let message = signer.sign_event(&event)?;
//!
//! let verifier = FeedVerifier::new("https://id.example", KeySet::new([signer.verifying_key()]));
//! let read = verifier.verify_event(&message)?;
//! assert!(read.lists.iter().eq([entry]));
//! // An event says what changed, a snapshot what there is; neither passes for the other.
//! assert_eq!(verifier.verify_snapshot(&message).unwrap_err().reason().code(), "claim.mismatch");
//! # Ok::<(), jotgate_jose::Error>(())
//! ```

mod lists;
mod message;
mod sign;

use std::fmt;
use std::str::FromStr;

use jotgate_jose::primitive;

pub use lists::Lists;
pub use message::{Event, Snapshot};
pub use sign::{FeedVerifier, MAX_EVENT, MAX_SNAPSHOT, Signer, TYP, signer};

/// What is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Every token of one session; the id is the claim `sid`.
    Session,
    /// One token; the id is its `jti`.
    Token,
    /// Every token of one `sub` whose `epoch` is below the entry's value.
    Subject,
    /// Every token signed by one key; the id is its RFC 7638 SHA-256 thumbprint in base64url.
    Key,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Session, Self::Token, Self::Subject, Self::Key];

    /// The word that goes into the digest.
    ///
    /// ```
    /// use jotgate_token::revocation::Kind;
    ///
    /// assert_eq!(Kind::ALL.map(Kind::name), ["session", "token", "subject", "key"]);
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Subject => "subject",
            Self::Key => "key",
        }
    }

    /// The kind of that word.
    ///
    /// ```
    /// use jotgate_token::revocation::Kind;
    ///
    /// assert_eq!(Kind::parse("subject"), Some(Kind::Subject));
    /// assert_eq!(Kind::parse("Subject"), None);
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Eight bytes that stand for an issuer, a kind and an id.
///
/// Eight, because a verifier keeps one for every entry. With a million entries in force a token that was not taken
/// back meets one of them by chance once in 18 million million tokens, and is then refused, never let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 8]);

impl Digest {
    /// The digest of an id: the start of SHA-256 over issuer, kind and id, each behind its length.
    ///
    /// ```
    /// use jotgate_token::revocation::{Digest, Kind};
    ///
    /// let digest = Digest::of("https://id.example", Kind::Session, "0197");
    /// assert_eq!(digest.0, [0x1b, 0xb9, 0x0e, 0x24, 0x60, 0x55, 0x45, 0x2d]);
    /// assert_ne!(digest, Digest::of("https://id.example", Kind::Token, "0197"));
    /// ```
    #[must_use]
    pub fn of(issuer: &str, kind: Kind, id: &str) -> Self {
        let parts = [issuer, kind.name(), id];
        let mut framed = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
        for part in parts {
            framed.extend((part.len() as u64).to_be_bytes());
            framed.extend(part.as_bytes());
        }
        let [a, b, c, d, e, f, g, h, ..] = primitive::sha256(&framed);
        Self([a, b, c, d, e, f, g, h])
    }
}

/// One thing taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// What.
    pub kind: Kind,
    /// Which.
    pub digest: Digest,
    /// Of a subject: tokens whose `epoch` is smaller are refused. Of any other kind 0, and not sent.
    pub value: i64,
    /// Until when a token it concerns may be about, in seconds since 1970; from then on the entry may be forgotten.
    pub until: u32,
}

impl Entry {
    /// An entry without a value. A time beyond the range of the wire (the year 2106) becomes its end.
    ///
    /// ```
    /// use jotgate_token::revocation::{Digest, Entry, Kind};
    ///
    /// assert_eq!(Entry::new(Kind::Token, Digest([7; 8]), -1).until, 0);
    /// assert_eq!(Entry::new(Kind::Token, Digest([7; 8]), i64::MAX).until, u32::MAX);
    /// ```
    #[must_use]
    pub fn new(kind: Kind, digest: Digest, until: i64) -> Self {
        let until = u32::try_from(until.max(0)).unwrap_or(u32::MAX);
        Self { kind, digest, value: 0, until }
    }

    /// An entry against a subject's tokens whose `epoch` is below `value`.
    ///
    /// ```
    /// use jotgate_token::revocation::{Digest, Entry, Kind};
    ///
    /// let entry = Entry::subject(Digest([7; 8]), 3, 1_700_000_000);
    /// assert_eq!((entry.kind, entry.value), (Kind::Subject, 3));
    /// ```
    #[must_use]
    pub fn subject(digest: Digest, value: i64, until: i64) -> Self {
        Self { value, ..Self::new(Kind::Subject, digest, until) }
    }
}

/// A place in the feed: what an event's `id` says and `Last-Event-ID` says back.
///
/// ```
/// use jotgate_token::revocation::Position;
///
/// let position: Position = "AAAAAAAAAAAAAAAAAAAAAA:42".parse()?;
/// assert_eq!((position.seq, position.to_string().as_str()), (42, "AAAAAAAAAAAAAAAAAAAAAA:42"));
/// assert!("42".parse::<Position>().is_err());
/// # Ok::<(), jotgate_token::revocation::NotAPosition>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// The era, of 22 characters: numbers of two eras are not compared.
    pub era: String,
    /// The number of the last entry known.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.era, self.seq)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (era, seq) = text.split_once(':').ok_or(NotAPosition)?;
        let is_number = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        if !is_era(era) || !is_number {
            return Err(NotAPosition);
        }
        Ok(Self { era: era.to_owned(), seq: seq.parse().map_err(|_| NotAPosition)? })
    }
}

/// The text names no place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in the feed is an era of 22 characters, a colon and a number")]
pub struct NotAPosition;

/// Whether a follower may send this as its `nonce`: 16 to 64 characters of base64url.
///
/// ```
/// use jotgate_token::revocation::is_nonce;
///
/// assert!(is_nonce("0123456789abcdef") && !is_nonce("0123456789abcde") && !is_nonce("0123456789abcde="));
/// ```
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(is_base64url)
}

/// Sixteen random bytes in base64url.
fn is_era(text: &str) -> bool {
    text.len() == 22 && text.bytes().all(is_base64url)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests;
