//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jotgate_token::Clock;

/// A clock that stands still until a test moves it. It starts on 1 January 2030, on every machine and every day.
///
/// ```
/// use std::time::Duration;
/// use jotgate_testkit::FixedClock;
/// use jotgate_token::Clock as _;
///
/// let clock = FixedClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(900));
/// assert_eq!(clock.now(), before + 900);
/// ```
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows this time, in seconds since 1970.
    ///
    /// ```
    /// use jotgate_token::Clock as _;
    ///
    /// assert_eq!(jotgate_testkit::FixedClock::at(1_700_000_000).now(), 1_700_000_000);
    /// ```
    #[must_use]
    pub fn at(seconds: i64) -> Self {
        Self(AtomicI64::new(seconds.saturating_mul(1000)))
    }

    /// Lets time pass.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use jotgate_token::Clock as _;
    /// # let clock = jotgate_testkit::FixedClock::at(1_700_000_000);
    /// clock.advance(Duration::from_millis(1500));
    /// assert_eq!(clock.now_ms(), 1_700_000_001_500);
    /// ```
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Sets the time, in seconds since 1970; backwards too, as clocks sometimes do.
    ///
    /// ```
    /// # use jotgate_token::Clock as _;
    /// # let clock = jotgate_testkit::FixedClock::default();
    /// clock.set(1_700_000_000);
    /// assert_eq!(clock.now(), 1_700_000_000);
    /// ```
    pub fn set(&self, seconds: i64) {
        self.0.store(seconds.saturating_mul(1000), Ordering::Relaxed);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(START)
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// 2030-01-01T00:00:00Z.
const START: i64 = 1_893_456_000;
