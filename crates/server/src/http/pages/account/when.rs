//! Days and moments as people write them, in the reader's language. In UTC and with that word, because a page without
//! scripts cannot know where its reader is.

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::http::pages::frame::Frame;

/// `22 November 2026`
pub(super) fn day(frame: &Frame, unix_ms: i64) -> String {
    let Some(at) = zoned(unix_ms) else { return String::new() };
    let month = frame.say("date.months").split(' ').nth(usize::try_from(at.month() - 1).unwrap_or(0));
    let (day, year) = (at.day().to_string(), at.year().to_string());
    frame.fill("date.day", &[("day", &day), ("month", month.unwrap_or_default()), ("year", &year)])
}

/// `22 November 2026, 14:05 UTC`
pub(super) fn moment(frame: &Frame, unix_ms: i64) -> String {
    let Some(at) = zoned(unix_ms) else { return String::new() };
    format!("{}, {:02}:{:02} UTC", day(frame, unix_ms), at.hour(), at.minute())
}

fn zoned(unix_ms: i64) -> Option<Zoned> {
    Some(Timestamp::from_millisecond(unix_ms).ok()?.to_zoned(TimeZone::UTC))
}
