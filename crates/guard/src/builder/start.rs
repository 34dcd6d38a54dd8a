//! From what a guard was told to a guard at work: everything is checked, then the tasks begin.

use std::sync::Arc;

use jotgate_jose::{Algorithm, KeySet, VerifyingKey, jwt::Cache};
use jotgate_token::{OsRandom, access::Verifier};

use super::{BuildError, GuardBuilder, Trust};
use crate::{
    Fetch, Guard, HttpFetch,
    address::Origin,
    ask::Asker,
    bearer::{Cookies, cookie_name},
    discovery::Places,
    feed::{Edge, Feed, Following},
    guard::{Inner, Tasks, Trusted},
    keys::Keys,
    metrics::Counters,
    refusal::House,
    resource::Resource,
};

impl GuardBuilder {
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
            stale: self.stale,
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
        let keys = Arc::new(keys);
        let feed = self.has_feed.then(|| self.follow(trust, leeway, &keys, fetch));
        Ok(Trusted {
            issuer: own.as_str().to_owned(),
            cookie: cookie_name(&own),
            verifier,
            keys,
            feed,
            cache: Cache::new(self.cache_bytes),
            asker: Asker::new(Arc::clone(fetch), &own, &trust.audience),
        })
    }

    fn follow(&self, trust: &Trust, leeway: u32, keys: &Arc<Keys>, fetch: &Arc<dyn Fetch>) -> Feed {
        let metadata = keys.metadata();
        let keys = Arc::clone(keys);
        let following = Following {
            issuer: trust.issuer.clone(),
            leeway,
            max_staleness: self.max_staleness,
            // Tokens for the feed alone, whatever else the source is for.
            tokens: trust
                .feed_token
                .as_ref()
                .map(|tokens| tokens.for_scope("revocations").for_audience(&trust.issuer)),
            key_revoked: Arc::new(move |digest| keys.revoke(digest)),
        };
        let edge = Edge {
            fetch: Arc::clone(fetch),
            clock: Arc::clone(&self.clock),
            monotonic: Arc::clone(&self.monotonic),
            random: Arc::new(OsRandom),
        };
        Feed::start(following, edge, metadata)
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
