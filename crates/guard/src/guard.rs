//! The check itself, in a fixed order: which issuer, its keys, the token, whether it was taken back.
//!
//! It asks nobody: keys and revocations were fetched beforehand by tasks of their own. Not here: where in a request
//! the token is (`bearer.rs`), what a good token permits (`require.rs`).

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use jotgate_jose::jwt::{Cache, Unverified};
use jotgate_token::{Clock, access::Verifier, reason};
use tokio::task::AbortHandle;

use crate::{
    Checked, GuardBuilder, Metrics, Refused, Staleness,
    ask::Asker,
    bearer::{self, Asked, Cookies},
    caller::Known,
    feed::{self, Feed},
    keys::{Held, Keys, Renewal, Wait},
    metrics::Counters,
    refusal::House,
    resource::Resource,
};

/// Checks the access tokens of an API. Cheap to clone; all clones are one guard.
///
/// ```no_run
/// # #[cfg(feature = "axum")]
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// use axum::{Router, routing::get};
/// use jotgate_guard::{Caller, Guard, require_role};
///
/// let guard = Guard::new("https://id.example", "https://api.example").start()?;
/// let app: Router = Router::new()
///     .route("/admin", get(async || "secret").route_layer(require_role("admin")))
///     .route("/hello", get(async |caller: Caller| format!("Hello {:?}", caller.subject())))
///     .layer(guard.layer());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Guard(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) trusted: Vec<Trusted>,
    pub(crate) cookies: Option<Cookies>,
    pub(crate) house: Arc<House>,
    pub(crate) resource: Option<Resource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stale: Staleness,
    pub(crate) counters: Counters,
    /// Held for its end.
    #[expect(dead_code, reason = "the tasks end when this drops")]
    pub(crate) tasks: Tasks,
}

/// One issuer and all that belongs to it.
pub(crate) struct Trusted {
    pub(crate) issuer: String,
    /// Under which name its access token comes as a cookie.
    pub(crate) cookie: String,
    pub(crate) verifier: Verifier,
    pub(crate) keys: Arc<Keys>,
    pub(crate) cache: Cache<Known>,
    pub(crate) asker: Asker,
    /// What was taken back; none where the guard does without.
    pub(crate) feed: Option<Feed>,
}

/// The tasks that fetch; they end with the guard.
pub(crate) struct Tasks(pub(crate) Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// A verdict, or what has to come first.
pub(crate) enum Verdict {
    Good(Checked),
    Bad(Refused),
    /// Keys are on their way that may change it.
    Keys(Wait),
    /// Good but for what may have been taken back unnoticed: the issuer is to be asked.
    Ask(Checked),
}

/// Which look at a token this is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// The first: it may lead to a wait for keys.
    First,
    /// The one after the wait. The keys are as new as they can be, or `is_late`: they did not come in time.
    Second { is_late: bool },
}

impl Guard {
    /// A guard for the tokens of `issuer` that are meant for `audience`: both are compared exactly, and there is no
    /// guard without them. More is set on what this gives.
    ///
    /// ```
    /// use jotgate_guard::Guard;
    ///
    /// let builder = Guard::new("https://id.example", "https://api.example");
    /// ```
    #[expect(clippy::new_ret_no_self, reason = "a guard is started, and starting can fail")]
    pub fn new(issuer: &str, audience: &str) -> GuardBuilder {
        GuardBuilder::new(issuer, audience)
    }

    /// Checks a token at the time `now`, in seconds since 1970, without HTTP and without waiting for anything.
    ///
    /// ```
    /// # fn check(guard: &jotgate_guard::Guard, token: &str) {
    /// match guard.check(token, 1_800_000_000) {
    ///     Ok(checked) => println!("{:?}", checked.subject()),
    ///     Err(refused) => println!("{}", refused.code()),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first check that fails, with its reason out of the catalogue; `keys.unreachable` while there are no keys;
    /// `revocations.stale` when the feed has fallen silent, also under [`Staleness::Introspect`], as asking takes time.
    pub fn check(&self, token: &str, now: i64) -> Result<Checked, Refused> {
        match self.0.judge(token, now, Look::First) {
            Verdict::Good(checked) => Ok(checked),
            Verdict::Bad(refused) => Err(refused),
            Verdict::Keys(_) => Err(self.0.keys_unreachable()),
            Verdict::Ask(_) => Err(revocations_stale()),
        }
        .inspect(|_| self.0.counters.accept())
        .map_err(|refused| self.0.refuse(refused))
    }

    /// Waits until the keys of every issuer have come, and, under [`Staleness::Reject`], what was taken back.
    /// Nothing depends on it: a readiness probe may use it, and tests.
    ///
    /// ```
    /// # async fn ready(guard: &jotgate_guard::Guard) {
    /// let came = tokio::time::timeout(std::time::Duration::from_secs(5), guard.ready()).await;
    /// # }
    /// ```
    pub async fn ready(&self) {
        for trusted in &self.0.trusted {
            trusted.keys.ready().await;
            if let Some(feed) = trusted.feed.as_ref().filter(|_| self.0.stale == Staleness::Reject) {
                while feed.age().is_none() {
                    tokio::time::sleep(GLANCE).await;
                }
            }
        }
    }

