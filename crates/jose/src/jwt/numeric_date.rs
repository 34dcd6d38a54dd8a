//! Times in claims (RFC 7519 section 2, "NumericDate"): seconds since 1970, whole or with a fraction.
//!
//! Read from the digits, never through a float: a cast would turn 1e300 into "valid for ever".

use crate::json;

/// A moment between the years -5000 and 9999. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate {
    /// Rounded towards the past.
    pub(crate) seconds: i64,
    nanoseconds: u32,
}

impl NumericDate {
    /// Reads a JSON number; `None` when it is out of range.
    pub(crate) fn parse(number: &str) -> Option<Self> {
        // Almost every time there is: a few digits.
        if let Some(seconds) = json::digits(number) {
            return (seconds <= LAST).then_some(Self { seconds, nanoseconds: 0 });
        }
        let (is_negative, magnitude) = match number.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, number),
        };
        let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (magnitude, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0');
        let leading = digits().take_while(|digit| *digit == 0).count();
        if leading == whole.len() + fraction.len() {
            return Some(Self { seconds: 0, nanoseconds: 0 });
        }
        // Where the point stands, counted from the first digit that is not zero.
        let point = i64::try_from(whole.len()).ok()? + i64::from(exponent) - i64::try_from(leading).ok()?;
        if !(MIN_POINT..=MAX_POINT).contains(&point) {
            return None;
        }
        let moment = Self::assemble(point, digits().skip(leading));
        let moment = if is_negative { moment.negated() } else { moment };
        (-LAST..=LAST).contains(&moment.seconds).then_some(moment)
    }

    /// From the digits of 0.ddd and the place of the point.
    fn assemble(point: i64, digits: impl Iterator<Item = u8>) -> Self {
        let (mut seconds, mut nanoseconds, mut is_finer) = (0, 0, false);
        let mut place = point;
        for digit in digits {
            place -= 1;
            match place {
                0.. => seconds = seconds * 10 + i64::from(digit),
                -9..0 => nanoseconds += u32::from(digit) * 10_u32.pow(u32::try_from(place + 9).unwrap_or(0)),
                _ => is_finer |= digit != 0,
            }
        }
        // Digits that were not written are zeros.
        for _ in 0..place.max(0) {
            seconds *= 10;
        }
        // Finer than a nanosecond still is not nothing: half past is past.
        if is_finer && nanoseconds == 0 {
            nanoseconds = 1;
        }
        Self { seconds, nanoseconds }
    }

    fn negated(self) -> Self {
        match self.nanoseconds {
            0 => Self { seconds: -self.seconds, nanoseconds: 0 },
            _ => Self { seconds: -self.seconds - 1, nanoseconds: 1_000_000_000 - self.nanoseconds },
        }
    }

    /// Whether that moment has come.
    pub(super) fn has_come(self, now: i64) -> bool {
        self <= Self { seconds: now, nanoseconds: 0 }
    }
}

/// The end of the year 9999.
const LAST: i64 = 253_402_300_799;
/// That has twelve digits.
const MAX_POINT: i64 = 12;
/// Smaller numbers are no times but attempts at an underflow.
const MIN_POINT: i64 = -30;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(number: &str) -> Option<(i64, u32)> {
        NumericDate::parse(number).map(|date| (date.seconds, date.nanoseconds))
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (number, want) in [
            ("0", (0, 0)),
            ("-0", (0, 0)),
            ("0.0e5", (0, 0)),
            ("1700000000", (1_700_000_000, 0)),
            ("1.7e9", (1_700_000_000, 0)),
            ("1.7E+9", (1_700_000_000, 0)),
            ("17000000000e-1", (1_700_000_000, 0)),
            ("1700000000.5", (1_700_000_000, 500_000_000)),
            ("1700000000.000000001", (1_700_000_000, 1)),
            ("1700000000.00000000000000000000001", (1_700_000_000, 1)),
            ("0.05", (0, 50_000_000)),
            ("5e-2", (0, 50_000_000)),
            ("-1", (-1, 0)),
            ("-1.5", (-2, 500_000_000)),
            ("-0.5", (-1, 500_000_000)),
            ("253402300799", (LAST, 0)),
        ] {
            assert_eq!(parse(number), Some(want), "{number}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for number in [
            "1e300",
            "1e400",
            "-1e400",
            "1e-400",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "253402300800",
            "-253402300800",
            "1e12",
            "1e99999999999999999999",
        ] {
            assert_eq!(parse(number), None, "{number}");
        }
    }

    #[test]
    fn a_fraction_of_a_second_counts() {
        let date = NumericDate::parse("100.5").unwrap();
        assert!(!date.has_come(99));
        assert!(!date.has_come(100));
        assert!(date.has_come(101));
        assert!(NumericDate::parse("100").unwrap().has_come(100));
        assert!(date.has_come(i64::MAX) && !date.has_come(i64::MIN));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_whole_numbers(seconds in -LAST..=LAST) {
            assert_eq!(parse(&seconds.to_string()), Some((seconds, 0)));
        }

        #[test]
        fn agrees_with_floats(whole in 0_u32.., thousandths in 0_u32..1000) {
            let text = format!("{whole}.{thousandths:03}");
            assert_eq!(parse(&text), Some((i64::from(whole), thousandths * 1_000_000)));
        }
    }
}
