//! How a guard is made: whose tokens, for whom, and what else differs from the safe defaults.
//! Not here: what starting does with it (`builder/start.rs`).

mod error;
mod start;

use std::{sync::Arc, time::Duration};

use jotgate_token::{Clock, SystemClock};

use crate::{
    Fetch, TokenSource,
    feed::{Monotonic, SystemMonotonic},
    keys::Timing,
};

pub use error::BuildError;

/// A guard to be. Made by [`Guard::new`](crate::Guard::new), because a check that leaves out the issuer or the audience lets strangers'
/// tokens in.
///
/// ```
/// # async fn start() -> Result<(), jotgate_guard::BuildError> {
/// let guard = jotgate_guard::Guard::new("https://id.example", "https://api.example").start()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a guard is at work only after `start`"]
pub struct GuardBuilder {
    trusted: Vec<Trust>,
    leeway: Duration,
    stale: Staleness,
    max_staleness: Duration,
    has_feed: bool,
    origins: Option<Vec<String>>,
    named: Vec<String>,
    resource: Option<String>,
    cache_bytes: usize,
    timing: Timing,
    clock: Arc<dyn Clock>,
    monotonic: Arc<dyn Monotonic>,
    fetch: Option<Arc<dyn Fetch>>,
}

struct Trust {
    issuer: String,
    audience: String,
    secret: Option<Vec<u8>>,
    feed_token: Option<TokenSource>,
}

/// What a guard does when it has not heard of revocations for longer than [`GuardBuilder::max_staleness`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Staleness {
    /// Answers 503 `revocations.stale`: nothing that was taken back is ever let through.
    #[default]
    Reject,
    /// Asks the issuer about each token (`GET /v1/verify`), and answers 503 when it does not reply.
    Introspect,
    /// Goes on without: what was taken back meanwhile is let through until it expires.
    Accept,
}

impl GuardBuilder {
    pub(crate) fn new(issuer: &str, audience: &str) -> Self {
        let builder = Self {
            trusted: Vec::new(),
            leeway: Duration::from_secs(30),
            stale: Staleness::default(),
            max_staleness: Duration::from_secs(15),
            has_feed: true,
            origins: None,
            named: Vec::new(),
            resource: None,
            cache_bytes: CACHE_BYTES,
            timing: Timing {
                cool_down: Duration::from_secs(10),
                stale_limit: Duration::from_secs(24 * 3600),
            },
            clock: Arc::new(SystemClock),
            monotonic: Arc::new(SystemMonotonic::new()),
            fetch: None,
        };
        builder.trust(issuer, audience)
    }

    /// Trusts one more issuer, with an audience of its own. A key of one never speaks for another.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").trust("https://partner.example", "our-api");
    /// ```
    pub fn trust(mut self, issuer: &str, audience: &str) -> Self {
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        self.trusted.push(Trust { issuer, audience, secret: None, feed_token: None });
        self
    }

    /// The secret of `[tokens] secret`, when the issuer trusted last signs tokens for this API with HS256. Its public
    /// keys then count for none of them, because a set that holds both is what algorithm confusion needs.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// # let secret = [7; 32];
    /// let builder = Guard::new("https://id.example", "api").shared_secret(&secret);
    /// ```
    pub fn shared_secret(mut self, secret: &[u8]) -> Self {
        if let Some(last) = self.trusted.last_mut() {
            last.secret = Some(secret.to_vec());
        }
        self
    }

    /// With which tokens to follow the feed of the issuer trusted last, when it shows the feed to clients only
    /// (`[revocations] access = "clients"`). The client needs the scope `revocations`.
    ///
    /// ```
    /// # use jotgate_guard::{BuildError, Guard, TokenSource};
    /// # fn build(secret: &str) -> Result<(), BuildError> {
    /// let tokens = TokenSource::with_secret("https://id.example", "billing", secret).start()?;
    /// let builder = Guard::new("https://id.example", "api").feed_token(tokens);
    /// # Ok(())
    /// # }
    /// ```
    pub fn feed_token(mut self, tokens: TokenSource) -> Self {
        if let Some(last) = self.trusted.last_mut() {
            last.feed_token = Some(tokens);
        }
        self
    }

