//! Time as an argument.
//!
//! Every rule about time takes a [`Clock`] or a reading of one, so that tests decide what time it is.
//! Not for measuring durations: this clock can be set, and then jumps.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time of day.
///
/// ```
/// use jotgate_token::Clock;
///
/// struct At(i64);
/// impl Clock for At {
///     fn now_ms(&self) -> i64 {
///         self.0
///     }
/// }
/// assert_eq!(At(1_700_000_000_999).now(), 1_700_000_000);
/// ```
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z, as the database keeps them.
    ///
    /// ```
    /// use jotgate_token::{Clock, SystemClock};
    ///
    /// assert!(SystemClock.now_ms() > 1_700_000_000_000);
    /// ```
    fn now_ms(&self) -> i64;

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down, as tokens carry them.
    ///
    /// ```
    /// use jotgate_token::{Clock, SystemClock};
    ///
    /// assert!(SystemClock.now() > 1_700_000_000);
    /// ```
    fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now_ms(&self) -> i64 {
        let millis = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        }
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now_ms(&self) -> i64 {
        (**self).now_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(i64);
    impl Clock for At {
        fn now_ms(&self) -> i64 {
            self.0
        }
    }

    #[test]
    fn seconds_round_down_on_both_sides_of_1970() {
        let cases = [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)];
        for (ms, seconds) in cases {
            assert_eq!(At(ms).now(), seconds, "{ms} ms");
        }
        assert_eq!(At(i64::MIN).now(), i64::MIN.div_euclid(1000));
        assert_eq!(At(i64::MAX).now(), i64::MAX / 1000);
    }

    #[test]
    fn a_shared_clock_is_a_clock() {
        let clock: Arc<dyn Clock> = Arc::new(At(5_500));
        assert_eq!((clock.now_ms(), clock.now()), (5_500, 5));
    }

    #[test]
    fn the_machine_is_past_2023() {
        assert!(SystemClock.now_ms() > 1_700_000_000_000);
    }
}
