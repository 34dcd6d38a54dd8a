//! Times and spans as people say them: `22 November 2026, 03:04:49 UTC (in 14 minutes)`.
//!
//! The words are the library's, so that the command line and the debugger page say the same. Which moment counts, and
//! against which clock, is the caller's business.

use jiff::Timestamp;

pub(crate) use jotgate_jose::explain::words::{date, moment, span};

/// The moment as RFC 3339, from Unix milliseconds.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |timestamp| timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_for_machines_too() {
        assert_eq!(rfc3339(1_700_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(i64::MAX), i64::MAX.to_string());
    }
}
