//! A JSON string as it stands in the text, decoded only when somebody needs it (RFC 8259 section 7).

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::hash::ends;

/// A checked string: what stands between the quotes, and how many backslashes are among it.
#[derive(Clone, Copy)]
pub(crate) struct Str<'a> {
    raw: &'a str,
    /// Only whether it is zero matters; as wide as a pointer, because a byte followed by padding makes each copy of a
    /// value wait for the one before it.
    escapes: usize,
}

/// Where something stands in the document. Documents are shorter than 4 GiB.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
    /// Of a string: how many backslashes are in it.
    escapes: u32,
}

impl Span {
    #[expect(clippy::cast_possible_truncation, reason = "the scanner refuses longer documents")]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32, escapes: 0 }
    }

    /// Reads a string from behind its opening quote; it ends before its closing one.
    #[inline(always)]
    pub(super) fn string(bytes: &[u8], start: usize) -> Option<Self> {
        let (mut at, mut escapes) = (start, 0);
        loop {
            at = plain_until(bytes, at);
            match *bytes.get(at)? {
                b'"' => return Some(Self { escapes, ..Self::new(start, at) }),
                b'\\' => {
                    escapes += 1;
                    at += escape(&bytes[at..])?.1;
                }
                // Control characters must be escaped.
                _ => return None,
            }
        }
    }

    pub(super) fn of(self, document: &str) -> &str {
        &document[self.start as usize..self.end as usize]
    }

    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    /// A hash of the length and both ends of a string: enough to spare most comparisons among few names, and more
    /// would cost more than it spares.
    pub(super) fn quick_hash(self, document: &str) -> u32 {
        match self.escapes {
            0 => ends(&document.as_bytes()[self.start as usize..self.end as usize]),
            _ => ends(Str::at(document, self).decode().as_bytes()),
        }
    }
}

impl<'a> Str<'a> {
    /// The text without escapes; borrowed when there are none.
    pub(crate) fn decode(self) -> Cow<'a, str> {
        if self.escapes > 0 { Cow::Owned(self.chars().collect()) } else { Cow::Borrowed(self.raw) }
    }

    /// The text, if it can be had without decoding.
    pub(crate) fn plain(self) -> Option<&'a str> {
        (self.escapes == 0).then_some(self.raw)
    }

    /// What stands between the quotes, escapes and all.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    pub(crate) fn is(self, text: &str) -> bool {
        if self.escapes > 0 { self.chars().eq(text.chars()) } else { self.raw == text }
    }

    pub(super) fn same_as(self, other: Self) -> bool {
        match (self.escapes, other.escapes) {
            (0, 0) => self.raw == other.raw,
            (_, 0) => self.is(other.raw),
            (0, _) => other.is(self.raw),
            _ => self.chars().eq(other.chars()),
        }
    }

    /// With its quotes, in the document it stands in.
    pub(super) fn quoted(self, document: &'a str) -> &'a str {
        let start = self.raw.as_ptr() as usize - document.as_ptr() as usize;
        &document[start - 1..start + self.raw.len() + 1]
    }

    pub(super) fn at(document: &'a str, span: Span) -> Self {
        Self { raw: span.of(document), escapes: span.escapes as usize }
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

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.same_as(*other)
    }
}

impl Eq for Str<'_> {}

impl Hash for Str<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.decode().hash(state);
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.decode(), f)
    }
}

/// The place of the next quote, backslash or control character, or the end. Eight bytes a step.
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    at + bytes.get(at..).unwrap_or_default().iter().take_while(is_plain).count()
}

/// The top bit of each byte that is not plain. Bytes above such a one may be marked wrongly; the first is right.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | is_zero(word ^ (ONES * 0x22)) | is_zero(word ^ (ONES * 0x5c))) & TOPS
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
