//! How old the guard's knowledge is, by a clock that nobody sets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Tells how time passes, from any beginning. It never goes back.
///
/// ```
/// use jotgate_guard::feed::{Monotonic, SystemMonotonic};
///
/// let clock = SystemMonotonic::new();
/// assert!(clock.now() <= clock.now());
/// ```
pub trait Monotonic: Send + Sync {
    /// The time since the beginning.
    ///
    /// ```
    /// use std::time::Duration;
    /// use jotgate_guard::feed::Monotonic;
    ///
    /// struct Still;
    /// impl Monotonic for Still {
    ///     fn now(&self) -> Duration {
    ///         Duration::from_secs(5)
    ///     }
    /// }
    /// assert_eq!(Still.now(), Duration::from_secs(5));
    /// ```
    fn now(&self) -> Duration;
}

/// The monotonic clock of the machine. It stands still while the machine sleeps.
#[derive(Debug, Clone, Copy)]
pub struct SystemMonotonic(Instant);

impl SystemMonotonic {
    /// A clock that begins now.
    ///
    /// ```
    /// let clock = jotgate_guard::feed::SystemMonotonic::new();
    /// ```
    #[expect(clippy::new_without_default, reason = "a default would hide that it reads the machine's clock")]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's monotonic clock is read"
    )]
    #[must_use]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Monotonic for SystemMonotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The instant as of which everything taken back is known, written by one task and read by every check.
///
/// ```
/// use std::time::Duration;
/// use jotgate_guard::feed::Freshness;
///
/// let freshness = Freshness::default();
/// assert_eq!(freshness.age(Duration::from_secs(9)), None);
/// freshness.set(Some(Duration::from_secs(7)));
/// assert_eq!(freshness.age(Duration::from_secs(9)), Some(Duration::from_secs(2)));
/// ```
#[derive(Debug, Default)]
pub struct Freshness(AtomicU64);

impl Freshness {
    /// Sets the instant, on the same clock by which ages are asked for.
    ///
    /// ```
    /// let freshness = jotgate_guard::feed::Freshness::default();
    /// freshness.set(None);
    /// ```
    pub fn set(&self, instant: Option<Duration>) {
        // Nanoseconds and one more, because 0 is "never". 584 years fit.
        let nanos = |instant: Duration| u64::try_from(instant.as_nanos()).unwrap_or(u64::MAX - 1);
        self.0.store(instant.map_or(0, |instant| nanos(instant) + 1), Ordering::Release);
    }

    /// How long before `now` that instant was.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert_eq!(jotgate_guard::feed::Freshness::default().age(Duration::ZERO), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn age(&self, now: Duration) -> Option<Duration> {
        let nanos = self.0.load(Ordering::Acquire).checked_sub(1)?;
        Some(now.saturating_sub(Duration::from_nanos(nanos)))
    }
}
