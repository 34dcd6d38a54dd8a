//! The keys of one issuer: fetched ahead of need by one task, kept through bad times, asked for by name at most once
//! a cool-down.
//!
//! One task fetches, so requests never do: however many tokens with made-up key names arrive, there is one flight at
//! a time and one a cool-down, and nothing is remembered of names that do not exist. An answer that is of no use
//! leaves the last good set in place until [`Timing::stale_limit`]. Keys come from the issuer's own document only,
//! never from a token (`jku`, `x5u`, `x5c`, `jwk`). RFC 7517; catalogue rows 14 to 16, 22, 23, 82, 84, 85.

mod keeper;
mod set;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use jotgate_jose::{KeySet, VerifyingKey};
use jotgate_token::revocation::{Digest, Kind};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::discovery::{Metadata, Places};

/// The keys of one issuer and what is known about them.
pub(crate) struct Keys {
    places: Places,
    timing: Timing,
    /// Given by the configuration; then none are fetched.
    is_fixed: bool,
    held: ArcSwap<Held>,
    /// Held while the set changes, so that a key that was taken back cannot come in again in between.
    revoked: Mutex<Revoked>,
    flight: Mutex<Flight>,
    /// How many flights have ended.
    ended: watch::Sender<u64>,
    wanted: Notify,
    waiting: Arc<AtomicUsize>,
    metadata: watch::Sender<Option<Arc<Metadata>>>,
    pub(crate) fetches: AtomicU64,
    pub(crate) failures: AtomicU64,
}

/// The keys now.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) set: KeySet,
    /// False until the first set came, and again when the last good one got too old.
    pub(crate) is_loaded: bool,
    /// Names of keys that were taken back.
    pub(crate) revoked: Vec<String>,
}

/// The keys that were taken back. For as long as the process lives, because whoever holds one signs tokens that last
/// as long as they like.
#[derive(Debug, Default)]
struct Revoked {
    digests: HashSet<Digest>,
    names: Vec<String>,
}

/// How often keys are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// The least time between two fetches that tokens cause.
    pub(crate) cool_down: Duration,
    /// How long after it was fetched a set counts when no newer one is to be had.
    pub(crate) stale_limit: Duration,
}

#[derive(Debug, Default)]
struct Flight {
    is_under_way: bool,
    /// A token asked for one that has not begun.
    is_asked: bool,
    started: Option<Instant>,
    /// Of the last one that ended.
    has_failed: bool,
}

/// What to do with a token whose key is not there.
#[derive(Debug)]
pub(crate) enum Renewal {
    /// A fetch is under way: look again when it has ended.
    UnderWay(Wait),
    /// The set is as new as it may be: the key does not exist.
    Settled,
    /// The set could not be had, so nothing can be said about the key.
    Unreachable,
}

/// A seat in the line of those who wait for a flight; given back when it drops.
#[derive(Debug)]
pub(crate) struct Wait {
    ended: watch::Receiver<u64>,
    line: Arc<AtomicUsize>,
}

impl Wait {
    /// False when it took too long.
    pub(crate) async fn over(mut self, most: Duration) -> bool {
        matches!(tokio::time::timeout(most, self.ended.changed()).await, Ok(Ok(())))
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.line.fetch_sub(1, Relaxed);
    }
}

impl Keys {
    /// Keys that are fetched; none yet.
    pub(crate) fn new(places: Places, timing: Timing) -> Self {
        Self::of(places, timing, None)
    }

    /// Keys that are given: a secret shared with the issuer, which no document holds.
    pub(crate) fn fixed(places: Places, timing: Timing, set: KeySet) -> Self {
        Self::of(places, timing, Some(set))
    }

