//! The task that fetches: at the start, ahead of the end of each set's life, and when a token names an unknown key.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use jotgate_token::{OsRandom, random};
use tokio::time::Instant;

use super::{Keys, lock, set};
use crate::{
    discovery::discover,
    fetch::{Bounds, Fetch, FetchError, document},
};

/// What the task remembers from one flight to the next.
#[derive(Default)]
struct Log {
    failures: u32,
    /// When the newest good set stops to count.
    good_until: Option<Instant>,
    /// When the metadata are to be read anew; at once after a failure.
    discover_at: Option<Instant>,
}

impl Keys {
    /// Runs for as long as the guard lives.
    #[expect(clippy::disallowed_methods, reason = "only durations are measured")]
    pub(crate) async fn keep(self: Arc<Self>, fetch: Arc<dyn Fetch>) {
        let mut log = Log::default();
        loop {
            self.flight().begin();
            let outcome = self.fly(&*fetch, &mut log).await;
            let pause = match outcome {
                Ok(max_age) => {
                    log.failures = 0;
                    log.good_until = Some(Instant::now() + self.timing.stale_limit);
                    // Ahead of its end, and not all guards of a fleet in the same second.
                    max_age.mul_f64(0.7 + 0.2 * chance())
                }
                Err(error) => self.failed(&error, &mut log),
            };
            self.end(log.failures > 0);
            self.rest(Instant::now() + pause).await;
        }
    }

    /// Until then, or until a token asks for the next flight. A call that an earlier flight has answered is none.
    async fn rest(&self, until: Instant) {
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                () = self.wanted.notified() => if self.flight().is_asked { return },
            }
        }
    }

    /// One flight: the metadata when they are due, then the keys. Gives the time the set may be kept.
    #[expect(clippy::disallowed_methods, reason = "only durations are measured")]
    async fn fly(&self, fetch: &dyn Fetch, log: &mut Log) -> Result<Duration, FetchError> {
        let known = self.metadata.borrow().clone();
        let metadata = match known {
            Some(known) if log.failures == 0 && log.discover_at.is_some_and(|at| Instant::now() < at) => {
                known
            }
            _ => {
                let fresh = Arc::new(discover(fetch, &self.places).await?);
                log.discover_at = Some(Instant::now() + METADATA_AGE);
                self.metadata.send_if_modified(|known| {
                    let is_news = known.as_ref() != Some(&fresh);
                    *known = Some(Arc::clone(&fresh));
                    is_news
                });
                fresh
            }
        };
        if self.is_fixed {
            return Ok(METADATA_AGE);
        }
        self.fetches.fetch_add(1, Relaxed);
        let document = document(fetch, &metadata.jwks_uri, BOUNDS).await?;
        let set = set::read(&document.bytes)?;
        self.set(&mut lock(&self.revoked), set.keys());
        Ok(set::max_age(&document.headers))
    }

    /// Keeps what there is while it counts; says when to try again.
    #[expect(clippy::disallowed_methods, reason = "only durations are measured")]
    fn failed(&self, error: &FetchError, log: &mut Log) -> Duration {
        self.failures.fetch_add(1, Relaxed);
        log.failures = log.failures.saturating_add(1);
        let now = Instant::now();
        let is_loaded = self.held().is_loaded;
        tracing::warn!(
            target: "jotgate_guard",
            issuer = self.places.own.as_str(), %error, tries = log.failures, has_keys = is_loaded,
            "the issuer's keys could not be fetched"
        );
        let doublings = (log.failures - 1).min(10);
        let most = if is_loaded { MOST_PAUSE } else { MOST_PAUSE_WITHOUT_KEYS };
        let pause = (FIRST_PAUSE * 2_u32.pow(doublings)).min(most).mul_f64(0.8 + 0.2 * chance());
        match log.good_until {
            Some(until) if now >= until && is_loaded && !self.is_fixed => {
                tracing::error!(
                    target: "jotgate_guard",
                    issuer = self.places.own.as_str(),
                    "the issuer's keys are too old to count; requests are answered with 503"
                );
                self.held.store(Arc::default());
                pause
            }
            Some(until) if now < until => pause.min(until - now),
            _ => pause,
        }
    }

    fn end(&self, has_failed: bool) {
        let mut flight = self.flight();
        flight.is_under_way = false;
        flight.has_failed = has_failed;
        // Under the lock, so that whoever takes a seat sees the flight or its end.
        self.ended.send_modify(|ended| *ended += 1);
    }
}

/// Between 0 and 1.
fn chance() -> f64 {
    f64::from(u32::from_ne_bytes(random::array(&OsRandom))) / f64::from(u32::MAX)
}

const BOUNDS: Bounds = Bounds::bytes(256 * 1024);
/// The addresses of an issuer hardly ever change; a failure makes the guard look at once.
const METADATA_AGE: Duration = Duration::from_secs(3600);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// With keys at hand nobody waits for the answer.
const MOST_PAUSE: Duration = Duration::from_secs(30);
/// Without keys every request is refused, so the issuer's return should be noticed soon.
const MOST_PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);
