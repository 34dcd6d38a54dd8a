//! A JSON string as it stands in the text, decoded only when somebody needs it (RFC 8259 section 7).

use std::borrow::Cow;
use std::fmt;

/// A checked string: what stands between the quotes, and whether a backslash is among it.
#[derive(Clone, Copy)]
pub(crate) struct Str<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Str<'a> {
    /// Reads up to and over the closing quote; also says how many bytes that took.
    pub(super) fn read(text: &'a str) -> Option<(Self, usize)> {
        let bytes = text.as_bytes();
        let (mut at, mut escaped) = (0, false);
        loop {
            match *bytes.get(at)? {
                b'"' => return Some((Self { raw: &text[..at], escaped }, at + 1)),
                b'\\' => {
                    escaped = true;
                    at += escape(&bytes[at..])?.1;
                }
                // Control characters must be escaped.
                0..0x20 => return None,
                _ => at += 1,
            }
        }
    }

    /// The text without escapes; borrowed when there are none.
    pub(crate) fn decode(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(self.chars().collect()) } else { Cow::Borrowed(self.raw) }
    }

    /// The text, if it can be had without decoding.
    pub(crate) fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// What stands between the quotes, escapes and all.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    pub(crate) fn is(self, text: &str) -> bool {
        if self.escaped { self.chars().eq(text.chars()) } else { self.raw == text }
    }

    pub(super) fn same_as(self, other: Self) -> bool {
        match (self.escaped, other.escaped) {
            (false, false) => self.raw == other.raw,
            (_, false) => self.is(other.raw),
            (false, _) => other.is(self.raw),
            (true, true) => self.chars().eq(other.chars()),
        }
    }

    /// FNV-1a of the decoded text. It only spares comparisons: equal hashes are always followed by a comparison,
    /// and the number of members is capped, so collisions buy an attacker nothing.
    pub(super) fn hash(self) -> u32 {
        let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        if !self.escaped {
            return self.raw.as_bytes().iter().fold(0x811c_9dc5, step);
        }
        let mut utf8 = [0; 4];
        self.chars().fold(0x811c_9dc5, |hash, character| {
            character.encode_utf8(&mut utf8).as_bytes().iter().fold(hash, step)
        })
    }

    /// Where the raw text stands in `document`, so that a name can be kept in eight bytes.
    pub(super) fn span(self, document: &str) -> (usize, usize, bool) {
        let start = self.raw.as_ptr() as usize - document.as_ptr() as usize;
        (start, start + self.raw.len(), self.escaped)
    }

    pub(super) fn at(document: &'a str, span: (usize, usize, bool)) -> Self {
        Self { raw: &document[span.0..span.1], escaped: span.2 }
    }

    fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let (character, len) = match first {
                '\\' => escape(rest.as_bytes())?,
                _ => (first, first.len_utf8()),
            };
            rest = &rest[len..];
            Some(character)
        })
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.decode(), f)
    }
}

/// One escape from its backslash on: the character and the bytes it took. A surrogate stands only in a pair.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(bytes),
        _ => return None,
    };
    Some((character, 2))
}

fn unicode_escape(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = hex4(bytes.get(2..6)?)?;
    if !(0xd800..0xe000).contains(&unit) {
        return Some((char::from_u32(unit)?, 6));
    }
    if unit >= 0xdc00 || bytes.get(6..8)? != b"\\u" {
        return None;
    }
    let low = hex4(bytes.get(8..12)?)?;
    if !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    let character = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?;
    Some((character, 12))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
}
