//! Times and lifetimes (RFC 7519 sections 2 and 4.1.4 to 4.1.6, RFC 8725 section 3.10).

use serde_json::Value;

use super::catalogue::times::*;
use super::finding::Findings;
use super::header::kind_of;
use super::subject::{Kind, Subject};
use crate::error::shown;
use crate::explain::words;
use crate::json::path::member;

pub(super) fn check(subject: &Subject<'_>, now: i64, out: &mut Findings) {
    let [exp, nbf, iat, ..] = MOMENTS.map(|name| moment(subject, name, out));
    if subject.claim("exp").is_none() && subject.kind() != Kind::Access && !has_another_end(subject.kind()) {
        out.add(&EXP_MISSING, "claims.exp", "absent");
    }
    if iat.is_some_and(|iat| iat > now.saturating_add(CLOCKS_DIFFER)) {
        out.add(&IAT_FUTURE, "claims.iat", format!("{} ahead", span(iat.unwrap_or(now).saturating_sub(now))));
    }
    let Some(exp) = exp else { return };
    if iat.is_some_and(|iat| exp <= iat) {
        out.add(&EXP_BEFORE_IAT, "claims.exp", format!("{} before iat", span(iat.unwrap_or(exp) - exp)));
    } else if exp <= now {
        out.add(&EXP_PAST, "claims.exp", format!("{} ago", span(now.saturating_sub(exp))));
    }
    if nbf.is_some_and(|nbf| nbf >= exp) {
        out.add(&NBF_AFTER_EXP, "claims.nbf", format!("{} after exp", span(nbf.unwrap_or(exp) - exp)));
    }
    lifetime(subject, exp.saturating_sub(iat.or(nbf).unwrap_or(now)), out);
}

fn lifetime(subject: &Subject<'_>, seconds: i64, out: &mut Findings) {
    let is_access = matches!(subject.kind(), Kind::Access | Kind::LikeAccess);
    let rule = match seconds {
        // A day of grace: a year with a leap day is a year.
        _ if seconds > 366 * DAY => &LIFETIME_YEAR,
        _ if seconds > DAY => &LIFETIME_DAY,
        _ if seconds > HOUR && is_access => &LIFETIME_HOUR,
        _ => return,
    };
    out.add(rule, "claims.exp", span(seconds));
}

/// Tokens that are presented once, right after they were made, and judged by `iat`; and those that are replaced.
fn has_another_end(kind: Kind) -> bool {
    matches!(kind, Kind::Proof | Kind::Statement)
}

/// The moment in whole seconds, if it is one.
fn moment(subject: &Subject<'_>, name: &str, out: &mut Findings) -> Option<i64> {
    let value = subject.claim(name)?;
    let place = member("claims", name);
    let Value::Number(number) = value else {
        let seen = value.as_str().map_or_else(|| kind_of(value).to_owned(), shown);
        out.add(&TIME_MALFORMED, place, seen);
        return None;
    };
    let seconds = number.as_i64().or_else(|| {
        let seconds = number.as_f64()?.floor();
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        (seconds.abs() <= AFTER_THE_CALENDAR as f64).then_some(seconds as i64)
    });
    match seconds {
        Some(seconds) if (MILLISECONDS..=LAST_MILLISECOND).contains(&seconds) => {
            out.add(&TIME_MILLISECONDS, place, number.to_string());
            None
        }
        Some(seconds) if !(0..=AFTER_THE_CALENDAR).contains(&seconds) => {
            out.add(&TIME_MALFORMED, place, number.to_string());
            None
        }
        None => {
            out.add(&TIME_MALFORMED, place, shown(&number.to_string()));
            None
        }
        Some(seconds) => {
            if number.as_i64().is_none() && number.as_f64().is_some_and(|seconds| seconds.fract() != 0.0) {
                out.add(&TIME_FRACTION, place, number.to_string());
            }
            Some(seconds)
        }
    }
}

/// A distance in its two largest units, because an hour is not an hour and a quarter.
pub(super) fn span(seconds: i64) -> String {
    words::close_span(seconds.unsigned_abs())
}

const MOMENTS: [&str; 5] = ["exp", "nbf", "iat", "auth_time", "updated_at"];
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Clocks of honest machines differ by less.
const CLOCKS_DIFFER: i64 = 60;
/// As seconds the year 2286, as milliseconds still 1970; up to the year 9999 in milliseconds.
const MILLISECONDS: i64 = 10_000_000_000;
const LAST_MILLISECOND: i64 = AFTER_THE_CALENDAR * 1000;
const AFTER_THE_CALENDAR: i64 = 253_402_300_799;
