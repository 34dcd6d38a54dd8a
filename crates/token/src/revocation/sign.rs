//! Signing and checking the messages of the feed: a key, a type and a shape of their own.
//!
//! Not here: where the keys come from. A follower takes them from `/v1/revocations/keys` and from nowhere else.

use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jwt};

use super::message::{Incoming, Outgoing};
use super::{Event, Snapshot};

/// Signs the messages of a feed.
#[derive(Debug, Clone)]
pub struct Signer(jwt::Signer);

/// A signer with the feed's own key, which is named by its thumbprint whatever its name was.
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey};
/// use jotgate_token::revocation;
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let signer = revocation::signer(key.clone())?;
/// assert_eq!(signer.verifying_key().kid(), Some(key.thumbprint().as_str()));
///
/// // Whoever could check with a shared secret could also announce, or keep silent about, what was taken back.
/// let shared = SigningKey::generate(Algorithm::Hs256)?;
/// assert_eq!(revocation::signer(shared).unwrap_err().reason().code(), "alg.not_allowed");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `alg.not_allowed` for a symmetric key.
pub fn signer(key: SigningKey) -> Result<Signer, Error> {
    if key.algorithm().is_symmetric() {
        return Err(Error::new(Reason::AlgNotAllowed, "the feed is not signed with a shared secret"));
    }
    let thumbprint = key.thumbprint();
    jwt::Signer::new(key.with_kid(thumbprint), TYP).map(Signer)
}

impl Signer {
    /// The key.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::revocation;
    /// let signer = revocation::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// assert_eq!(signer.key().kid(), Some(signer.key().thumbprint().as_str()));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        self.0.key()
    }

    /// The key to check its messages with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::revocation;
    /// let signer = revocation::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// assert_eq!(signer.verifying_key().algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// An event, signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::revocation::{self, Event};
    /// fn heartbeat(signer: &revocation::Signer, last: &Event, now: i64) -> Result<String, jotgate_jose::Error> {
    ///     let nothing = Event { iat: now, prev_seq: last.seq, nonce: None, lists: Default::default(), ..last.clone() };
    ///     signer.sign_event(&nothing)
    /// }
    /// ```
    ///
    /// # Errors
    /// `keys.unavailable` when the crypto library fails.
    pub fn sign_event(&self, event: &Event) -> Result<String, Error> {
        self.0.sign(&Outgoing::from(event))
    }

    /// A snapshot, signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::revocation::{self, FeedVerifier, Lists, Snapshot};
    /// let signer = revocation::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// let snapshot = Snapshot {
    ///     iss: "https://id.example".into(),
    ///     iat: 1_700_000_000,
    ///     era: "AAAAAAAAAAAAAAAAAAAAAA".into(),
    ///     seq: 42,
    ///     feed_leeway: 120,
    ///     lists: Lists::default(),
    /// };
    /// let message = signer.sign_snapshot(&snapshot)?;
    /// let verifier = FeedVerifier::new("https://id.example", KeySet::new([signer.verifying_key()]));
    /// assert_eq!(verifier.verify_snapshot(&message)?, snapshot);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `keys.unavailable` when the crypto library fails.
    pub fn sign_snapshot(&self, snapshot: &Snapshot) -> Result<String, Error> {
        self.0.sign(&Outgoing::from(snapshot))
    }
}

/// Checks the messages of one issuer's feed.
#[derive(Debug, Clone)]
pub struct FeedVerifier {
    keys: KeySet,
    event: jwt::Policy,
    snapshot: jwt::Policy,
}

impl FeedVerifier {
    /// Accepts messages of `issuer`, compared exactly, under the feed's own keys. Shared secrets among them count for
    /// nothing.
    ///
    /// ```
    /// use jotgate_jose::{JwkSet, KeySet};
    /// use jotgate_token::revocation::FeedVerifier;
    ///
    /// let published = JwkSet::parse(r#"{"keys":[]}"#)?; // what `/v1/revocations/keys` answered
    /// let verifier = FeedVerifier::new("https://id.example", KeySet::from(&published));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn new(issuer: &str, keys: KeySet) -> Self {
        let policy = |max_len| {
            let (anybody, typ) = (jwt::Audience::any(), jwt::Typ::exact(TYP));
            jwt::Policy::new(jwt::Issuer::exact(issuer), anybody, typ)
                .algorithms(Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_symmetric()))
                // A message never expires: its entries do, and how old it may be is for the follower to say.
                .without_exp()
                .require("iat")
                .max_len(max_len)
        };
        Self { keys, event: policy(MAX_EVENT), snapshot: policy(MAX_SNAPSHOT) }
    }

    /// Checks an event of at most [`MAX_EVENT`] bytes. Its `iat` is compared with no clock.
    ///
    /// ```
    /// # use jotgate_jose::KeySet;
    /// # use jotgate_token::revocation::FeedVerifier;
    /// # let verifier = FeedVerifier::new("https://id.example", KeySet::default());
    /// assert_eq!(verifier.verify_event("nonsense").unwrap_err().reason().code(), "malformed.parts");
    /// ```
    ///
    /// # Errors
    /// The first check that fails: `malformed.*`, `key.*`, `alg.*`, `signature.invalid`, `typ.mismatch`, `iss.*`;
    /// `claim.malformed` for a list that ends within a record, `claim.missing` and `claim.mismatch` for what is no
    /// event.
    pub fn verify_event(&self, message: &str) -> Result<Event, Error> {
        self.read(message, &self.event)?.into_event()
    }

    /// Checks a snapshot of at most [`MAX_SNAPSHOT`] bytes. Its `iat` is compared with no clock.
    ///
    /// ```
    /// # use jotgate_jose::KeySet;
    /// # use jotgate_token::revocation::FeedVerifier;
    /// # let verifier = FeedVerifier::new("https://id.example", KeySet::default());
    /// assert_eq!(verifier.verify_snapshot("a.b.c").unwrap_err().reason().code(), "malformed.base64");
    /// ```
    ///
    /// # Errors
    /// As [`Self::verify_event`]; `claim.mismatch` for an event.
    pub fn verify_snapshot(&self, message: &str) -> Result<Snapshot, Error> {
        self.read(message, &self.snapshot)?.into_snapshot()
    }

    fn read(&self, message: &str, policy: &jwt::Policy) -> Result<Incoming, Error> {
        // The clock of a verifier may be wrong by minutes, and it learns so from these very messages.
        let any_time = i64::MAX;
        Ok(jwt::verify(message, &self.keys, policy, any_time)?.into_claims())
    }
}

/// The `typ` of a message.
pub const TYP: &str = "revocations+jwt";

/// The longest event, in bytes.
pub const MAX_EVENT: usize = 1 << 20;

/// The longest snapshot, in bytes: room for three million sessions.
pub const MAX_SNAPSHOT: usize = 64 << 20;
