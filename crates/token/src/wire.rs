//! How claims are written and read, the same in every kind of token: times, audiences, scopes (RFC 7519 section 4.1).

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Number;

/// A NumericDate may have a fraction (RFC 7519 §2); it is rounded down, so that nothing lives longer for it.
pub(crate) fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let rounded = |float: f64| (float.abs() <= FARTHEST).then(|| float.floor() as i64);
    number
        .as_i64()
        .or_else(|| number.as_f64().and_then(rounded))
        .ok_or_else(|| D::Error::custom("a time out of range"))
}

pub(crate) fn some_whole_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    whole_seconds(deserializer).map(Some)
}

pub(crate) fn one_or_many<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match names {
        [one] => serializer.serialize_str(one),
        _ => serializer.collect_seq(names),
    }
}

pub(crate) fn string_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string or a list of strings")
        }

        fn visit_str<E>(self, one: &str) -> Result<Self::Value, E> {
            Ok(vec![one.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = list.next_element()? {
                names.push(name);
            }
            Ok(names)
        }
    }

    deserializer.deserialize_any(Names)
}

/// Up to here every whole second is exact as a float.
const FARTHEST: f64 = 9_007_199_254_740_992.0;
