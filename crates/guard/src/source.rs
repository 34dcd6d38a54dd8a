//! Tokens for a program that acts for itself: got from the issuer once a lifetime, however many tasks want one.
//!
//! The first caller asks and the others wait for its answer; at about four fifths of its life a token is renewed beside
//! the requests, which go on with the old one, as they do while the issuer is down. Errors are kept for a while too, so
//! that a dead issuer is not asked by everybody. RFC 6749 section 4.4, RFC 7523. Not here: checking tokens (`guard.rs`).

mod builder;
mod grant;
mod held;
mod slot;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

pub use builder::TokenSourceBuilder;
pub use held::{SourceError, SourceToken};

use grant::Grant;
use slot::Slot;

/// Where a program gets its own access tokens from. A clone shares everything, and so does a source for another scope or
/// audience made from this one.
///
/// ```no_run
/// # async fn call() -> Result<(), Box<dyn std::error::Error>> {
/// use jotgate_guard::TokenSource;
///
/// let secret = std::fs::read_to_string("/run/secrets/reports")?;
/// let tokens = TokenSource::with_secret("https://id.example", "reports", secret.trim())
///     .audience("https://api.example.com")
///     .start()?;
///
/// // Before each call to the other service; nearly always without waiting.
/// let authorization = tokens.token().await?.header();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenSource {
    shared: Arc<Shared>,
    wanted: Wanted,
}

/// What all sources of one client share.
struct Shared {
    grant: Grant,
    /// One for each scope and audience that was asked for; there are as many as the program names.
    slots: Mutex<HashMap<Wanted, Arc<Slot>>>,
}

/// For which scope and audience.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Wanted {
    scope: Option<String>,
    audience: Option<String>,
}

impl TokenSource {
    /// A source for the client `client_id` of `issuer`, which shows itself by its secret.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// let tokens = TokenSource::with_secret("https://id.example", "reports", "jgc_...").start()?;
    /// # Ok::<(), jotgate_guard::BuildError>(())
    /// ```
    #[must_use]
    pub fn with_secret(issuer: &str, client_id: &str, secret: impl Into<String>) -> TokenSourceBuilder {
        TokenSourceBuilder::with_secret(issuer, client_id, secret.into())
    }

    /// A source for the client `client_id` of `issuer`, which shows itself by assertions signed with its private key.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("billing-1");
    /// let tokens = TokenSource::with_key("https://id.example", "billing", key).start()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key(issuer: &str, client_id: &str, key: jotgate_jose::SigningKey) -> TokenSourceBuilder {
        TokenSourceBuilder::with_key(issuer, client_id, key)
    }

    /// The same source for another audience.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// # let tokens = TokenSource::with_secret("https://id.example", "reports", "jgc_...").start()?;
    /// let billing = tokens.for_audience("https://billing.example.com");
    /// # Ok::<(), jotgate_guard::BuildError>(())
    /// ```
    #[must_use]
    pub fn for_audience(&self, audience: &str) -> Self {
        let wanted = Wanted { audience: Some(audience.to_owned()), ..self.wanted.clone() };
        Self { shared: Arc::clone(&self.shared), wanted }
    }

    /// The same source for another scope, words with spaces between.
    ///
    /// ```
    /// # use jotgate_guard::TokenSource;
    /// # let tokens = TokenSource::with_secret("https://id.example", "reports", "jgc_...").start()?;
    /// let reading = tokens.for_scope("read");
    /// # Ok::<(), jotgate_guard::BuildError>(())
    /// ```
    #[must_use]
    pub fn for_scope(&self, scope: &str) -> Self {
        let wanted = Wanted { scope: Some(scope.to_owned()), ..self.wanted.clone() };
        Self { shared: Arc::clone(&self.shared), wanted }
    }

    /// A token that is good now. Waits only where there is none.
    ///
    /// ```
    /// # async fn call(tokens: jotgate_guard::TokenSource) -> Result<(), jotgate_guard::SourceError> {
    /// let token = tokens.token().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SourceError`], and until its back-off is over the same one again without a request.
    pub async fn token(&self) -> Result<SourceToken, SourceError> {
        let slot = self.slot();
        let look = slot.look(self.shared.grant.now());
        match look {
            slot::Look::Good(token) => Ok(token),
            slot::Look::Renew(token) => {
                self.renew_beside(slot);
                Ok(token)
            }
            slot::Look::Nothing => slot.obtain(&self.shared.grant, &self.wanted).await,
        }
    }

    /// Tells that an API refused this token although it should be good, as after its client was disabled and enabled: the
    /// next call asks for a new one. A token of the last ten seconds stays, because an API that refuses everything must
    /// not turn each call into a request to the issuer.
    ///
    /// ```
    /// # async fn call(tokens: jotgate_guard::TokenSource) -> Result<(), jotgate_guard::SourceError> {
    /// let token = tokens.token().await?;
    /// let status = 401; // of the API
    /// if status == 401 {
    ///     tokens.forget(&token);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget(&self, token: &SourceToken) {
        self.slot().forget(token, self.shared.grant.now());
    }

    /// One task renews; the others find the door shut and go on.
    fn renew_beside(&self, slot: Arc<Slot>) {
        let (shared, wanted) = (Arc::clone(&self.shared), self.wanted.clone());
        if let Some(turn) = slot.take_turn() {
            tokio::spawn(async move {
                // Somebody may have renewed between the look and the turn.
                if !matches!(slot.look(shared.grant.now()), slot::Look::Good(_)) {
                    let _renewed = slot.renew(turn, &shared.grant, &wanted).await;
                }
            });
        }
    }

    fn slot(&self) -> Arc<Slot> {
        let mut slots = self.shared.slots.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(&self.wanted) {
            Some(slot) => Arc::clone(slot),
            None => Arc::clone(slots.entry(self.wanted.clone()).or_default()),
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}
