//! How a source is made: whose client it is, and what else differs from the safe defaults.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use jotgate_jose::SigningKey;
use jotgate_token::{Clock, OsRandom, Random, SystemClock, assertion};

use super::{
    Shared, TokenSource, Wanted,
    grant::{Grant, Identity, basic},
};
use crate::{BuildError, Fetch, HttpFetch, address::Origin};

/// A source to be. Made by [`TokenSource::with_secret`] and [`TokenSource::with_key`].
pub struct TokenSourceBuilder {
    issuer: String,
    client_id: String,
    shown: Shown,
    wanted: Wanted,
    endpoint: Option<String>,
    fetch: Option<Arc<dyn Fetch>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// By what the client shows itself.
enum Shown {
    Secret(String),
    Key(Box<SigningKey>),
}

impl TokenSourceBuilder {
    pub(super) fn with_secret(issuer: &str, client_id: &str, secret: String) -> Self {
        Self::new(issuer, client_id, Shown::Secret(secret))
    }

    pub(super) fn with_key(issuer: &str, client_id: &str, key: SigningKey) -> Self {
        Self::new(issuer, client_id, Shown::Key(Box::new(key)))
    }

    fn new(issuer: &str, client_id: &str, shown: Shown) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            shown,
            wanted: Wanted::default(),
            endpoint: None,
            fetch: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }

    /// The scope to ask for, words with spaces between; without it the client gets all that it may have.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// let builder = TokenSource::with_secret("https://id.example", "reports", "jgc_...").scope("read write");
    /// ```
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.wanted.scope = Some(scope.to_owned());
        self
    }

    /// The audience to ask for; needed where the client may have more than one.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// let builder = TokenSource::with_secret("https://id.example", "reports", "jgc_...").audience("https://api.example");
    /// ```
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.wanted.audience = Some(audience.to_owned());
        self
    }

    /// Another address of the token endpoint than Jotgate's `/oauth/token`, on the issuer's own origin.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// let builder = TokenSource::with_secret("https://id.example", "reports", "jgc_...")
    ///     .token_endpoint("https://id.example/token");
    /// ```
    #[must_use]
    pub fn token_endpoint(mut self, url: &str) -> Self {
        self.endpoint = Some(url.to_owned());
        self
    }

    /// Another edge to the network, as in tests.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use jotgate_guard::{HttpFetch, TokenSource};
    /// # let secret = "jgc_...";
    /// let edge = Arc::new(HttpFetch::new()?);
    /// let builder = TokenSource::with_secret("https://id.example", "reports", secret).fetch(edge);
    /// # Ok::<(), jotgate_guard::FetchError>(())
    /// ```
    #[must_use]
    pub fn fetch(mut self, fetch: Arc<dyn Fetch>) -> Self {
        self.fetch = Some(fetch);
        self
    }

    /// Another clock than the machine's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use jotgate_guard::TokenSource;
    /// let builder = TokenSource::with_secret("https://id.example", "reports", "jgc_...")
    ///     .clock(Arc::new(jotgate_token::SystemClock));
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of randomness than the system's: it spreads renewals, and makes the ids of assertions.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use jotgate_guard::TokenSource;
    /// let builder = TokenSource::with_secret("https://id.example", "reports", "jgc_...")
    ///     .random(Arc::new(jotgate_token::OsRandom));
    /// ```
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// The source. Asks nobody yet, so a program starts while the issuer is down.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// assert!(TokenSource::with_secret("http://id.example", "reports", "jgc_...").start().is_err());
    /// assert!(TokenSource::with_secret("https://id.example", "reports", "jgc_...").start().is_ok());
    /// ```
    ///
    /// # Errors
    /// [`BuildError`]: a mistake in what was said.
    pub fn start(self) -> Result<TokenSource, BuildError> {
        let issuer = Origin::parse(&self.issuer)?;
        let endpoint = self.endpoint.unwrap_or_else(|| format!("{}/oauth/token", issuer.as_str()));
        if !issuer.has(&endpoint) {
            let given = crate::address::shown(&endpoint);
            return Err(BuildError::Address {
                given,
                why: "the token endpoint is not on the issuer's origin",
            });
        }
        if self.client_id.is_empty() {
            return Err(BuildError::Client("the client has no name".into()));
        }
        let identity = match self.shown {
            Shown::Secret(secret) if secret.is_empty() => {
                return Err(BuildError::Client("the client's secret is empty".into()));
            }
            Shown::Secret(secret) => Identity::Basic(basic(&self.client_id, &secret)),
            Shown::Key(key) => {
                let signer =
                    assertion::signer(*key).map_err(|error| BuildError::Client(error.to_string()))?;
                Identity::Signer(Box::new(signer))
            }
        };
        let fetch = match self.fetch {
            Some(fetch) => fetch,
            None => Arc::new(HttpFetch::new().map_err(BuildError::Fetch)?),
        };
        let grant = Grant {
            issuer: self.issuer,
            client_id: self.client_id,
            endpoint,
            identity,
            fetch,
            clock: self.clock,
            random: self.random,
        };
        Ok(TokenSource { shared: Arc::new(Shared { grant, slots: Mutex::default() }), wanted: self.wanted })
    }
}

impl fmt::Debug for TokenSourceBuilder {
    /// Never the secret or the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, client_id, wanted, .. } = self;
        f.debug_struct("TokenSourceBuilder")
            .field("issuer", issuer)
            .field("client_id", client_id)
            .field("wanted", wanted)
            .finish_non_exhaustive()
    }
}