    /// By how much clocks may differ; 30 seconds unless said otherwise, at most 120 with a revocation feed.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").leeway(std::time::Duration::from_secs(5));
    /// ```
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// What to do when the revocation feed has fallen silent; [`Staleness::Reject`] unless said otherwise.
    ///
    /// ```
    /// # use jotgate_guard::{Guard, Staleness};
    /// let builder = Guard::new("https://id.example", "api").stale(Staleness::Introspect);
    /// ```
    pub fn stale(mut self, stale: Staleness) -> Self {
        self.stale = stale;
        self
    }

    /// How old the last word of the revocation feed may be before [`Self::stale`] applies; 15 seconds unless said
    /// otherwise. Below 10 a single lost heartbeat is felt.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").max_staleness(std::time::Duration::from_secs(30));
    /// ```
    pub fn max_staleness(mut self, age: Duration) -> Self {
        self.max_staleness = age;
        self
    }

    /// Does without the revocation feed: a token taken back is let through until it expires, at most 15 minutes by
    /// Jotgate's defaults.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").without_feed();
    /// ```
    pub fn without_feed(mut self) -> Self {
        self.has_feed = false;
        self
    }

    /// Takes the token from Jotgate's cookie too (`__Host-jotgate_access`), where no Authorization header comes. A
    /// request that changes something must then come from a page of these origins, because browsers send cookies
    /// whoever wrote the page.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").accept_cookie(["https://app.example"]);
    /// ```
    pub fn accept_cookie<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Lets the issuers' metadata name addresses on this origin too, for keys that are served from elsewhere.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").allow_origin("https://keys.example");
    /// ```
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.named.push(origin.to_owned());
        self
    }

    /// The public address of this API. Challenges then name its metadata (RFC 9728), which
    /// [`Guard::resource_metadata`](crate::Guard::resource_metadata) holds and [`Guard::metadata_route`](crate::Guard::metadata_route) serves.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").resource("https://api.example");
    /// ```
    pub fn resource(mut self, url: &str) -> Self {
        self.resource = Some(url.to_owned());
        self
    }

    /// How many bytes the tokens seen before may take, for each issuer; 32 MiB unless said otherwise. 0 keeps none.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").cache_bytes(128 << 20);
    /// ```
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// The least time between two fetches of keys that tokens with unknown keys cause; 10 seconds unless said
    /// otherwise.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").key_cool_down(std::time::Duration::from_secs(60));
    /// ```
    pub fn key_cool_down(mut self, pause: Duration) -> Self {
        self.timing.cool_down = pause;
        self
    }

    /// How long keys count while the issuer cannot be reached; a day unless said otherwise. Then requests are answered
    /// with 503 `keys.unreachable`.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").keys_stale_limit(std::time::Duration::from_secs(3600));
    /// ```
    pub fn keys_stale_limit(mut self, limit: Duration) -> Self {
        self.timing.stale_limit = limit;
        self
    }

    /// Another clock than the machine's, for tests.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").clock(jotgate_token::SystemClock);
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another clock for how time passes than the machine's, for tests: by it the age of the revocation feed is told.
    ///
    /// ```
    /// # use jotgate_guard::{Guard, feed::SystemMonotonic};
    /// let builder = Guard::new("https://id.example", "api").monotonic(SystemMonotonic::new());
    /// ```
    pub fn monotonic(mut self, monotonic: impl Monotonic + 'static) -> Self {
        self.monotonic = Arc::new(monotonic);
        self
    }

    /// Another edge to the network than [`HttpFetch`](crate::HttpFetch): one that trusts an authority of your own, or answers in
    /// process.
    ///
    /// ```
    /// # use jotgate_guard::{Guard, HttpFetch};
    /// # fn build(pem: &str) -> Result<(), jotgate_guard::FetchError> {
    /// let builder = Guard::new("https://id.internal", "api").fetch(HttpFetch::trusting(pem)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(mut self, fetch: impl Fetch + 'static) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }
}

impl std::fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let issuers: Vec<_> = self.trusted.iter().map(|trust| &trust.issuer).collect();
        f.debug_struct("GuardBuilder").field("issuers", &issuers).finish_non_exhaustive()
    }
}

const CACHE_BYTES: usize = 32 << 20;
