//! How a guard is made: whose tokens, for whom, and what else differs from the safe defaults.

use std::{sync::Arc, time::Duration};

use jotgate_jose::{Algorithm, KeySet, VerifyingKey};
use jotgate_token::{Clock, SystemClock, access::Verifier};

use crate::{
    Guard,
    address::Origin,
    ask::Asker,
    bearer::{Cookies, cookie_name},
    discovery::Places,
    fetch::{Fetch, FetchError, HttpFetch},
    guard::{Inner, Tasks, Trusted},
    keys::{Keys, Timing},
    metrics::Counters,
    refusal::House,
    resource::Resource,
};

/// A guard to be. Made by [`Guard::new`], because a check that leaves out the issuer or the audience lets strangers'
/// tokens in.
///
/// ```
/// # async fn start() -> Result<(), jotgate_guard::BuildError> {
/// let guard = jotgate_guard::Guard::new("https://id.example", "https://api.example").start()?;
/// # Ok(())
/// # }
/// ```
pub struct GuardBuilder {
    trusted: Vec<Trust>,
    leeway: Duration,
    stale: Staleness,
    has_feed: bool,
    origins: Option<Vec<String>>,
    named: Vec<String>,
    resource: Option<String>,
    cache_bytes: usize,
    timing: Timing,
    clock: Arc<dyn Clock>,
    fetch: Option<Arc<dyn Fetch>>,
}

struct Trust {
    issuer: String,
    audience: String,
    secret: Option<Vec<u8>>,
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
    #[must_use]
    pub fn trust(mut self, issuer: &str, audience: &str) -> Self {
        self.trusted.push(Trust { issuer: issuer.to_owned(), audience: audience.to_owned(), secret: None });
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
    #[must_use]
    pub fn shared_secret(mut self, secret: &[u8]) -> Self {
        if let Some(last) = self.trusted.last_mut() {
            last.secret = Some(secret.to_vec());
        }
        self
    }

    /// By how much clocks may differ; 30 seconds unless said otherwise, at most 120 with a revocation feed.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").leeway(std::time::Duration::from_secs(5));
    /// ```
    #[must_use]
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
    #[must_use]
    pub fn stale(mut self, stale: Staleness) -> Self {
        self.stale = stale;
        self
    }

    /// Does without the revocation feed: a token taken back is let through until it expires, at most 15 minutes by
    /// Jotgate's defaults.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").without_feed();
    /// ```
    #[must_use]
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
    #[must_use]
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
    #[must_use]
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.named.push(origin.to_owned());
        self
    }

