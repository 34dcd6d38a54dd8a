//! The login server of a test: keys, a clock, and what it has revoked.

mod revoke;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jotgate_guard::{Guard, GuardBuilder};
use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey};
use jotgate_token::{Clock as _, access};
use serde_json::json;

use crate::feed::Feed;
use crate::forge::CRYPTO;
use crate::{FixedClock, Forge, TestToken};

/// A login server that exists only in this process: it issues tokens, publishes keys, and opens no port.
///
/// ```
/// use std::time::Duration;
/// use jotgate_testkit::TestIssuer;
/// use jotgate_token::access::Verifier;
///
/// let issuer = TestIssuer::new("https://id.example", "https://api.example");
/// let token = issuer.token("ada").valid();
/// let verifier = Verifier::new(issuer.issuer(), issuer.audience());
/// assert!(verifier.verify(&token, &issuer.keys(), issuer.now()).is_ok());
///
/// issuer.advance(Duration::from_secs(15 * 60));
/// assert!(verifier.verify(&token, &issuer.keys(), issuer.now()).is_err());
/// ```
#[derive(Clone)]
pub struct TestIssuer(Arc<Inner>);

struct Inner {
    issuer: String,
    audience: String,
    clock: Arc<FixedClock>,
    state: Mutex<State>,
    feed: Mutex<Feed>,
    is_down: AtomicBool,
}

/// What changes while a test runs.
struct State {
    /// The one that signs comes first; the others still verify.
    keys: Vec<SigningKey>,
    /// The epoch of everybody whose tokens were taken back.
    epochs: BTreeMap<String, i64>,
}

