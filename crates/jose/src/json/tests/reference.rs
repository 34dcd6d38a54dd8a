//! The scanner against a parser written from the rules alone: serde_json with a visitor that refuses what we refuse.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{json_value, scan_bytes};

/// One value, at this depth; what it is does not matter.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while elements.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.insert(name, ()).is_some() {
                return Err(A::Error::custom("twice"));
            }
            if names.len() > 256 {
                return Err(A::Error::custom("too many"));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == 32 { Err(E::custom("too deep")) } else { Ok(Self { depth: self.depth + 1 }) }
    }
}

/// `None` where serde_json cannot say: numbers beyond a float.
fn by_the_book(bytes: &[u8]) -> Option<bool> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { depth: 0 }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match read {
        Err(error) if error.to_string().contains("number out of range") => None,
        read => Some(read.is_ok() && bytes.trim_ascii_start().first() == Some(&b'{')),
    }
}

fn compare(bytes: &[u8]) {
    if let Some(good) = by_the_book(bytes) {
        let ours = scan_bytes(bytes);
        assert_eq!(ours.is_ok(), good, "{:?}: {ours:?}", String::from_utf8_lossy(bytes));
    }
}

/// Written in the ways a value can be written: spaces, escapes, numbers with exponents, deep and wide.
fn written() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        "\"([ -!#-\\[\\]-~é😀]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-7][0-9a-f]|\\\\ud83d\\\\ude00){0,9}\"",
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("null".to_owned()),
    ];
    let space = "[ \n\r\t]{0,2}";
    let value = scalar.prop_recursive(40, 200, 20, move |inner| {
        let element = (space, inner.clone(), space).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        // Few names, so that some come twice.
        let name = "\"([abc]{1,2}|\\\\u006[1-3])\"";
        let member = (space, name, space, element.clone())
            .prop_map(|(a, name, b, value)| format!("{a}{name}{b}:{value}"));
        prop_oneof![
            2 => prop::collection::vec(element, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            3 => prop::collection::vec(member, 0..9).prop_map(|list| format!("{{{}}}", list.join(","))),
        ]
    });
    prop_oneof![9 => value.clone().prop_map(|value| format!("{{\"v\":{value}}}")), 1 => value]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn agrees_on_whatever_is_written(text in written()) {
        compare(text.as_bytes());
    }

    #[test]
    fn agrees_after_a_change(
        text in written(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), "[]{}\",:\\\\0-9eE.udtn \u{7f}é-]"), 1..4),
    ) {
        let mut bytes = text.into_bytes();
        for (place, kind, byte, character) in changes {
            let at = place.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match kind {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => drop(bytes.splice(at..at, character.bytes())),
                _ => bytes.truncate(at),
            }
        }
        compare(&bytes);
    }

    #[test]
    fn agrees_about_depth_and_width(depth in 25..40_usize, members in 250..262_usize, twin in 0..400_usize) {
        compare(format!("{}{}{}", "{\"a\":".repeat(depth), 1, "}".repeat(depth)).as_bytes());
        compare(format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        let wide: Vec<_> = (0..members).map(|n| format!("\"{n}\":{n}")).collect();
        compare(format!("{{{},\"{twin}\":0}}", wide.join(",")).as_bytes());
    }
}

