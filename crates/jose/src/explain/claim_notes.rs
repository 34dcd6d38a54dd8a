//! What a claim's value says in words, and what is odd about its name or value.

use super::report::{Member, Remark};
use super::words::{date, distance, span};
use crate::claims::{may_collide, registered};
use crate::json::Value;
use crate::jwt::numeric_date::NumericDate;

pub(super) fn add(name: &str, value: Value<'_>, now: i64, member: &mut Member) {
    if TIMES.contains(&name) {
        time(name, value, now, member);
    } else if registered(name).is_none() {
        if looks_like_a_time(name)
            && let Value::Number(number) = value
            && let Some(at) = NumericDate::parse(number).filter(|at| PLAUSIBLE.contains(&at.seconds))
        {
            member.words = Some(format!("{}, {}", date(at.seconds), distance(at.seconds, now)));
        }
        member.remarks.push(unregistered(name));
    }
}

/// How long the token lives by its own words.
pub(super) fn lifetime(exp: Option<Value<'_>>, iat: Option<Value<'_>>) -> Option<String> {
    let seconds = |value: Option<Value<'_>>| match value? {
        Value::Number(number) => NumericDate::parse(number).map(|at| at.seconds),
        _ => None,
    };
    let life = seconds(exp)?.checked_sub(seconds(iat)?).and_then(|life| u64::try_from(life).ok())?;
    Some(format!("made to live {} (from `iat` to `exp`)", span(life)))
}

fn time(name: &str, value: Value<'_>, now: i64, member: &mut Member) {
    let Value::Number(number) = value else {
        if let Value::String(text) = value
            && text.decode().parse::<f64>().is_ok()
        {
            member.remarks.push(Remark::bad("a string, and no number: write it without the quotes"));
        } else {
            member.remarks.push(Remark::bad("no number: a time is written in seconds since 1970"));
        }
        return;
    };
    let Some(NumericDate { seconds, .. }) = NumericDate::parse(number) else {
        member.remarks.push(Remark::bad(match in_milliseconds(number) {
            Some(at) => format!("no time, but in milliseconds it would be {}: divide by 1000", date(at)),
            None => "no time: out of the range of the calendar".to_owned(),
        }));
        return;
    };
    member.words = Some(format!("{}, {}", date(seconds), said(name, seconds, now)));
    if seconds > *PLAUSIBLE.end() {
        member.remarks.push(Remark::careful("far in the future: a token counts whole seconds since 1970"));
    } else if name == "exp" && (1..DURATION).contains(&seconds) {
        member.remarks.push(Remark::bad(format!(
            "this looks like a duration of {}: `exp` is a moment, so add it to the present",
            span(seconds.unsigned_abs())
        )));
    } else if seconds > i64::from(i32::MAX) {
        member
            .remarks
            .push(Remark::note("after 19 January 2038, where readers with 32 bits begin again in 1901"));
    }
}

fn said(name: &str, at: i64, now: i64) -> String {
    let is_past = at <= now;
    let away = distance(at, now);
    match (name, is_past) {
        ("exp", true) => format!("expired {away}"),
        ("exp", false) => format!("expires {away}"),
        ("nbf", true) => format!("good since {}", away.strip_suffix(" ago").unwrap_or("this second")),
        ("nbf", false) => {
            format!("not good before {} from now", away.strip_prefix("in ").unwrap_or(&away))
        }
        ("iat", true) => format!("issued {away}"),
        ("iat", false) => format!("issued {away}, which is in the future"),
        ("auth_time", true) => format!("logged in {away}"),
        _ => away,
    }
}

/// A number beyond the calendar that is a time of our days, a thousandfold or more.
fn in_milliseconds(number: &str) -> Option<i64> {
    let mut number: i64 = number.split('.').next()?.parse().ok()?;
    while number > *PLAUSIBLE.end() {
        number /= 1000;
    }
    PLAUSIBLE.contains(&number).then_some(number)
}

/// RFC 7519 section 4.3: a private name works until two systems mean different things by it.
fn unregistered(name: &str) -> Remark {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    if let Some((_, right, why)) = MEANT.iter().find(|(wrong, ..)| *wrong == plain) {
        let text = format!("not registered; {why} `{right}`, and names are compared letter by letter");
        return if *right == "exp" { Remark::bad(text) } else { Remark::careful(text) };
    }
    if may_collide(name) {
        return Remark::note(
            "not registered and no URI: another system may mean something else by the same name",
        );
    }
    Remark::note("a name of its owner's (it holds a colon), which cannot be taken for another's")
}

fn looks_like_a_time(name: &str) -> bool {
    ["_at", "At", "_time", "Time", "timestamp", "_on"].iter().any(|end| name.ends_with(end))
}

/// Registered claims that hold a NumericDate.
const TIMES: [&str; 7] = ["exp", "nbf", "iat", "auth_time", "updated_at", "toe", "sip_date"];

/// Moments of our days, 2001 to 2286.
const PLAUSIBLE: std::ops::RangeInclusive<i64> = 1_000_000_000..=9_999_999_999;

/// Ten years in seconds; before 1980 no token expired.
const DURATION: i64 = 315_360_000;

/// Names people write where a registered one is meant, in lower-case letters.
const MEANT: [(&str, &str, &str); 22] = [
    ("exp", "exp", "the claim verifiers look at is"),
    ("expires", "exp", "no verifier looks at it: the end of a token is"),
    ("expiry", "exp", "no verifier looks at it: the end of a token is"),
    ("expiration", "exp", "no verifier looks at it: the end of a token is"),
    ("expiresin", "exp", "no verifier looks at it: the end of a token is"),
    ("expiresat", "exp", "no verifier looks at it: the end of a token is"),
    ("expiretime", "exp", "no verifier looks at it: the end of a token is"),
    ("iss", "iss", "the registered name is"),
    ("issuer", "iss", "the registered name is"),
    ("aud", "aud", "the registered name is"),
    ("audience", "aud", "the registered name is"),
    ("sub", "sub", "the registered name is"),
    ("subject", "sub", "the registered name is"),
    ("userid", "sub", "the registered name for whom a token is about is"),
    ("uid", "sub", "the registered name for whom a token is about is"),
    ("id", "sub", "the registered name for whom a token is about is"),
    ("issuedat", "iat", "the registered name is"),
    ("iat", "iat", "the registered name is"),
    ("notbefore", "nbf", "the registered name is"),
    ("role", "roles", "the registered name is"),
    ("scopes", "scope", "the registered name is"),
    ("permissions", "scope", "registered names are `roles`, `entitlements` and"),
];
