//! When a login may be tried: counters of failures per pair (account and address), address and account.
//!
//! Only failures count, because a busy office behind one address must not lock itself out by logging in.
//! Not for: storing the counters (`store::attempts`) or making their keys (`app::Keyring`, HMACs of what they count).
//! NIST SP 800-63B-4 section 3.2.2 asks for at most 100 consecutive failures on an account.

/// What is remembered about one counter. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// Failures inside the window.
    pub failures: i64,
    /// Start of the window.
    pub window_started_at: i64,
    /// Failures since the last success, however long ago.
    pub consecutive: i64,
    /// No try before this.
    pub blocked_until: i64,
    /// The last failure.
    pub last_failed_at: i64,
}

/// A limit on failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Failures allowed inside the window.
    pub failures: i64,
    /// Length of the window, in milliseconds.
    pub window: i64,
    /// What happens past the limit.
    pub then: Then,
}

/// What happens past the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing is tried until the window ends.
    WaitForWindow,
    /// Each further failure doubles the wait, between these two, in milliseconds.
    Double {
        /// The first wait.
        first: i64,
        /// The longest wait.
        longest: i64,
    },
}

/// How long to wait before the next try, or `None` to go ahead.
#[must_use]
pub fn wait(attempts: Option<&Attempts>, now: i64) -> Option<i64> {
    let left = attempts?.blocked_until - now;
    (left > 0).then_some(left)
}

/// The counter after one more failure.
#[must_use]
pub fn failed(before: Option<Attempts>, limit: Limit, now: i64) -> Attempts {
    let before = before.unwrap_or_default();
    // Doubling counters start anew only after a quiet window; a fixed one when its window has passed.
    let since = match limit.then {
        Then::WaitForWindow => before.window_started_at,
        Then::Double { .. } => before.last_failed_at.max(before.blocked_until),
    };
    let anew = before.failures == 0 || now - since >= limit.window;
    let failures = if anew { 1 } else { before.failures + 1 };
    let window_started_at = if anew { now } else { before.window_started_at };
    let over = failures - limit.failures;
    let blocked_until = match limit.then {
        _ if over < 0 => 0,
        Then::WaitForWindow => window_started_at + limit.window,
        Then::Double { first, longest } => now + first.saturating_mul(1 << over.min(40)).min(longest),
    };
    Attempts {
        failures,
        window_started_at,
        consecutive: before.consecutive + 1,
        blocked_until,
        last_failed_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: Limit =
        Limit { failures: 10, window: 900_000, then: Then::Double { first: 1_000, longest: 900_000 } };
    const ADDRESS: Limit = Limit { failures: 100, window: 900_000, then: Then::WaitForWindow };

    fn fail_times(limit: Limit, times: usize, start: i64, step: i64) -> Attempts {
        let mut attempts = None;
        for n in 0..times {
            attempts = Some(failed(attempts, limit, start + n as i64 * step));
        }
        attempts.unwrap()
    }

    #[test]
    fn nine_failures_of_a_pair_wait_for_nothing_and_the_tenth_waits_a_second() {
        assert_eq!(wait(Some(&fail_times(PAIR, 9, 1_000, 0)), 1_000), None);
        assert_eq!(wait(Some(&fail_times(PAIR, 10, 1_000, 0)), 1_000), Some(1_000));
    }

    #[test]
    fn waits_of_a_pair_double_up_to_the_window() {
        assert_eq!(wait(Some(&fail_times(PAIR, 13, 1_000, 0)), 1_000), Some(8_000));
        assert_eq!(wait(Some(&fail_times(PAIR, 80, 1_000, 0)), 1_000), Some(900_000));
    }

    #[test]
    fn a_pair_starts_anew_only_after_a_quiet_window() {
        let blocked = fail_times(PAIR, 30, 1_000, 0);
        let after_its_wait = blocked.blocked_until + 1;
        assert_eq!(wait(Some(&failed(Some(blocked), PAIR, after_its_wait)), after_its_wait), Some(900_000));
        let quiet = blocked.blocked_until + PAIR.window;
        assert_eq!(failed(Some(blocked), PAIR, quiet).failures, 1);
    }

    #[test]
    fn an_address_waits_for_its_window_and_no_longer() {
        let attempts = fail_times(ADDRESS, 100, 1_000, 10);
        assert_eq!(wait(Some(&attempts), 2_000), Some(899_000));
        assert_eq!(wait(Some(&attempts), 901_000), None);
        assert_eq!(failed(Some(attempts), ADDRESS, 901_000).failures, 1);
    }

    #[test]
    fn failures_in_a_row_are_counted_across_windows() {
        assert_eq!(fail_times(ADDRESS, 150, 0, 900_000).consecutive, 150);
    }
}
