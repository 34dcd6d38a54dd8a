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
}

#[derive(Clone, Copy, Default)]
struct Record {
    hash: u32,
    kind: Kind,
    name: Span,
    value: Span,
}

#[derive(Clone, Copy, Default)]
#[repr(u32)]
enum Kind {
    #[default]
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

impl Tape {
    pub(crate) fn len(&self) -> usize {
        self.len
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
        let inner = || record.value.of(text);
        match record.kind {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(inner()),
            Kind::String => Value::String(Str::at(text, record.value)),
            Kind::Array => Value::Array(inner()),
            Kind::Object => Value::Object(inner()),
        }
    }

    /// Forgets what came after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = len;
        self.spilled.truncate(len.saturating_sub(INLINE));
    }

    pub(super) fn push(&mut self, name: Str<'_>, hash: u32, text: &str) {
        let record = Record { hash, name: name.span(text), ..Record::default() };
        match self.inline.get_mut(self.len) {
            Some(slot) => *slot = record,
            None => self.spilled.push(record),
        }
        self.len += 1;
    }

    /// The value that goes with the last name.
    pub(super) fn complete(&mut self, value: Value<'_>, text: &str) {
        let at = self.len - 1;
        let record = match self.inline.get_mut(at) {
            Some(slot) => slot,
            None => &mut self.spilled[at - INLINE],
        };
        (record.kind, record.value) = match value {
            Value::Null => (Kind::Null, Span::default()),
            Value::Bool(true) => (Kind::True, Span::default()),
            Value::Bool(false) => (Kind::False, Span::default()),
            Value::Number(number) => (Kind::Number, Span::within(text, number)),
            Value::String(string) => (Kind::String, string.span(text)),
            Value::Array(array) => (Kind::Array, Span::within(text, array)),
            Value::Object(object) => (Kind::Object, Span::within(text, object)),
        };
    }

    /// Whether a name is among those from `first` on.
    pub(super) fn holds(&self, first: usize, name: Str<'_>, hash: u32, text: &str) -> bool {
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
