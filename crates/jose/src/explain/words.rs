//! Moments and spans as people say them: `22 November 2026, 03:04:49 UTC (in 14 minutes)`.
//!
//! Only wording, shared by the command line and the page. Which moment counts is the caller's business, and so is
//! the time: there is no clock here. The calendar is the proleptic Gregorian one, in UTC.

/// The moment in words, with its distance from `now`; both in seconds since 1970.
///
/// ```
/// use jotgate_jose::explain::words::moment;
///
/// assert_eq!(moment(1_700_000_000, 1_699_999_160), "14 November 2023, 22:13:20 UTC (in 14 minutes)");
/// assert_eq!(moment(0, 86_400), "1 January 1970, 00:00:00 UTC (1 day ago)");
/// ```
#[must_use]
pub fn moment(at: i64, now: i64) -> String {
    format!("{} ({})", date(at), distance(at, now))
}

/// The moment in words, in UTC.
///
/// ```
/// use jotgate_jose::explain::words::date;
///
/// assert_eq!(date(1_700_000_000), "14 November 2023, 22:13:20 UTC");
/// assert_eq!(date(i64::MAX), "second 9223372036854775807, outside the calendar");
/// ```
#[must_use]
pub fn date(at: i64) -> String {
    if !(FIRST..=LAST).contains(&at) {
        return format!("second {at}, outside the calendar");
    }
    let (year, month, day) = civil(at.div_euclid(DAY));
    let second = at.rem_euclid(DAY);
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{day} {name} {year}, {:02}:{:02}:{:02} UTC", second / 3600, second / 60 % 60, second % 60)
}

/// `in 14 minutes`, `2 days ago`, `now`.
///
/// ```
/// assert_eq!(jotgate_jose::explain::words::distance(60, 0), "in 1 minute");
/// ```
#[must_use]
pub fn distance(at: i64, now: i64) -> String {
    let gap = at.saturating_sub(now);
    match gap {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(gap.unsigned_abs())),
        _ => format!("{} ago", span(gap.unsigned_abs())),
    }
}

/// A span of seconds in its largest fitting unit, rounded down.
///
/// ```
/// assert_eq!(jotgate_jose::explain::words::span(3_599), "59 minutes");
/// ```
#[must_use]
pub fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = UNITS.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "second"));
    let count = seconds / size;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

/// A span of seconds in its two largest units, rounded down.
///
/// ```
/// use jotgate_jose::explain::words::close_span;
///
/// assert_eq!(close_span(6_300), "1 hour 45 minutes");
/// assert_eq!(close_span(86_400), "1 day");
/// ```
#[must_use]
pub fn close_span(seconds: u64) -> String {
    let unit = [365 * 86_400, 86_400, 3_600, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
    let rest = seconds % unit;
    if rest == 0 { span(seconds) } else { format!("{} {}", span(seconds - rest), span(rest)) }
}

/// `1 byte`, `2 bytes`.
pub(super) fn count(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Year, month and day of a number of days since 1970. Years are counted from 1 March, so that the leap day is the
/// last of its year and every month but the last begins at a fixed day.
fn civil(days: i64) -> (i64, i64, i64) {
    // Days since 1 March of the year 0, in rounds of 400 years, which all have the same length.
    let shifted = days + 719_468;
    let (round, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    // Five months from March on always have 153 days.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (round * 400 + year, month, day)
}

const DAY: i64 = 86_400;
/// The beginning of the year 0 and the end of the year 9999.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_one_another() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (1600, 1, 1);
        // From 1 January 1600 to the end of 2100, counted by hand.
        for number in -135_140..47_846 {
            assert_eq!(civil(number), (year, month, day));
            let length = match month {
                2 => 28 + i64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (2100, 12, 31));
    }

    #[test]
    fn known_moments_and_the_ends_of_the_calendar() {
        for (at, words) in [
            (0, "1 January 1970, 00:00:00 UTC"),
            (-1, "31 December 1969, 23:59:59 UTC"),
            (i64::from(i32::MAX), "19 January 2038, 03:14:07 UTC"),
            (951_826_153, "29 February 2000, 12:09:13 UTC"),
            (LAST, "31 December 9999, 23:59:59 UTC"),
            (FIRST, "1 January 0, 00:00:00 UTC"),
        ] {
            assert_eq!(date(at), words);
        }
        for at in [i64::MIN, FIRST - 1, LAST + 1, i64::MAX] {
            assert!(date(at).contains("outside the calendar"));
        }
        assert!(moment(i64::MIN, i64::MAX).ends_with("years ago)"));
    }

    #[test]
    fn spans_take_the_largest_unit() {
        let cases = [
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (400 * 86_400, "1 year"),
        ];
        for (seconds, words) in cases {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(distance(5, 5), "now");
    }
}
