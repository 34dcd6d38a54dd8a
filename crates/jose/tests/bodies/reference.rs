//! A reader of JSON to hold the library's own against: serde_json, made to refuse what strict JSON forbids.
//!
//! Slow and plain. Numbers stay text, because the library does not judge numbers it does not use.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The members of the object, if the text is strict JSON and one object: names unique at every level by decoded
/// name, strings without lone surrogates, at most 32 levels.
pub(crate) fn object(text: &[u8]) -> Option<Vec<(String, Box<RawValue>)>> {
    let raw: Box<RawValue> = serde_json::from_slice(text).ok()?;
    is_strict(&raw, 1).then(|| serde_json::from_str::<Members>(raw.get()).ok()).flatten().map(|read| read.0)
}

/// The string under this name, if it is one.
pub(crate) fn string(members: &[(String, Box<RawValue>)], name: &str) -> Option<String> {
    let (_, raw) = members.iter().find(|(known, _)| known == name)?;
    serde_json::from_str(raw.get()).ok()
}

fn is_strict(raw: &RawValue, depth: usize) -> bool {
    if depth > DEEPEST {
        return !raw.get().starts_with(['{', '[']);
    }
    match raw.get().as_bytes().first() {
        Some(b'{') => serde_json::from_str::<Members>(raw.get()).is_ok_and(|members| {
            let mut names = HashSet::new();
            members.0.iter().all(|(name, value)| names.insert(name) && is_strict(value, depth + 1))
        }),
        Some(b'[') => serde_json::from_str::<Vec<Box<RawValue>>>(raw.get())
            .is_ok_and(|elements| elements.iter().all(|value| is_strict(value, depth + 1))),
        Some(b'"') => serde_json::from_str::<String>(raw.get()).is_ok(),
        _ => true,
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    members.push(pair);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

const DEEPEST: usize = 32;
