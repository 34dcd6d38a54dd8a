//! The keys of the feed, which sign nothing else and are published apart from those of the tokens.
//!
//! A token's key never checks a message here: whoever can mint tokens must not be able to keep silent about one that
//! was taken back.

use std::time::Duration;

use http::HeaderValue;
use jotgate_jose::{JwkSet, KeySet};
use jotgate_token::revocation::FeedVerifier;

use super::Edge;
use super::follower::{Trouble, ask};
use crate::fetch::Bounds;

/// The feed's keys as last fetched.
pub(super) struct FeedKeys {
    issuer: String,
    fetched: Option<(FeedVerifier, Duration)>,
    tried_at: Option<Duration>,
}

impl FeedKeys {
    pub(super) fn new(issuer: String) -> Self {
        Self { issuer, fetched: None, tried_at: None }
    }

    /// Keys that are at most some minutes old; older ones when new ones cannot be had.
    pub(super) async fn current(&mut self, edge: &Edge, url: &str) -> Result<&FeedVerifier, Trouble> {
        let now = edge.monotonic.now();
        let is_recent = |(_, at): &(_, Duration)| now.saturating_sub(*at) < REFRESH;
        if !self.fetched.as_ref().is_some_and(is_recent)
            && let Err(trouble) = self.fetch(edge, url).await
            && self.fetched.is_none()
        {
            return Err(trouble);
        }
        self.fetched.as_ref().map(|(verifier, _)| verifier).ok_or(Trouble::NoKeys)
    }

    /// Asks again because a message names a key that is not among them, unless that was just done: anybody on the way
    /// can make up names.
    pub(super) async fn again(&mut self, edge: &Edge, url: &str) -> Result<bool, Trouble> {
        let now = edge.monotonic.now();
        if self.tried_at.is_some_and(|at| now.saturating_sub(at) < COOL_DOWN) {
            return Ok(false);
        }
        self.fetch(edge, url).await.map(|()| true)
    }

    async fn fetch(&mut self, edge: &Edge, url: &str) -> Result<(), Trouble> {
        let now = edge.monotonic.now();
        self.tried_at = Some(now);
        let answer = ask(edge, url, HeaderValue::from_static("application/json"), None, KEYS).await?;
        let set = JwkSet::parse(&answer[..]).map_err(|error| Trouble::Keys(error.reason()))?;
        let keys = KeySet::from(&set);
        if keys.keys().is_empty() || keys.keys().len() > MOST_KEYS {
            return Err(Trouble::NoKeys);
        }
        self.fetched = Some((FeedVerifier::new(&self.issuer, keys), now));
        Ok(())
    }
}

const KEYS: Bounds = Bounds::bytes(256 * 1024);
const MOST_KEYS: usize = 100;

/// After so long the keys are asked for again, because one that leaked is taken out of them.
const REFRESH: Duration = Duration::from_secs(300);

/// Shorter than the staleness a guard allows, so that a new key of the feed does not make it stale.
const COOL_DOWN: Duration = Duration::from_secs(5);