/// The quick way into the caller's type against serde_json's own.
mod typed {
    use std::borrow::Cow;

    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;
    use crate::json::{Limits, Tape, object_onto, typed};

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(f64),
        Text(String),
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Colour {
        Red,
        Of(u8),
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapped(i64);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Everything<'a> {
        #[serde(borrow, default)]
        cow: Option<Cow<'a, str>>,
        #[serde(default)]
        plain: Option<&'a str>,
        #[serde(default)]
        number: Option<i64>,
        #[serde(default)]
        small: Option<u8>,
        #[serde(default)]
        float: Option<f64>,
        #[serde(default)]
        wide: Option<i128>,
        #[serde(default)]
        truth: Option<bool>,
        #[serde(default)]
        list: Option<Vec<String>>,
        #[serde(default)]
        pair: Option<(i64, Value)>,
        #[serde(default)]
        either: Option<Either>,
        #[serde(default)]
        colour: Option<Colour>,
        #[serde(default)]
        wrapped: Option<Wrapped>,
        #[serde(default)]
        nothing: Option<()>,
        #[serde(default)]
        letter: Option<char>,
        #[serde(default)]
        map: Option<BTreeMap<String, Value>>,
        #[serde(default)]
        bytes: Option<&'a [u8]>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only what it shows of itself is compared")]
    struct Raw<'a> {
        #[serde(borrow)]
        number: Option<&'a RawValue>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Flat {
        number: Value,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct NewType(BTreeMap<String, Value>);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Narrow {
        number: u32,
    }

    fn same<'a, T: Deserialize<'a> + fmt::Debug>(text: &'a str) {
        let mut tape = Tape::default();
        let scanned = object_onto(&mut tape, text.as_bytes(), Limits::STRICT);
        assert_eq!(scanned, Ok(text));
        let ours = typed::<T>(text, &tape).map_err(|error| error.to_string());
        let theirs = serde_json::from_str::<T>(text).map_err(|error| error.to_string());
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}");
    }

    fn same_for_every_type(text: &str) {
        same::<Value>(text);
        same::<Everything<'_>>(text);
        same::<Raw<'_>>(text);
        same::<Flat>(text);
        same::<NewType>(text);
        same::<Narrow>(text);
        same::<Option<Flat>>(text);
        same::<BTreeMap<Cow<'_, str>, Value>>(text);
        same::<BTreeMap<i32, Value>>(text);
        same::<Box<RawValue>>(text);
        same::<serde::de::IgnoredAny>(text);
        same::<Vec<Value>>(text);
        same::<String>(text);
        same::<()>(text);
        same::<Either>(text);
        same::<Colour>(text);
        same::<Wrapped>(text);
    }

    const NAMES: [&str; 20] = [
        "cow",
        "plain",
        "number",
        "small",
        "float",
        "wide",
        "truth",
        "list",
        "pair",
        "either",
        "colour",
        "wrapped",
        "nothing",
        "letter",
        "map",
        "bytes",
        "Of",
        "1",
        "n\\u0075mber",
        "x\\n",
    ];

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => prop::sample::select(vec![
                "0", "-0", "-1", "17", "255", "256", "-129", "1.0", "-0.0", "1e3", "1E400", "9223372036854775807",
                "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
                "18446744073709551616", "999999999999999999", "1000000000000000000", "123456789012345678901234567890",
                "\"Red\"", "{\"Of\":3}", "{\"Of\":300}", "\"\"", "\"a\"", "\"\\u00e9\"", "\"é\"", "\"a\\\"b\"",
                "[\"a\",\"b\"]", "[1,null]", "[]", "{}", "{\"a\":{}}", "null", "true", "false", "[ 1 , {\"b\":[]} ]",
            ]).prop_map(str::to_owned),
            1 => json_value().prop_map(|value| value.to_string()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn is_what_serde_json_reads(
            members in prop::collection::btree_map(0..NAMES.len() - 1, value(), 0..30),
            space in " {0,2}",
        ) {
            // The escaped name and the plain one are one name.
            let members: Vec<_> = members
                .into_iter()
                .filter(|(name, _)| *name != 18)
                .map(|(name, value)| format!("{space}\"{}\":{space}{value}", NAMES[name]))
                .collect();
            same_for_every_type(&format!("{{{}}}", members.join(",")));
        }

        #[test]
        fn also_beyond_the_tapes_room(values in prop::collection::vec(value(), 20..60)) {
            let members: Vec<_> = values.iter().enumerate().map(|(n, value)| format!("\"{n}\":{value}")).collect();
            same_for_every_type(&format!("{{{}}}", members.join(",")));
        }
    }

    #[test]
    fn escaped_names_are_the_names() {
        same_for_every_type(r#"{"n\u0075mber":17,"c\u006fw":"a\u0062"}"#);
        same_for_every_type(r#"{"\u0031":17}"#);
    }

    #[test]
    fn a_value_is_read_to_its_end() {
        for value in ["1.0", "1e3", "-1.5", "12345678901234567890123.0"] {
            same_for_every_type(&format!("{{\"wide\":{value},\"number\":{value},\"small\":{value}}}"));
        }
    }
}