    /// The counters as they are now.
    ///
    /// ```
    /// # fn read(guard: &jotgate_guard::Guard) -> u64 {
    /// guard.metrics().accepted()
    /// # }
    /// ```
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.0.trusted.iter().fold(self.0.counters.read(), |metrics, trusted| {
            let Keys { fetches, failures, .. } = &*trusted.keys;
            let metrics =
                metrics.with_keys(fetches.load(Relaxed), failures.load(Relaxed), trusted.cache.len());
            match &trusted.feed {
                Some(feed) => metrics.with_feed(&trusted.issuer, feed.figures()),
                None => metrics,
            }
        })
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let issuers: Vec<_> = self.0.trusted.iter().map(|trusted| &trusted.issuer).collect();
        f.debug_struct("Guard").field("issuers", &issuers).finish_non_exhaustive()
    }
}

impl Inner {
    /// The verdict on a token as things stand.
    pub(crate) fn judge(self: &Arc<Self>, token: &str, now: i64, look: Look) -> Verdict {
        let issuer = match self.issuer_of(token) {
            Ok(issuer) => issuer,
            Err(refused) => return Verdict::Bad(refused),
        };
        let trusted = &self.trusted[issuer];
        let held = trusted.keys.held();
        if !held.is_loaded {
            return match (look, trusted.keys.first()) {
                (Look::First, Renewal::UnderWay(wait)) => Verdict::Keys(wait),
                _ => Verdict::Bad(self.keys_unreachable()),
            };
        }
        match trusted.verifier.verify_with(&trusted.cache, token, &held.set, now, Known::of) {
            Ok(verified) => {
                let known = verified.into_claims();
                if known.is_bound {
                    return Verdict::Bad(bound());
                }
                self.taken_back(trusted, Checked { known, guard: Arc::clone(self), issuer })
            }
            Err(error) if error.reason() == jotgate_jose::Reason::KeyUnknownKid => {
                match names_revoked_key(token, &held) {
                    true => Verdict::Bad(Refused::new(&reason::REVOKED_KEY)),
                    false => self.unknown_key(trusted, look, error),
                }
            }
            Err(error) => Verdict::Bad(error.into()),
        }
    }

    /// A good token, unless it was taken back, or nobody knows.
    fn taken_back(&self, trusted: &Trusted, checked: Checked) -> Verdict {
        let Some(feed) = &trusted.feed else { return Verdict::Good(checked) };
        match (feed.judge(&checked.known.digests, checked.known.claims.epoch), self.stale) {
            (feed::Verdict::Good, _) | (feed::Verdict::Stale, Staleness::Accept) => Verdict::Good(checked),
            (feed::Verdict::Revoked(reason), _) => Verdict::Bad(Refused::new(reason)),
            (feed::Verdict::Stale, Staleness::Reject) => Verdict::Bad(revocations_stale()),
            (feed::Verdict::Stale, Staleness::Introspect) => Verdict::Ask(checked),
        }
    }

    /// The token names a key that is not there: not yet here, or made up.
    #[cold]
    fn unknown_key(&self, trusted: &Trusted, look: Look, error: jotgate_jose::Error) -> Verdict {
        let renewal = match look {
            Look::First => trusted.keys.renew(),
            Look::Second { is_late: false } => trusted.keys.outcome(),
            Look::Second { is_late: true } => Renewal::Unreachable,
        };
        match renewal {
            Renewal::UnderWay(wait) => Verdict::Keys(wait),
            Renewal::Settled => Verdict::Bad(error.into()),
            Renewal::Unreachable => Verdict::Bad(self.keys_unreachable()),
        }
    }

    /// Whose token it says it is. Nothing of it is believed but the choice of the judge.
    fn issuer_of(&self, token: &str) -> Result<usize, Refused> {
        if self.trusted.len() == 1 {
            return Ok(0);
        }
        let peek = Unverified::parse(token)?;
        let Some(named) = peek.iss() else { return Err(Refused::new(&reason::ISS_MISSING)) };
        let at = self.trusted.iter().position(|trusted| trusted.issuer == named);
        at.ok_or_else(|| Refused::new(&reason::ISS_MISMATCH).received(crate::address::shown(named)))
    }

    pub(crate) fn token<'r>(&self, asked: Asked<'r>) -> Result<Option<&'r str>, Refused> {
        let cookie = self.trusted.first().map_or("", |first| first.cookie.as_str());
        bearer::token(asked, self.cookies.as_ref(), cookie)
    }

    pub(crate) fn keys_unreachable(&self) -> Refused {
        Refused::new(&reason::KEYS_UNREACHABLE).retry_after(2)
    }

    /// Counts a refusal, and gives it what all of this guard's have.
    pub(crate) fn refuse(&self, refused: Refused) -> Refused {
        self.counters.refuse(refused.reason());
        tracing::debug!(target: "jotgate_guard", reason = refused.code(), status = refused.status(), "refused");
        refused.of(&self.house)
    }
}

#[cold]
fn names_revoked_key(token: &str, held: &Held) -> bool {
    let is_revoked = |kid: &str| held.revoked.iter().any(|revoked| revoked == kid);
    !held.revoked.is_empty() && Unverified::parse(token).is_ok_and(|peek| peek.kid().is_some_and(is_revoked))
}

/// Catalogue row 99: a bound token that is taken without its proof is good in the hands of whoever stole it.
#[cold]
fn bound() -> Refused {
    Refused::new(&reason::TOKEN_SCHEME)
        .detail(
            "The token is bound to a key of its client (`cnf`), and this API takes no proofs of possession.",
        )
        .expected("a token without `cnf`")
        .received("a bound token")
        .hint("Ask for a token that is not bound to a key.")
}

fn revocations_stale() -> Refused {
    Refused::new(&reason::REVOCATIONS_STALE).retry_after(2)
}

/// How often [`Guard::ready`] looks.
const GLANCE: Duration = Duration::from_millis(20);
