//! What the issuer took back, held in memory and kept current by following its revocation feed.
//!
//! `Feed` is what a check asks: one look into a [`RevocationSet`] and at the age of the last word from the issuer,
//! no request to anybody. A task in the background follows the feed until the `Feed` is dropped.
//! Not here: whether a token is good by itself (`jotgate_token::access`), and what a guard does when it does not know
//! (its policy). The wire format and the rules of a follower have their page, `docs/revocation-feed.md`.

mod digests;
mod figures;
mod follower;
mod freshness;
mod keys;
mod progress;
mod set;
mod snapshot;
mod sse;
mod wait;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jotgate_token::reason::{self, Reason};
use jotgate_token::revocation::{Digest, Kind};
use jotgate_token::{Clock, Random};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::{Fetch, TokenSource, discovery::Metadata};
use follower::Follower;

pub use digests::Digests;
pub use figures::Figures;
pub use freshness::{Freshness, Monotonic, SystemMonotonic};
pub use set::RevocationSet;

/// What one issuer took back, as this guard knows it.
///
/// Dropping it ends the task that follows.
pub(crate) struct Feed {
    state: Arc<State>,
    monotonic: Arc<dyn Monotonic>,
    max_staleness: Duration,
    task: AbortHandle,
}

impl Feed {
    /// Begins to follow, and returns at once: until the first load everything is [`Verdict::Stale`].
    ///
    /// Needs a running tokio. `metadata` says where the feed is, as soon as discovery has told.
    pub(crate) fn start(
        following: Following,
        edge: Edge,
        metadata: watch::Receiver<Option<Arc<Metadata>>>,
    ) -> Self {
        let state = Arc::new(State::default());
        let (monotonic, max_staleness) = (edge.monotonic.clone(), following.max_staleness);
        let follower = Follower::new(state.clone(), following, edge);
        let task = tokio::spawn(follower.run(metadata)).abort_handle();
        Self { state, monotonic, max_staleness, task }
    }

    /// Whether a token with these digests and this claim `epoch` was taken back.
    ///
    /// No request, no lock, no waiting.
    #[inline]
    pub(crate) fn judge(&self, digests: &Digests, epoch: i64) -> Verdict {
        if let Some(kind) = self.state.set.revoked(digests, epoch) {
            return Verdict::Revoked(reason_of(kind));
        }
        let is_fresh = self.age().is_some_and(|age| age <= self.max_staleness);
        if is_fresh { Verdict::Good } else { Verdict::Stale }
    }

    /// How long ago this guard knew everything the issuer had taken back; `None` before that was ever so.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.state.freshness.age(self.monotonic.now())
    }

    /// What the follower has met so far.
    pub(crate) fn figures(&self) -> Figures {
        let State { set, counters, .. } = &*self.state;
        counters.figures(set, self.age())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

/// What the feed says about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was not taken back, as of at most `max_staleness` ago.
    Good,
    /// It was taken back, for this reason: `revoked.session`, `.token`, `.subject` or `.key`. Known whether the feed is
    /// stale or not, because nothing that was taken back becomes good again.
    Revoked(&'static Reason),
    /// Nothing says that it was taken back, but the last word from the issuer is too old to rely on that.
    Stale,
}

/// Which feed is followed, and how.
pub(crate) struct Following {
    /// The issuer, exactly as in `iss`.
    pub(crate) issuer: String,
    /// By how many seconds this guard lets clocks differ. A feed whose entries outlive their tokens by less is refused.
    pub(crate) leeway: u32,
    /// How old the last word from the issuer may be.
    pub(crate) max_staleness: Duration,
    /// Where the access token comes from, when the feed is for clients only.
    pub(crate) tokens: Option<TokenSource>,
    /// Called with the digest of the thumbprint of every signing key that was taken back. A feed repeats itself, so it
    /// may come more than once. The key is to be dropped and never taken again, not even after its entry is over:
    /// whoever holds it signs tokens that last as long as they like.
    pub(crate) key_revoked: Arc<dyn Fn(Digest) + Send + Sync>,
}

/// What a follower has of the world.
#[derive(Clone)]
pub(crate) struct Edge {
    /// The network.
    pub(crate) fetch: Arc<dyn Fetch>,
    /// The time of day, by which tokens are judged too.
    pub(crate) clock: Arc<dyn Clock>,
    /// How time passes.
    pub(crate) monotonic: Arc<dyn Monotonic>,
    /// For nonces.
    pub(crate) random: Arc<dyn Random>,
}

/// What the task writes and checks read.
#[derive(Default)]
struct State {
    set: RevocationSet,
    freshness: Freshness,
    counters: figures::Counters,
}

fn reason_of(kind: Kind) -> &'static Reason {
    match kind {
        Kind::Session => &reason::REVOKED_SESSION,
        Kind::Token => &reason::REVOKED_TOKEN,
        Kind::Subject => &reason::REVOKED_SUBJECT,
        Kind::Key => &reason::REVOKED_KEY,
    }
}