    /// The public address of this API. Challenges then name its metadata (RFC 9728), which
    /// [`Guard::resource_metadata`] holds and [`Guard::metadata_route`] serves.
    ///
    /// ```
    /// # use jotgate_guard::Guard;
    /// let builder = Guard::new("https://id.example", "api").resource("https://api.example");
    /// ```
    #[must_use]
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
    #[must_use]
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
    #[must_use]
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
    #[must_use]
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
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another edge to the network than [`HttpFetch`]: one that trusts an authority of your own, or answers in
    /// process.
    ///
    /// ```
    /// # use jotgate_guard::{Guard, HttpFetch};
    /// # fn build(pem: &str) -> Result<(), jotgate_guard::FetchError> {
    /// let builder = Guard::new("https://id.internal", "api").fetch(HttpFetch::trusting(pem)?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fetch(mut self, fetch: impl Fetch + 'static) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Starts the guard and returns at once, also while the issuer is down: requests are then answered with 503
    /// `keys.unreachable` until the keys have come. What it fetches ends with its last clone.
    ///
    /// ```
    /// # async fn start() -> Result<(), jotgate_guard::BuildError> {
    /// let guard = jotgate_guard::Guard::new("https://id.example", "https://api.example").start()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BuildError`]: a mistake in what the guard was told, or no tokio runtime around it.
    pub fn start(self) -> Result<Guard, BuildError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let fetch: Arc<dyn Fetch> = match &self.fetch {
            Some(fetch) => Arc::clone(fetch),
            None => Arc::new(HttpFetch::new().map_err(BuildError::Fetch)?),
        };
        let named: Vec<_> =
            self.named.iter().map(|origin| Origin::parse(origin)).collect::<Result<_, _>>()?;
        let mut trusted: Vec<Trusted> = Vec::new();
        for trust in &self.trusted {
            let one = self.trusted(trust, &named, &fetch)?;
            if trusted.iter().any(|known| known.issuer == one.issuer) {
                return Err(BuildError::Twice(one.issuer));
            }
            trusted.push(one);
        }
        let tasks = trusted.iter().map(|one| runtime.spawn(Arc::clone(&one.keys).keep(Arc::clone(&fetch))));
        let tasks = Tasks(tasks.map(|task| task.abort_handle()).collect());
        let resource = self.resource.as_deref().map(Resource::parse).transpose()?;
        Ok(Guard(Arc::new(Inner {
            house: Arc::new(self.house(resource.as_ref())),
            resource,
            cookies: self.cookies()?,
            trusted,
            clock: self.clock,
            counters: Counters::new(),
            tasks,
        })))
    }

    fn trusted(
        &self,
        trust: &Trust,
        named: &[Origin],
        fetch: &Arc<dyn Fetch>,
    ) -> Result<Trusted, BuildError> {
        let own = Origin::parse(&trust.issuer)?;
        if trust.audience.is_empty() {
            return Err(BuildError::NoAudience(trust.issuer.clone()));
        }
        // Part of a second would be cut off, and then a check would be stricter than said.
        let seconds = u32::try_from(self.leeway.as_secs()).ok().filter(|_| self.leeway.subsec_nanos() == 0);
        let leeway = seconds.ok_or(BuildError::Leeway)?;
        let verifier =
            Verifier::new(own.as_str(), &trust.audience).leeway(leeway).map_err(|_| BuildError::Leeway)?;
        let places = Places { own: own.clone(), named: named.to_vec() };
        let keys = match &trust.secret {
            Some(secret) => {
                let key = VerifyingKey::hmac(Algorithm::Hs256, secret).map_err(BuildError::Secret)?;
                Keys::fixed(places, self.timing, KeySet::new([key]))
            }
            None => Keys::new(places, self.timing),
        };
        Ok(Trusted {
            issuer: own.as_str().to_owned(),
            cookie: cookie_name(&own),
            verifier,
            keys: Arc::new(keys),
            cache: jotgate_jose::jwt::Cache::new(self.cache_bytes),
            asker: Asker::new(Arc::clone(fetch), &own, &trust.audience),
        })
    }

    fn house(&self, resource: Option<&Resource>) -> House {
        House {
            issuer: self.trusted.first().map(|first| first.issuer.clone()).unwrap_or_default(),
            resource_metadata: resource.map(Resource::metadata_url),
        }
    }

    fn cookies(&self) -> Result<Option<Cookies>, BuildError> {
        let Some(origins) = &self.origins else { return Ok(None) };
        let origins = origins.iter().map(|origin| Ok(Origin::parse(origin)?.as_str().to_owned()));
        Ok(Some(Cookies { origins: origins.collect::<Result<_, BuildError>>()? }))
    }
}

impl std::fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let issuers: Vec<_> = self.trusted.iter().map(|trust| &trust.issuer).collect();
        f.debug_struct("GuardBuilder").field("issuers", &issuers).finish_non_exhaustive()
    }
}

/// Why a guard does not start: a mistake in what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An issuer or origin is not written as one.
    #[error("`{given}` is no origin such as https://id.example: {why}")]
    Address {
        /// What was given, shortened.
        given: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The audience is empty.
    #[error("the audience for {0} is empty: every token of the issuer would be meant for you")]
    NoAudience(String),
    /// An issuer was given twice.
    #[error("{0} is trusted twice; its keys and audience must be said once")]
    Twice(String),
    /// The leeway is no difference of clocks.
    #[error("the leeway must be whole seconds, at most 300")]
    Leeway,
    /// The shared secret is too weak or no secret.
    #[error("the shared secret is not fit for use: {0}")]
    Secret(#[source] jotgate_jose::Error),
    /// The edge to the network could not be made.
    #[error(transparent)]
    Fetch(FetchError),
    /// There is no tokio runtime to run the fetching in.
    #[error("a guard is started inside a tokio runtime")]
    NoRuntime,
}

const CACHE_BYTES: usize = 32 << 20;