    fn of(places: Places, timing: Timing, fixed: Option<KeySet>) -> Self {
        let is_fixed = fixed.is_some();
        let held = fixed.map_or_else(Held::default, |set| Held { set, is_loaded: true, revoked: Vec::new() });
        // The first flight starts with the guard, so requests that come before its end wait for it.
        let flight = Flight { is_under_way: true, ..Flight::default() };
        Self {
            places,
            timing,
            is_fixed,
            held: ArcSwap::from_pointee(held),
            revoked: Mutex::default(),
            flight: Mutex::new(flight),
            ended: watch::Sender::new(0),
            wanted: Notify::new(),
            waiting: Arc::default(),
            metadata: watch::Sender::new(None),
            fetches: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn held(&self) -> arc_swap::Guard<Arc<Held>> {
        self.held.load()
    }

    /// What the issuer says of itself, once it did.
    pub(crate) fn metadata(&self) -> watch::Receiver<Option<Arc<Metadata>>> {
        self.metadata.subscribe()
    }

    /// Asks for a newer set than the one in which a key was not found.
    pub(crate) fn renew(&self) -> Renewal {
        let mut flight = self.flight();
        if !flight.is_under_way {
            let is_early = flight.started.is_some_and(|at| at.elapsed() < self.timing.cool_down);
            if self.is_fixed || is_early {
                return if flight.has_failed && !self.is_fixed {
                    Renewal::Unreachable
                } else {
                    Renewal::Settled
                };
            }
            flight.begin();
            flight.is_asked = true;
            self.wanted.notify_one();
        }
        self.seat()
    }

    /// What the last flight says of a key that is not there.
    pub(crate) fn outcome(&self) -> Renewal {
        self.outcome_of(&self.flight())
    }

    fn outcome_of(&self, last: &Flight) -> Renewal {
        match last.has_failed && !self.is_fixed {
            true => Renewal::Unreachable,
            false => Renewal::Settled,
        }
    }

    /// Before the first set came: a seat while the first flight is under way.
    pub(crate) fn first(&self) -> Renewal {
        let flight = self.flight();
        match flight.is_under_way && *self.ended.borrow() == 0 {
            true => self.seat(),
            false => Renewal::Unreachable,
        }
    }

    /// To be called under the lock of the flight, so that its end cannot be missed.
    fn seat(&self) -> Renewal {
        let wait = Wait { ended: self.ended.subscribe(), line: Arc::clone(&self.waiting) };
        match self.waiting.fetch_add(1, Relaxed) < MOST_WAITING {
            true => Renewal::UnderWay(wait),
            false => Renewal::Unreachable,
        }
    }

    /// Drops a key, by the digest of its thumbprint, and never takes it back.
    pub(crate) fn revoke(&self, digest: Digest) {
        let mut revoked = lock(&self.revoked);
        if !revoked.digests.insert(digest) {
            return;
        }
        tracing::warn!(target: "jotgate_guard", issuer = self.places.own.as_str(), "a signing key was taken back");
        let held = self.held.load_full();
        if held.is_loaded {
            self.set(&mut revoked, held.set.keys());
        }
        // The issuer signs with another key now. The feed is signed, so nobody else can cause this.
        let mut flight = self.flight();
        if !flight.is_under_way && !self.is_fixed {
            flight.begin();
            flight.is_asked = true;
            self.wanted.notify_one();
        }
    }

    /// Puts those keys in place that were not taken back.
    fn set(&self, revoked: &mut Revoked, keys: &[VerifyingKey]) {
        let issuer = self.places.own.as_str();
        let mut set = KeySet::default();
        for key in keys {
            if revoked.digests.contains(&Digest::of(issuer, Kind::Key, key.thumbprint())) {
                revoked.names.extend(key.kid().map(str::to_owned).filter(|kid| !revoked.names.contains(kid)));
            } else {
                set.push(key.clone());
            }
        }
        self.held.store(Arc::new(Held { set, is_loaded: true, revoked: revoked.names.clone() }));
    }

    /// Until the first set is there.
    pub(crate) async fn ready(&self) {
        let mut ended = self.ended.subscribe();
        while !self.held().is_loaded {
            if ended.changed().await.is_err() {
                return;
            }
        }
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        lock(&self.flight)
    }
}

/// A thread that panicked left nothing half done: each change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flight {
    #[expect(clippy::disallowed_methods, reason = "only a duration is measured")]
    fn begin(&mut self) {
        self.is_under_way = true;
        self.is_asked = false;
        self.started = Some(Instant::now());
    }
}

/// Requests that wait for one flight; beyond, they are told to come again, because a wait costs memory.
const MOST_WAITING: usize = 1024;
