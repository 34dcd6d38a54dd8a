//! Making any token at all: sound, unsound, or with a signature that never was one.
//!
//! The libraries of Jotgate cannot write most of these, on purpose. So the forge writes bytes and asks the key only for
//! the bare signature. Not here: which tokens are worth making ([`crate::catalogue`]). Spec: RFC 7515 section 5.1.

mod hand;
mod numbers;
pub(crate) mod sample;

use std::fmt;
use std::sync::{Arc, OnceLock};

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Jwk, JwkSet, SigningKey};
use jotgate_token::{Clock, OsRandom, access, random};
use serde_json::{Map, Value};

use hand::Hand;
pub(crate) use hand::hmac;
pub(crate) use numbers::{der_signature, high_s};
pub use sample::NotASample;
use sample::Sample;

/// Makes tokens with the key of an issuer, whatever they say.
///
/// A forge knows what a good token of the API looks like: its header, its claims, how long it lives. A wrong token is a
/// good one with something changed.
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey};
/// use jotgate_testkit::Forge;
/// use jotgate_token::SystemClock;
/// use serde_json::json;
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
/// let forge = Forge::with_key(key, SystemClock)
///     .claim("iss", json!("https://id.example"))
///     .claim("aud", json!("https://api.example"));
/// let without_expiry = forge.draft().without("exp").token();
/// assert_eq!(without_expiry.split('.').count(), 3);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct Forge {
    hand: Hand,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    lifetime: i64,
    clock: Arc<dyn Clock>,
    listener: String,
    stranger: Arc<OnceLock<SigningKey>>,
}

