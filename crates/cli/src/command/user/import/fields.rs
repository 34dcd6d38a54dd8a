//! Fields of a user as other systems write them: a flag may be a word, an object a text, a time a number.

use serde_json::{Map, Value};

pub(super) type User = Map<String, Value>;

/// A text that is not empty; a number is one too.
pub(super) fn text(user: &User, name: &str) -> Option<String> {
    match user.get(name)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first of several that is there.
pub(super) fn first_text(user: &User, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(user, name))
}

/// Whether it is said so: `true`, or as PostgreSQL writes it, `t`.
pub(super) fn flag(user: &User, name: &str) -> bool {
    match user.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => {
            ["true", "t", "1", "yes"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
        }
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// An object, or the text of one.
pub(super) fn object(user: &User, name: &str) -> Option<User> {
    match user.get(name)? {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// A list of words: an array, the text of one, or words with space or commas between.
pub(super) fn words(user: &User, name: &str) -> Vec<String> {
    let parsed = match user.get(name) {
        Some(Value::String(text)) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
        Some(value) => Some(value.clone()),
        None => None,
    };
    match parsed {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => {
            let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// A time in Unix milliseconds: a number of seconds or milliseconds, RFC 3339, what PostgreSQL writes, or MongoDB's `$date`.
pub(super) fn time(user: &User, name: &str) -> Option<i64> {
    time_of(user.get(name)?)
}

fn time_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().map(milliseconds),
        Value::Object(object) => time_of(object.get("$date").or_else(|| object.get("$numberLong"))?),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(milliseconds(number)),
            Err(_) => text.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        },
        _ => None,
    }
}

/// Nobody's account is from 1973, so a number that small is of seconds.
fn milliseconds(number: i64) -> i64 {
    if number.abs() < 100_000_000_000 { number.saturating_mul(1000) } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> User {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_time_is_read_however_it_is_written() {
        let want = Some(1_575_657_372_412);
        for text in [
            r#"{"t":1575657372412}"#,
            r#"{"t":"1575657372412"}"#,
            r#"{"t":"2019-12-06T18:36:12.412Z"}"#,
            r#"{"t":"2019-12-06 18:36:12.412+00"}"#,
            r#"{"t":"2019-12-06 19:36:12.412000+01"}"#,
            r#"{"t":{"$date":"2019-12-06T18:36:12.412Z"}}"#,
            r#"{"t":{"$date":{"$numberLong":"1575657372412"}}}"#,
        ] {
            assert_eq!(time(&user(text), "t"), want, "{text}");
        }
        assert_eq!(time(&user(r#"{"t":1575657372}"#), "t"), Some(1_575_657_372_000));
        assert_eq!(time(&user(r#"{"t":"yesterday"}"#), "t"), None);
    }

    #[test]
    fn words_flags_and_objects_come_as_text_too() {
        let user =
            user(r#"{"a":["x","y",1],"b":"[\"x\",\"y\"]","c":"x, y","d":"t","e":"f","o":"{\"k\":1}","n":7}"#);
        for name in ["a", "b", "c"] {
            assert_eq!(words(&user, name), ["x", "y"], "{name}");
        }
        assert!(flag(&user, "d") && !flag(&user, "e") && !flag(&user, "missing"));
        assert_eq!(object(&user, "o").unwrap()["k"], 1);
        assert_eq!(text(&user, "n").as_deref(), Some("7"));
    }
}
