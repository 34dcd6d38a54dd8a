//! The one reader every header, payload and key passes before anything else looks at it (RFC 8259, RFC 7515
//! section 4, RFC 7519 section 4).
//!
//! serde skips what it does not know and keeps the last of two members with one name; an attacker lives in exactly
//! that gap. So this scanner walks everything: UTF-8, grammar, surrogates, depth, number of members, and duplicate
//! names by their decoded spelling at every level. Small objects cost no heap. It hands the members of the
//! outermost object to the caller and builds no tree.

mod names;
pub(crate) mod path;
mod text;

pub(crate) use text::Str;

use names::Names;

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

/// Reads one JSON object and shows its members in order. The bytes are checked to the end even when the visitor
/// has seen enough, because a flaw behind a good member is still a flaw.
pub(crate) fn object<'a>(
    bytes: &'a [u8],
    limits: Limits,
    mut visit: impl FnMut(Member<'a>),
) -> Result<&'a str, Flaw> {
    let text = std::str::from_utf8(bytes).map_err(|_| Flaw::Utf8)?;
    if text.starts_with('\u{feff}') {
        return Err(Flaw::Utf8);
    }
    let mut scanner = Scanner { text, at: 0, depth: 0, limits, names: Names::default() };
    scanner.white_space();
    let is_object = scanner.peek() == Some(b'{');
    if is_object {
        scanner.members(&mut visit)?;
    } else {
        scanner.value()?;
    }
    scanner.white_space();
    if scanner.at != text.len() {
        return Err(Flaw::Grammar);
    }
    if is_object { Ok(text) } else { Err(Flaw::NotObject) }
}

/// The elements of an array this module has already checked.
pub(crate) fn elements(array: &str) -> impl Iterator<Item = Value<'_>> {
    let limits = Limits { unique_to: 0, ..Limits::STRICT };
    let mut scanner = Scanner { text: array, at: 0, depth: 0, limits, names: Names::default() };
    std::iter::from_fn(move || {
        // Steps over `[` first and over `,` later; `]` leaves no value to read.
        scanner.white_space();
        scanner.at += 1;
        scanner.white_space();
        scanner.value().ok()
    })
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    limits: Limits,
    names: Names,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Result<(), Flaw> {
        if self.peek() != Some(wanted) {
            return Err(Flaw::Grammar);
        }
        self.at += 1;
        Ok(())
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Flaw> {
        let start = self.at;
        match self.peek().ok_or(Flaw::Grammar)? {
            b'"' => self.string().map(Value::String),
            b'{' => {
                self.members(&mut |_| ())?;
                Ok(Value::Object(&self.text[start..self.at]))
            }
            b'[' => {
                self.array()?;
                Ok(Value::Array(&self.text[start..self.at]))
            }
            b't' => self.literal("true", Value::Bool(true)),
            b'f' => self.literal("false", Value::Bool(false)),
            b'n' => self.literal("null", Value::Null),
            _ => self.number().map(Value::Number),
        }
    }

    fn members(&mut self, visit: &mut impl FnMut(Member<'a>)) -> Result<(), Flaw> {
        self.enter()?;
        let unique = self.depth <= self.limits.unique_to;
        let frame = self.names.open();
        let mut count = 0;
        self.white_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.white_space();
            let name = self.string()?;
            count += 1;
            if count > self.limits.members {
                return Err(Flaw::Members);
            }
            if unique && !self.names.insert(frame, name, self.text) {
                return Err(Flaw::DuplicateMember);
            }
            self.white_space();
            self.take(b':')?;
            self.white_space();
            let value = self.value()?;
            visit(Member { name, value });
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.names.close(frame);
        self.depth -= 1;
        self.take(b'}')
    }

    fn array(&mut self) -> Result<(), Flaw> {
        self.enter()?;
        self.white_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.white_space();
            self.value()?;
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.depth -= 1;
        self.take(b']')
    }

    fn enter(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        self.depth += 1;
        if self.depth > self.limits.depth { Err(Flaw::Depth) } else { Ok(()) }
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Flaw> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Flaw::Grammar);
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<&'a str, Flaw> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(Flaw::Grammar),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(Flaw::Grammar) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Str<'a>, Flaw> {
        self.take(b'"')?;
        let (string, len) = Str::read(&self.text[self.at..]).ok_or(Flaw::Grammar)?;
        self.at += len;
        Ok(string)
    }
}

#[cfg(test)]
mod tests;