impl Forge {
    /// A forge with this key. Its good token is of type `at+jwt`, has `iat`, `exp` and `jti`, and lives 15 minutes.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// let forge = Forge::with_key(SigningKey::generate(Algorithm::Ed25519)?, jotgate_token::SystemClock);
    /// assert_eq!(forge.algorithm(), Algorithm::Ed25519);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn with_key(key: SigningKey, clock: impl Clock + 'static) -> Self {
        let mut header = Map::new();
        if let Some(kid) = key.kid() {
            header.insert("kid".to_owned(), kid.into());
        }
        header.insert("typ".to_owned(), access::TYP.into());
        Self::new(Hand::of(key), header, clock)
    }

    /// A forge with a shared secret of any length, weak ones too. Its good token is of type `JWT`, as such APIs have it.
    ///
    /// ```
    /// # use jotgate_jose::Algorithm;
    /// # use jotgate_testkit::Forge;
    /// let forge = Forge::with_secret(Algorithm::Hs256, b"mysecret", jotgate_token::SystemClock);
    /// assert!(forge.is_some_and(|forge| forge.draft().token().starts_with("ey")));
    /// assert!(Forge::with_secret(Algorithm::Es256, b"mysecret", jotgate_token::SystemClock).is_none());
    /// ```
    #[must_use]
    pub fn with_secret(algorithm: Algorithm, secret: &[u8], clock: impl Clock + 'static) -> Option<Self> {
        let hand = Hand::secret(algorithm, secret)?;
        Some(Self::new(hand, Map::from_iter([("typ".to_owned(), "JWT".into())]), clock))
    }

    fn new(hand: Hand, mut header: Map<String, Value>, clock: impl Clock + 'static) -> Self {
        header.insert("alg".to_owned(), hand.name().into());
        let claims = ["iat", "exp", "jti"].map(|name| (name.to_owned(), Value::Null));
        Self {
            hand,
            header,
            claims: Map::from_iter(claims),
            lifetime: LIFETIME,
            clock: Arc::new(clock),
            listener: "https://attacker.invalid/keys.json".to_owned(),
            stranger: Arc::default(),
        }
    }

    /// The same, with good tokens that look like this one: its type, its key id, its claims, its lifetime. The times
    /// are made anew with each token. The signature of the sample is not checked, and not copied.
    ///
    /// ```
    /// # use jotgate_jose::Algorithm;
    /// # use jotgate_testkit::Forge;
    /// # let clock = jotgate_token::SystemClock;
    /// let forge = Forge::with_secret(Algorithm::Hs256, b"mysecret", clock).expect("HS256 takes a secret");
    /// // {"alg":"HS256"} . {"id":17}
    /// let forge = forge.like("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MTd9.c2ln")?;
    /// assert_eq!(forge.good_claim("id"), Some(&17.into()));
    /// assert_eq!(forge.good_claim("exp"), None);
    /// # Ok::<(), jotgate_testkit::NotASample>(())
    /// ```
    ///
    /// # Errors
    /// [`NotASample`] when it is no JWT.
    pub fn like(mut self, sample: &str) -> Result<Self, NotASample> {
        let Sample { header, claims } = sample::read(sample)?;
        for name in ["typ", "kid"] {
            match header.get(name) {
                Some(value) => self.header.insert(name.to_owned(), value.clone()),
                None => self.header.remove(name),
            };
        }
        if let (Some(iat), Some(exp)) = (seconds(&claims, "iat"), seconds(&claims, "exp"))
            && exp > iat
        {
            self.lifetime = (exp - iat).min(LONGEST_LIFETIME);
        }
        self.claims = claims;
        Ok(self)
    }

    /// The same, with this claim in the good token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let forge = forge.claim("sub", "17".into());
    /// assert_eq!(forge.good_claim("sub"), Some(&"17".into()));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// The same, with this member in the header of the good token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let forge = forge.header("typ", "JWT".into());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: Value) -> Self {
        self.header.insert(name.to_owned(), value);
        self
    }

    /// The same, with this address in the tokens that name an address for their key: of a listener that notices a
    /// request and answers [`Self::stranger_jwks`].
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let forge = forge.listener("http://127.0.0.1:4711/keys.json");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn listener(mut self, url: impl Into<String>) -> Self {
        self.listener = url.into();
        self
    }

    /// A good token, to be changed before it is signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let token = forge.draft().header("typ", "JWT".into()).claim("sub", "17".into()).token();
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn draft(&self) -> Draft<'_> {
        let now = self.now();
        let mut claims = self.claims.clone();
        let times = [("iat", now), ("nbf", now), ("exp", now.saturating_add(self.lifetime))];
        for (name, at) in times {
            if let Some(claim) = claims.get_mut(name) {
                *claim = at.into();
            }
        }
        if let Some(jti) = claims.get_mut("jti") {
            let bytes: [u8; 16] = random::array(&OsRandom);
            *jti = base64url::encode(&bytes).into();
        }
        Draft { forge: self, header: self.header.clone(), claims }
    }

    /// The algorithm of the key.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// assert_eq!(forge.algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.hand.algorithm()
    }

    /// What a good token has under this name; the times and `jti` are made anew for each token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// assert!(forge.good_claim("exp").is_some() && forge.good_claim("aud").is_none());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn good_claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The public key of whoever forges, as a key set: what the listener answers.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, JwkSet, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// assert_eq!(JwkSet::parse(forge.stranger_jwks())?.keys().len(), 1);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn stranger_jwks(&self) -> String {
        JwkSet::new([self.stranger_jwk()]).to_json().expect("a public key may be published")
    }

    pub(crate) fn stranger_jwk(&self) -> Jwk {
        self.stranger().public_jwk().expect("the stranger's key is a key pair")
    }

    /// A key the API has never seen, under the name of the good one.
    pub(crate) fn stranger(&self) -> &SigningKey {
        self.stranger.get_or_init(|| {
            let own = self.algorithm();
            let algorithm = if own.is_symmetric() { Algorithm::Es256 } else { own };
            let key = SigningKey::generate(algorithm).expect(CRYPTO);
            match self.kid() {
                Some(kid) => key.with_kid(kid),
                None => key,
            }
        })
    }

    pub(crate) fn listener_url(&self) -> &str {
        &self.listener
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    pub(crate) fn typ(&self) -> Option<&str> {
        self.header.get("typ").and_then(Value::as_str)
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn hand(&self) -> &Hand {
        &self.hand
    }
}

impl fmt::Debug for Forge {
    /// Neither key nor claims.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forge").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// A token before it is signed.
///
/// ```
/// # use jotgate_jose::{Algorithm, SigningKey};
/// # use jotgate_testkit::Forge;
/// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
/// let for_two = forge.draft().claim("aud", serde_json::json!(["https://a.example", "https://b.example"])).token();
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct Draft<'f> {
    forge: &'f Forge,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Draft<'_> {
    /// With this member in the header.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let draft = forge.draft().header("kid", "another".into());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: Value) -> Self {
        self.header.insert(name.to_owned(), value);
        self
    }

    /// Without this member of the header.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let untyped = forge.draft().without_header("typ").token();
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// With this claim.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let draft = forge.draft().claim("exp", "1893456000".into());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// Without this claim.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// let for_ever = forge.draft().without("exp").token();
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// The token, signed with the issuer's key, whatever it says.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_testkit::Forge;
    /// # let forge = Forge::with_key(SigningKey::generate(Algorithm::Es256)?, jotgate_token::SystemClock);
    /// assert!(forge.draft().token().starts_with("ey"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn token(&self) -> String {
        self.signed_by(|input| self.forge.hand.sign(input))
    }

    /// The token under a signature from elsewhere.
    pub(crate) fn signed_by(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        assemble(&self.header_text(), &self.payload_text(), sign)
    }

    pub(crate) fn header_text(&self) -> String {
        Value::Object(self.header.clone()).to_string()
    }

    pub(crate) fn payload_text(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }
}

impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").finish_non_exhaustive()
    }
}

/// The three parts of these texts, which need not be JSON.
pub(crate) fn assemble(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(payload.as_bytes()));
    let signature = base64url::encode(&sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}

/// Why a failing crypto library may end a test: it has nothing to test with.
pub(crate) const CRYPTO: &str = "the crypto library makes keys and signatures with sound parameters";
/// Seconds; as long as Jotgate's own.
const LIFETIME: i64 = 900;
/// A sample may live for years; what is made here must not.
const LONGEST_LIFETIME: i64 = 24 * 3600;
