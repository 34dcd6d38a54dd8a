//! Durations as people write them in tutorials: `15m`, `1h`, `7d`, `60s`.
//!
//! A number without a unit is refused: seconds to one reader, milliseconds to the next.

use std::time::Duration;

use super::key::Fault;

/// Reads a number with one unit.
pub(super) fn parse(text: &str) -> Result<Duration, Fault> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let Ok(number) = digits.parse::<u64>() else {
        return Err(Fault::new("is not a duration", FORM));
    };
    let seconds = match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, seconds)) => number.checked_mul(*seconds),
        None => return Err(unknown_unit(number, unit)),
    };
    seconds.map(Duration::from_secs).ok_or_else(|| Fault::new("is longer than any clock can count", FORM))
}

/// Reads a duration from an argument; the error says what is wrong and how to write it.
///
/// # Errors
/// Everything but a number with one unit.
pub fn read(text: &str) -> Result<Duration, String> {
    parse(text).map_err(|fault| format!("{}. {}", fault.what, fault.mend))
}

/// Writes a duration in the largest unit that needs no fraction; parts of a second are left out.
pub fn format(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (name, unit) = UNITS
        .iter()
        .rev()
        .find(|(_, unit)| seconds >= *unit && seconds.is_multiple_of(*unit))
        .unwrap_or(&UNITS[0]);
    format!("{}{name}", seconds / unit)
}

pub(super) fn bare_number(number: impl std::fmt::Display) -> Fault {
    Fault::new("has no unit", format!("Write \"{number}s\" for seconds. {FORM}"))
}

fn unknown_unit(number: u64, unit: &str) -> Fault {
    let unit = unit.trim();
    if unit.is_empty() {
        return bare_number(number);
    }
    let meant = match unit.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" | "h" => "h",
        "day" | "days" | "d" => "d",
        _ => return Fault::new("has a unit that is none of s, m, h, d", FORM),
    };
    Fault::new("has a unit that is none of s, m, h, d", format!("Write \"{number}{meant}\"."))
}

const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];
const FORM: &str =
    "A duration is a number and one of s, m, h, d, in quotes: \"60s\", \"15m\", \"1h\", \"7d\".";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_four_units() {
        for (text, seconds) in [("60s", 60), ("15m", 900), ("1h", 3600), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(parse(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["60s", "90s", "15m", "1h", "25h", "7d", "0s"] {
            let shown = format(parse(text).unwrap());
            assert_eq!(parse(&shown).unwrap(), parse(text).unwrap(), "{text} -> {shown}");
        }
        assert_eq!(format(Duration::from_secs(3600)), "1h");
        assert_eq!(format(Duration::from_secs(90)), "90s");
    }

    #[test]
    fn a_bare_number_is_refused_with_what_to_write() {
        assert!(parse("900").unwrap_err().mend.contains("\"900s\""));
    }

    #[test]
    fn words_are_refused_with_what_to_write() {
        assert_eq!(parse("7 days").unwrap_err().mend, "Write \"7d\".");
        assert_eq!(parse("1hour").unwrap_err().mend, "Write \"1h\".");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "m", "-5m", "1.5h", "15m30s", "99999999999999999999d", "18446744073709551615d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
