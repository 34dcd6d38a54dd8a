//! Times and spans as people say them: `22 November 2026, 03:04:49 UTC (in 14 minutes)`.
//!
//! Only wording. Which moment counts, and against which clock, is the caller's business.

use jiff::Timestamp;

/// The moment in words, with its distance from `now`; both in Unix seconds.
pub(crate) fn moment(at: i64, now: i64) -> String {
    format!("{} ({})", date(at), distance(at, now))
}

/// The moment in words, in UTC.
pub(crate) fn date(at: i64) -> String {
    match Timestamp::from_second(at) {
        Ok(timestamp) => timestamp.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
        Err(_) => format!("second {at}, outside the calendar"),
    }
}

/// The moment as RFC 3339, from Unix milliseconds.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |timestamp| timestamp.to_string())
}

/// `in 14 minutes`, `2 days ago`, `now`.
pub(crate) fn distance(at: i64, now: i64) -> String {
    let gap = at.saturating_sub(now);
    match gap {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(gap.unsigned_abs())),
        _ => format!("{} ago", span(gap.unsigned_abs())),
    }
}

/// A span in its largest fitting unit, rounded down.
pub(crate) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = UNITS.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "second"));
    let count = seconds / size;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_date_and_a_distance() {
        assert_eq!(moment(1_700_000_000, 1_699_999_160), "14 November 2023, 22:13:20 UTC (in 14 minutes)");
        assert_eq!(moment(0, 86_400), "1 January 1970, 00:00:00 UTC (1 day ago)");
    }

    #[test]
    fn the_ends_of_the_number_line_have_words_too() {
        assert!(moment(i64::MAX, 0).contains("outside the calendar"));
        assert!(moment(i64::MIN, i64::MAX).ends_with("years ago)"));
    }

    #[test]
    fn spans_take_the_largest_unit() {
        let cases =
            [(0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (3_599, "59 minutes")];
        for (seconds, words) in cases {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(distance(5, 5), "now");
        assert_eq!(span(400 * 86_400), "1 year");
    }
}
