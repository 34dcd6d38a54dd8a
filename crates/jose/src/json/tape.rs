//! What the scanner has found: the names of the objects that are open, to tell duplicates, and in the end the
//! members of the outermost one, so that nobody has to look for them again.

use super::Value;
use super::text::{Span, Str};

/// Room for the members of ordinary documents without a heap; can be used for one document after the other.
#[derive(Default)]
pub(crate) struct Tape {
    inline: [Record; INLINE],
    spilled: Vec<Record>,
    len: usize,
    /// How many members of the outermost object have their value.
    complete: usize,
}

#[derive(Clone, Copy, Default)]
struct Record {
    hash: u32,
    kind: Kind,
    name: Span,
    value: Span,
}

/// A value as the scanner finds it.
#[derive(Clone, Copy, Default)]
#[repr(u32)]
pub(super) enum Kind {
    #[default]
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// What stands there.
    #[inline(always)]
    pub(super) fn value(self, text: &str, span: Span) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::True => Value::Bool(true),
            Self::False => Value::Bool(false),
            Self::Number => Value::Number(span.of(text)),
            Self::String => Value::String(Str::at(text, span)),
            Self::Array => Value::Array(span.of(text)),
            Self::Object => Value::Object(span.of(text)),
        }
    }
}

impl Tape {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn complete(&self) -> usize {
        self.complete
    }

    pub(super) fn clear(&mut self) {
        self.truncate(0);
        self.complete = 0;
    }

    /// The name of a member of the outermost object, in the text that was scanned.
    #[inline]
    pub(crate) fn name<'a>(&self, text: &'a str, at: usize) -> Str<'a> {
        Str::at(text, self.record(at).name)
    }

    /// Its value, made anew each time: that is cheaper than moving one about.
    #[inline(always)]
    pub(crate) fn value<'a>(&self, text: &'a str, at: usize) -> Value<'a> {
        let record = self.record(at);
        record.kind.value(text, record.value)
    }

    /// Forgets what came after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = len;
        self.spilled.truncate(len.saturating_sub(INLINE));
    }

    pub(super) fn push(&mut self, name: Span, hash: u32) {
        let record = Record { hash, name, ..Record::default() };
        match self.inline.get_mut(self.len) {
            Some(slot) => *slot = record,
            None => self.spilled.push(record),
        }
        self.len += 1;
    }

    /// The value that goes with the last name, of the outermost object.
    pub(super) fn set_value(&mut self, kind: Kind, value: Span) {
        self.complete = self.len;
        let at = self.len - 1;
        let record = match self.inline.get_mut(at) {
            Some(slot) => slot,
            None => &mut self.spilled[at - INLINE],
        };
        (record.kind, record.value) = (kind, value);
    }

    /// Whether a name is among those from `first` on.
    pub(super) fn holds(&self, first: usize, name: Span, hash: u32, text: &str) -> bool {
        let name = Str::at(text, name);
        self.records(first).any(|known| known.hash == hash && Str::at(text, known.name).same_as(name))
    }

    pub(super) fn names<'a>(&self, first: usize, text: &'a str) -> impl Iterator<Item = Str<'a>> {
        self.records(first).map(|record| Str::at(text, record.name))
    }

    fn record(&self, at: usize) -> &Record {
        self.inline.get(at).unwrap_or_else(|| &self.spilled[at - INLINE])
    }

    fn records(&self, first: usize) -> impl Iterator<Item = &Record> {
        let inline = &self.inline[first.min(INLINE)..self.len.min(INLINE)];
        inline.iter().chain(&self.spilled[first.saturating_sub(INLINE)..])
    }
}

/// An access token has some fifteen claims, and an `act` or a `cnf` inside.
const INLINE: usize = 24;
