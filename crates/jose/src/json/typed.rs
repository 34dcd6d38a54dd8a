//! From a scanned object to the caller's type, without reading the text a second time.
//!
//! serde_json would walk it from the start. The members are on the tape, so plain strings, whole numbers and truth
//! values go straight to the caller's type; whatever is nested, escaped or unusual is handed to serde_json, and when
//! a type wants something else than it gets, serde_json alone has the word. So the outcome is always serde_json's.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::text::Str;
use super::{Tape, Value, digits};

/// The object of which `tape` holds the members, as the caller's type.
pub(crate) fn typed<'de, C: Deserialize<'de>>(text: &'de str, tape: &Tape) -> serde_json::Result<C> {
    match C::deserialize(Outermost { text, tape }) {
        Ok(claims) => Ok(claims),
        Err(Other) => serde_json::from_str(text),
    }
}

/// The quick way does not lead there.
#[derive(Debug)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the quick way")
    }
}

impl std::error::Error for Other {}

impl serde::de::Error for Other {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Other {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// serde_json's own types (`RawValue`) announce themselves by such a name and speak a protocol of their own.
fn is_private(name: &str) -> bool {
    name.starts_with('$')
}

struct Outermost<'de, 't> {
    text: &'de str,
    tape: &'t Tape,
}

impl<'de> Deserializer<'de> for Outermost<'de, '_> {
    type Error = Other;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        let mut members = Members { text: self.text, tape: self.tape, next: 0 };
        let value = visitor.visit_map(&mut members)?;
        // serde_json refuses a type that leaves members unread.
        if members.next == self.tape.len() { Ok(value) } else { Err(Other) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Other> {
        if is_private(name) { Err(Other) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Other> {
        Err(Other)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier
    }
}

struct Members<'de, 't> {
    text: &'de str,
    tape: &'t Tape,
    next: usize,
}

impl<'de> MapAccess<'de> for Members<'de, '_> {
    type Error = Other;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Other> {
        if self.next == self.tape.len() {
            return Ok(None);
        }
        let name = self.tape.name(self.text, self.next);
        self.next += 1;
        match name.plain() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some),
            None => seed.deserialize(name.decode().as_ref().into_deserializer()).map(Some),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Other> {
        let at = self.next.checked_sub(1).ok_or(Other)?;
        seed.deserialize(One { text: self.text, value: self.tape.value(self.text, at) })
    }

    fn size_hint(&self) -> Option<usize> {
        None
    }
}

/// One member's value.
struct One<'de> {
    text: &'de str,
    value: Value<'de>,
}

impl<'de> One<'de> {
    /// Has serde_json read the value as it is written, to its end: some readers of numbers stop before the point.
    fn by_serde_json<T>(
        &self,
        read: impl FnOnce(&mut Written<'de>) -> serde_json::Result<T>,
    ) -> Result<T, Other> {
        let text = match self.value {
            Value::Null => "null",
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Number(text) | Value::Array(text) | Value::Object(text) => text,
            Value::String(string) => string.quoted(self.text),
        };
        let mut written = Written::from_str(text);
        let value = read(&mut written)?;
        written.end()?;
        Ok(value)
    }
}

type Written<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// A whole number that is certainly no other kind of number: `-0` is a float to serde_json.
fn whole(number: &str) -> Option<i64> {
    match number.strip_prefix('-') {
        None => digits(number),
        Some(magnitude) => digits(magnitude).filter(|magnitude| *magnitude != 0).map(|magnitude| -magnitude),
    }
}

macro_rules! by_serde_json {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Other> {
            self.by_serde_json(|written| written.$method($($argument,)* visitor))
        })*
    };
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
            match self.value {
                Value::Number(_) => self.deserialize_any(visitor),
                _ => Err(Other),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for One<'de> {
    type Error = Other;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.value {
            Value::String(string) => text(string, visitor),
            Value::Number(number) => match whole(number) {
                Some(number) => match u64::try_from(number) {
                    Ok(number) => visitor.visit_u64(number),
                    Err(_) => visitor.visit_i64(number),
                },
                None => self.by_serde_json(|written| written.deserialize_any(visitor)),
            },
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Null => visitor.visit_unit(),
            Value::Array(_) | Value::Object(_) => {
                self.by_serde_json(|written| written.deserialize_any(visitor))
            }
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.value {
            Value::String(string) => text(string, visitor),
            _ => Err(Other),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Other> {
        if is_private(name) {
            return self.by_serde_json(|written| written.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Other> {
        match self.value {
            Value::Bool(truth) => visitor.visit_bool(truth),
            _ => Err(Other),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    by_serde_json! {
        deserialize_i128() deserialize_u128() deserialize_char() deserialize_bytes() deserialize_byte_buf()
        deserialize_unit() deserialize_unit_struct(name: &'static str) deserialize_seq() deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize) deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) deserialize_identifier()
    }
}

fn text<'de, V: Visitor<'de>>(string: Str<'de>, visitor: V) -> Result<V::Value, Other> {
    match string.plain() {
        Some(plain) => visitor.visit_borrowed_str(plain),
        None => visitor.visit_str(&string.decode()),
    }
}
