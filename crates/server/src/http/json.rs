//! A strict reader of JSON bodies (RFC 8259): duplicate members, NUL characters and deep nesting are refused.
//!
//! serde_json keeps the last of two members of one name, so that two readers of one body could see two
//! different requests; nesting is bounded because depth costs stack; a NUL is refused because PostgreSQL
//! cannot keep one. Not for tokens, whose reader is in `jose`.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Reads one JSON text. The error names a place, never what stood there, because it could be a password.
pub(super) fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Levels of arrays and objects: enough for any `data`, far below what the stack holds.
const DEEPEST: usize = 24;

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth < DEEPEST {
            true => Ok(Self { depth: self.depth + 1 }),
            false => Err(E::custom(format_args!("arrays and objects are nested more than {DEEPEST} deep"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        without_nul(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            without_nul(&name)?;
            if map.contains_key(&name) {
                return Err(A::Error::custom("a member occurs twice in one object"));
            }
            map.insert(name, members.next_value_seed(inside)?);
        }
        Ok(Value::Object(map))
    }
}

fn without_nul<E: Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom("a text holds the character NUL")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn refusal(text: &[u8]) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let text = br#" {"a":[1,-2,3.5,true,null,"x\u00e9"],"b":{"c":18446744073709551615}} "#;
        assert_eq!(parse(text).unwrap(), serde_json::from_slice::<serde_json::Value>(text).unwrap());
    }

    #[test]
    fn refuses_duplicates_at_any_depth_also_when_spelt_with_escapes() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert!(refusal(text.as_bytes()).starts_with("a member occurs twice"), "{text}");
        }
    }

    #[test]
    fn refuses_depth_nul_rubbish_after_the_end_and_numbers_beyond_a_double() {
        let deep = format!("{}{}", "[".repeat(25), "]".repeat(25));
        assert!(refusal(deep.as_bytes()).starts_with("arrays and objects are nested"));
        let fits = format!("{}{}", "[".repeat(24), "]".repeat(24));
        assert!(parse(fits.as_bytes()).is_ok());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(refusal(br#"{"a":"\u0000"}"#).contains("NUL"));
        assert!(refusal(br#"{"\u0000":1}"#).contains("NUL"));
        for text in [
            &b"{} {}"[..],
            b"",
            b"{\"a\":1e999}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
        ] {
            assert!(parse(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }
}
