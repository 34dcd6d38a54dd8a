//! The refresh token: opaque to clients, a session id and its generation under two MACs to the server.
//!
//! `jgr_` and base64url of: version (1 byte) · key id (8) · session id (16) · generation (8) · tag1 (16) · tag2 (32).
//! - tag1 is checked first and needs the key alone: a forged or damaged token costs no query.
//! - tag2 also covers the salt of the session row: neither the database alone nor the keys alone make a token.
//!
//! Both cover the issuer, so that a copied database is worth nothing under another name. Not here: what follows from
//! a generation (the refresh rule), and how keys are kept.

mod key;

use std::fmt;
use std::sync::Arc;

use jotgate_jose::primitive::{base64url, constant_time_eq};
use zeroize::Zeroizing;

use crate::Id;

pub use key::{RefreshKey, RefreshKeyId};

/// The ring of refresh keys of one issuer: one key mints, all of them open.
///
/// A new key mints only once every node has had the time to load it; an old one stays for the absolute lifetime of
/// a session. When to change which is the caller's decision.
///
/// ```
/// use jotgate_token::refresh::{RefreshKey, RefreshKeys};
/// use jotgate_token::{Id, OsRandom, random};
///
/// let key = RefreshKey::new(*b"key-0001", &random::array(&OsRandom));
/// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
///
/// let (session, salt) = (Id::new(&OsRandom, 0), random::array(&OsRandom));
/// let token = keys.mint(session, 0, &salt);
///
/// let opened = keys.open(token.expose())?; // no database needed to refuse a forgery
/// assert_eq!((opened.session(), opened.generation()), (session, 0));
/// keys.confirm(&opened, &salt)?; // the salt comes from the session row
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RefreshKeys {
    issuer: Box<str>,
    keys: Vec<Arc<RefreshKey>>,
    minting: Arc<RefreshKey>,
}

impl RefreshKeys {
    /// Puts a ring together; the key with the id `minting` makes new tokens.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # Ok::<(), jotgate_token::refresh::RingError>(())
    /// ```
    ///
    /// # Errors
    /// [`RingError`] when two keys have one id, or none has that of `minting`.
    pub fn new(
        issuer: &str,
        keys: impl IntoIterator<Item = RefreshKey>,
        minting: impl Into<RefreshKeyId>,
    ) -> Result<Self, RingError> {
        let minting = minting.into();
        let keys: Vec<_> = keys.into_iter().map(Arc::new).collect();
        if let Some(twice) = keys.iter().enumerate().find(|(at, key)| by_id(&keys[..*at], key.id()).is_some())
        {
            return Err(RingError::TwoKeysWithOneId(twice.1.id()));
        }
        let minting = by_id(&keys, minting).ok_or(RingError::NoMintingKey(minting))?.clone();
        Ok(Self { issuer: issuer.into(), keys, minting })
    }

    /// The ids of all keys, the minting one included.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// assert_eq!(keys.ids().collect::<Vec<_>>(), [RefreshKeyId::from(*b"key-0001")]);
    /// # Ok::<(), jotgate_token::refresh::RingError>(())
    /// ```
    pub fn ids(&self) -> impl Iterator<Item = RefreshKeyId> {
        self.keys.iter().map(|key| key.id())
    }

    /// The id of the key that makes new tokens.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// assert_eq!(keys.minting().as_bytes(), b"key-0001");
    /// # Ok::<(), jotgate_token::refresh::RingError>(())
    /// ```
    pub fn minting(&self) -> RefreshKeyId {
        self.minting.id()
    }

    /// The token of this generation of a session. Equal arguments give the same token, so a repeated answer
    /// repeats it, as long as the same key mints.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let token = keys.mint(session, 0, &salt);
    /// assert_ne!(token.expose(), keys.mint(session, 1, &salt).expose());
    /// # Ok::<(), jotgate_token::refresh::RingError>(())
    /// ```
    pub fn mint(&self, session: Id, generation: u64, salt: &[u8; 16]) -> RefreshToken {
        let body = Body { key: self.minting.id(), session, generation }.to_bytes();
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        bytes[..TAG1].copy_from_slice(&body);
        bytes[TAG1..TAG2].copy_from_slice(&self.minting.tag1(&self.issuer, &body));
        bytes[TAG2..].copy_from_slice(&self.minting.tag2(&self.issuer, &body, salt));
        let encoded = Zeroizing::new(base64url::encode(&*bytes));
        let mut text = Zeroizing::new(String::with_capacity(TOKEN_CHARS));
        text.push_str(PREFIX);
        text.push_str(&encoded);
        RefreshToken(text)
    }

