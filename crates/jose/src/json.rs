//! The one reader every header, payload and key passes before anything else looks at it (RFC 8259, RFC 7515
//! section 4, RFC 7519 section 4).
//!
//! serde skips what it does not know and keeps the last of two members with one name; an attacker lives in exactly
//! that gap. So this scanner walks everything: UTF-8, grammar, surrogates, depth, number of members, and duplicate
//! names by their decoded spelling at every level. Small objects cost no heap. It hands the members of the
//! outermost object to the caller and builds no tree.

pub(crate) mod path;
mod scanner;
mod tape;
mod text;
mod typed;

pub(crate) use tape::Tape;
pub(crate) use text::Str;
pub(crate) use typed::typed;

use scanner::Scanner;

use crate::error::{Error, Reason};

/// What a document may be.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) depth: usize,
    /// Of one object.
    pub(crate) members: usize,
    /// How many levels of objects must have distinct names.
    pub(crate) unique_to: usize,
}

impl Limits {
    /// A header, a payload, a key: beyond these no honest one was ever seen, and recursion stays shallow.
    pub(crate) const STRICT: Self = Self { depth: 32, members: 256, unique_to: usize::MAX };

    /// The envelope of a key set, whose elements are judged one by one so that a broken key sinks only itself.
    pub(crate) const ENVELOPE: Self = Self { unique_to: 1, ..Self::STRICT };
}

/// What is wrong with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// For the reason given at `Str`.
#[repr(u64)]
pub(crate) enum Flaw {
    Utf8,
    Grammar,
    DuplicateMember,
    Depth,
    Members,
    /// Good JSON, but the outermost value is no object.
    NotObject,
}

impl Flaw {
    /// The refusal, naming the document.
    pub(crate) fn within(self, document: &'static str) -> Error {
        match self {
            Self::Utf8 => Error::new(Reason::MalformedUtf8, "bytes that are not UTF-8, or a byte order mark"),
            Self::Grammar => Error::new(Reason::MalformedJson, "text that is not JSON"),
            Self::DuplicateMember => {
                Error::new(Reason::MalformedDuplicateMember, "two members with the same name")
            }
            Self::Depth => {
                Error::new(Reason::MalformedDepth, "nesting too deep").with_expected("at most 32 levels")
            }
            Self::Members => {
                Error::new(Reason::MalformedSize, "too many members").with_expected("at most 256 an object")
            }
            Self::NotObject => Error::new(Reason::MalformedJson, "JSON that is no object"),
        }
        .within(document)
    }
}

/// A member of the outermost object.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) name: Str<'a>,
    pub(crate) value: Value<'a>,
}

/// A value; nested ones as the text they are written in, already known to be well-formed.
#[derive(Clone, Copy, Debug)]
// For the reason given at `Str`.
#[repr(u64)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    String(Str<'a>),
    Array(&'a str),
    Object(&'a str),
}

impl<'a> Value<'a> {
    pub(crate) fn as_str(self) -> Option<Str<'a>> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The JSON type, for error messages.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one JSON object and shows its members in order. The bytes are checked to the end, because a flaw behind a
/// good member is still a flaw; what stands before it is shown all the same, to those who explain.
pub(crate) fn object<'a>(
    bytes: &'a [u8],
    limits: Limits,
    mut visit: impl FnMut(Member<'a>),
) -> Result<&'a str, Flaw> {
    let mut tape = Tape::default();
    let text = utf8(bytes)?;
    let outcome = scan(&mut tape, text, limits);
    for at in 0..tape.complete() {
        visit(Member { name: tape.name(text, at), value: tape.value(text, at) });
    }
    outcome.map(|()| text)
}

/// As [`object`], leaving the members on the tape.
pub(crate) fn object_onto<'a>(tape: &mut Tape, bytes: &'a [u8], limits: Limits) -> Result<&'a str, Flaw> {
    let text = utf8(bytes)?;
    scan(tape, text, limits).map(|()| text)
}

fn utf8(bytes: &[u8]) -> Result<&str, Flaw> {
    let text = std::str::from_utf8(bytes).map_err(|_| Flaw::Utf8)?;
    if text.starts_with('\u{feff}') { Err(Flaw::Utf8) } else { Ok(text) }
}

fn scan(tape: &mut Tape, text: &str, limits: Limits) -> Result<(), Flaw> {
    tape.clear();
    if u32::try_from(text.len()).is_err() {
        return Err(Flaw::Members);
    }
    let mut scanner = Scanner::new(text, limits, tape);
    scanner.white_space();
    let is_object = scanner.peek() == Some(b'{');
    if is_object {
        scanner.members()?;
    } else {
        scanner.value()?;
    }
    scanner.white_space();
    if scanner.at != text.len() {
        return Err(Flaw::Grammar);
    }
    if is_object { Ok(()) } else { Err(Flaw::NotObject) }
}

/// A number of up to 18 digits and nothing else.
pub(crate) fn digits(number: &str) -> Option<i64> {
    if number.len() > 18 {
        return None;
    }
    number.bytes().try_fold(0, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })
}

/// The elements of an array this module has already checked.
pub(crate) fn elements(array: &str) -> impl Iterator<Item = Value<'_>> {
    let mut scanner = Scanner::again(array);
    std::iter::from_fn(move || {
        // Steps over `[` first and over `,` later; `]` leaves no value to read.
        scanner.white_space();
        scanner.at += 1;
        scanner.white_space();
        scanner.value().ok().map(|()| scanner.found())
    })
}

#[cfg(test)]
mod tests;