impl TestIssuer {
    /// An issuer at this address, for one API, with a fresh ES256 key and a [`FixedClock`].
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// let issuer = TestIssuer::new("https://id.example", "https://api.example");
    /// assert_eq!((issuer.issuer(), issuer.audience()), ("https://id.example", "https://api.example"));
    /// ```
    ///
    /// # Panics
    /// When the crypto library cannot make a key.
    #[must_use]
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self::with_algorithm(issuer, audience, Algorithm::Es256)
    }

    /// The same with a key of another algorithm, for an API that takes that one. An RSA key takes a while to make.
    ///
    /// ```
    /// # use jotgate_jose::Algorithm;
    /// # use jotgate_testkit::TestIssuer;
    /// let issuer = TestIssuer::with_algorithm("https://id.example", "api", Algorithm::Ed25519);
    /// assert_eq!(issuer.keys().keys()[0].algorithm(), Algorithm::Ed25519);
    /// ```
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn with_algorithm(issuer: &str, audience: &str, algorithm: Algorithm) -> Self {
        Self(Arc::new(Inner {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            clock: Arc::default(),
            state: Mutex::new(State { keys: vec![new_key(algorithm)], epochs: BTreeMap::new() }),
            feed: Mutex::new(Feed::new(issuer)),
            is_down: AtomicBool::new(false),
        }))
    }

    /// A guard for the tokens of this issuer, ready, with the issuer's clock. It asks no network. Needs a tokio runtime.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use jotgate_testkit::TestIssuer;
    ///
    /// let issuer = TestIssuer::new("https://id.example", "https://api.example");
    /// let guard = issuer.guard().await;
    /// assert!(guard.check(&issuer.token("ada").valid(), issuer.now()).is_ok());
    ///
    /// let refused = guard.check(&issuer.token("ada").alg_confused(), issuer.now()).unwrap_err();
    /// assert_eq!(refused.code(), "alg.key_mismatch");
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the issuer or the audience is none a guard takes, or outside of a tokio runtime.
    pub async fn guard(&self) -> Guard {
        let guard = self.guard_builder().start();
        let guard = guard.unwrap_or_else(|error| panic!("the guard of the test does not start: {error}"));
        guard.ready().await;
        guard
    }

    /// The same before it is started, to be set otherwise.
    ///
    /// ```
    /// # async fn start() -> Result<(), jotgate_guard::BuildError> {
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// let guard = issuer.guard_builder().leeway(std::time::Duration::ZERO).start()?;
    /// guard.ready().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn guard_builder(&self) -> GuardBuilder {
        Guard::new(self.issuer(), self.audience()).clock(self.clock()).fetch(self.clone())
    }

    /// A token of this user, in the making: the last call says which.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// # let issuer = TestIssuer::new("https://id.example", "https://api.example");
    /// let good = issuer.token("ada").with_scope("read").valid();
    /// let bad = issuer.token("ada").wrong_audience();
    /// ```
    #[must_use]
    pub fn token(&self, user: &str) -> TestToken {
        TestToken::new(self.clone(), user)
    }

    /// What makes the tokens of the [`catalogue`](crate::catalogue), with good tokens of this user as the pattern.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// # let issuer = TestIssuer::new("https://id.example", "https://api.example");
    /// let for_nobody_in_particular = issuer.forge("ada").draft().without("aud").token();
    /// ```
    #[must_use]
    pub fn forge(&self, user: &str) -> Forge {
        let claims = [
            ("iss", json!(self.issuer())),
            ("sub", json!(user)),
            ("aud", json!(self.audience())),
            ("client_id", json!(access::FIRST_PARTY)),
            ("sid", json!(format!("session-of-{user}"))),
            ("roles", json!([])),
            ("epoch", json!(self.epoch_of(user))),
            ("auth_time", json!(self.now())),
            ("amr", json!(["pwd"])),
        ];
        let forge = Forge::with_key(self.signing_key(), self.clock());
        claims.into_iter().fold(forge, |forge, (name, value)| forge.claim(name, value))
    }

    /// Its address, as in `iss`.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// assert_eq!(TestIssuer::new("https://id.example", "api").issuer(), "https://id.example");
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// For whom its tokens are, as in `aud`.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// assert_eq!(TestIssuer::new("https://id.example", "api").audience(), "api");
    /// ```
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.0.audience
    }

    /// Its keys, to check with. None for a symmetric algorithm is published, but here they are.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// assert_eq!(TestIssuer::new("https://id.example", "api").keys().keys().len(), 1);
    /// ```
    #[must_use]
    pub fn keys(&self) -> KeySet {
        KeySet::new(self.state().keys.iter().map(SigningKey::verifying_key).collect::<Vec<VerifyingKey>>())
    }

    /// The key it signs with, for a test that signs by itself.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// assert!(TestIssuer::new("https://id.example", "api").signing_key().kid().is_some());
    /// ```
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        self.state().keys[0].clone()
    }

    /// What stands at `/.well-known/jwks.json`.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// assert!(TestIssuer::new("https://id.example", "api").jwks().starts_with("{\"keys\":["));
    /// ```
    #[must_use]
    pub fn jwks(&self) -> String {
        let published =
            self.state().keys.iter().filter_map(|key| key.public_jwk().ok()).collect::<Vec<Jwk>>();
        JwkSet::new(published).to_json().expect("public keys may be published")
    }

    /// Its clock, which stands still until it is moved. A guard made by this issuer has the same one.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// use jotgate_token::Clock as _;
    ///
    /// let issuer = TestIssuer::new("https://id.example", "api");
    /// issuer.clock().set(1_700_000_000);
    /// assert_eq!(issuer.now(), 1_700_000_000);
    /// ```
    #[must_use]
    pub fn clock(&self) -> Arc<FixedClock> {
        self.0.clock.clone()
    }

    /// Its time, in seconds since 1970.
    ///
    /// ```
    /// # use jotgate_testkit::TestIssuer;
    /// # use jotgate_token::Clock as _;
    /// let issuer = TestIssuer::new("https://id.example", "api");
    /// assert_eq!(issuer.now(), issuer.clock().now());
    /// ```
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// Lets time pass, for the issuer and for every guard it made.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use jotgate_testkit::TestIssuer;
    /// let issuer = TestIssuer::new("https://id.example", "api");
    /// let before = issuer.now();
    /// issuer.advance(Duration::from_secs(60));
    /// assert_eq!(issuer.now(), before + 60);
    /// ```
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// A test that failed while it held the lock says so itself; the others go on.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn feed(&self) -> MutexGuard<'_, Feed> {
        self.0.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_key(algorithm: Algorithm) -> SigningKey {
    let key = SigningKey::generate(algorithm).expect(CRYPTO);
    let kid = key.thumbprint();
    key.with_kid(kid)
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