    /// Checks form and tag1: whatever passes was made by a holder of the key, for this issuer. Asks no database.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let opened = keys.open(keys.mint(session, 3, &salt).expose())?;
    /// assert_eq!((opened.session(), opened.generation()), (session, 3));
    /// assert!(keys.open("jgr_made-up").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]; of its three cases only `UnknownKey` may be the fault of this server.
    pub fn open(&self, text: &str) -> Result<Opened, OpenError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(OpenError::Malformed)?;
        // The length first, because nothing is allocated for a text that cannot be a token.
        if text.len() != TOKEN_CHARS {
            return Err(OpenError::Malformed);
        }
        let bytes = Zeroizing::new(base64url::decode(encoded).map_err(|_| OpenError::Malformed)?);
        let (Some((body, tags)), true) = (bytes.split_first_chunk::<TAG1>(), bytes.len() == TOKEN_BYTES)
        else {
            return Err(OpenError::Malformed);
        };
        let (tag1, tag2) = tags.split_at(TAG2 - TAG1);
        let parsed = Body::from_bytes(body).ok_or(OpenError::Malformed)?;
        let key = by_id(&self.keys, parsed.key).ok_or(OpenError::UnknownKey(parsed.key))?;
        if !constant_time_eq(&key.tag1(&self.issuer, body), tag1) {
            return Err(OpenError::Forged);
        }
        let mut claimed = Zeroizing::new([0; 32]);
        claimed.copy_from_slice(tag2);
        Ok(Opened { key: key.clone(), body: parsed, tag2: claimed })
    }

    /// Checks tag2 with the salt of the session row. Only after this is the token known to be genuine.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let opened = keys.open(keys.mint(session, 3, &salt).expose())?;
    /// assert!(keys.confirm(&opened, &salt).is_ok());
    /// assert!(keys.confirm(&opened, &[8; 16]).is_err(), "the row of another session");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Forged`] when the tag does not fit: the token was made without the row, or for another one.
    pub fn confirm(&self, opened: &Opened, salt: &[u8; 16]) -> Result<(), Forged> {
        // The key that opened the token, because the ring may have been exchanged since.
        let tag2 = Zeroizing::new(opened.key.tag2(&self.issuer, &opened.body.to_bytes(), salt));
        if constant_time_eq(&*tag2, &*opened.tag2) { Ok(()) } else { Err(Forged) }
    }
}

/// The text of a refresh token: a secret. `Debug` does not show it, and it is wiped from memory when dropped.
pub struct RefreshToken(Zeroizing<String>);

impl RefreshToken {
    /// The text, for the one answer that carries it.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// assert!(keys.mint(session, 0, &salt).expose().starts_with("jgr_"));
    /// # Ok::<(), jotgate_token::refresh::RingError>(())
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

/// A token whose form and tag1 are good: enough to look for its session, not enough to believe it.
///
/// [`RefreshKeys::confirm`] has to follow once the row is read.
#[derive(Clone)]
pub struct Opened {
    key: Arc<RefreshKey>,
    body: Body,
    tag2: Zeroizing<[u8; 32]>,
}

impl Opened {
    /// The session it names.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let opened = keys.open(keys.mint(session, 3, &salt).expose())?;
    /// assert_eq!(opened.session(), session);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session(&self) -> Id {
        self.body.session
    }

    /// The generation it names.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let opened = keys.open(keys.mint(session, 3, &salt).expose())?;
    /// assert_eq!(opened.generation(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generation(&self) -> u64 {
        self.body.generation
    }

    /// The key that made it.
    ///
    /// ```
    /// # use jotgate_token::{Id, refresh::{RefreshKey, RefreshKeyId, RefreshKeys}};
    /// # let key = RefreshKey::new(*b"key-0001", &[7; 32]);
    /// let keys = RefreshKeys::new("https://id.example", [key], *b"key-0001")?;
    /// # let (session, salt) = (Id::from([1; 16]), [9; 16]);
    /// let opened = keys.open(keys.mint(session, 3, &salt).expose())?;
    /// assert_eq!(opened.key(), keys.minting());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key(&self) -> RefreshKeyId {
        self.body.key
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Body { key, session, generation } = self.body;
        f.debug_struct("Opened")
            .field("key", &key)
            .field("session", &session)
            .field("generation", &generation)
            .finish_non_exhaustive()
    }
}

/// Why a text is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It does not have the form of a refresh token: 401 `refresh.invalid`.
    #[error("this is not a refresh token")]
    Malformed,
    /// It has the form, but was not made with the key it names for this issuer: 401 `refresh.invalid`.
    #[error("this refresh token was not made here")]
    Forged,
    /// It names a key that is not in the ring. Perhaps another node made it with a key not loaded here yet, so after
    /// a reload that does not find it the answer is 503 `keys.unavailable`, never a 401, which would log out.
    #[error("this refresh token names the key {0}, which is not loaded")]
    UnknownKey(RefreshKeyId),
}

/// tag2 does not fit the salt: 401 `refresh.invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this refresh token was not made for this session")]
pub struct Forged;

/// Why keys do not make a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// Tokens of one would be refused as forged by the other.
    #[error("two refresh keys have the id {0}")]
    TwoKeysWithOneId(RefreshKeyId),
    /// The key that is to make new tokens is not among those given.
    #[error("the refresh key {0}, which is to mint, is not in the ring")]
    NoMintingKey(RefreshKeyId),
}

/// What the tags vouch for.
#[derive(Clone, Copy)]
struct Body {
    key: RefreshKeyId,
    session: Id,
    generation: u64,
}

impl Body {
    fn to_bytes(self) -> [u8; TAG1] {
        let mut bytes = [0; TAG1];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(self.key.as_bytes());
        bytes[9..25].copy_from_slice(self.session.as_bytes());
        bytes[25..].copy_from_slice(&self.generation.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; TAG1]) -> Option<Self> {
        let ([version], rest) = bytes.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk::<8>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let generation = u64::from_be_bytes(*rest.first_chunk()?);
        (*version == VERSION).then(|| Self {
            key: RefreshKeyId::from(*key),
            session: Id::from(*session),
            generation,
        })
    }
}

fn by_id(keys: &[Arc<RefreshKey>], id: RefreshKeyId) -> Option<&Arc<RefreshKey>> {
    keys.iter().find(|key| key.id() == id)
}

/// What every refresh token begins with, so that people and secret scanners recognise one.
pub const PREFIX: &str = "jgr_";

const VERSION: u8 = 1;
const TAG1: usize = 1 + 8 + 16 + 8;
const TAG2: usize = TAG1 + 16;
const TOKEN_BYTES: usize = TAG2 + 32;
/// 81 bytes are 108 characters exactly: no bits are left over at the end.
const TOKEN_CHARS: usize = PREFIX.len() + TOKEN_BYTES / 3 * 4;

#[cfg(test)]
mod tests;
