//! The names seen so far in every object that is still open, to find duplicates without a heap.
//!
//! One stack serves all levels: an object remembers where its names begin and drops them when it closes.

use super::text::Str;

/// Where an object's names begin.
#[derive(Clone, Copy)]
pub(super) struct Frame(usize);

pub(super) struct Names {
    inline: [Name; INLINE],
    len: usize,
    spilled: Vec<Name>,
}

#[derive(Clone, Copy, Default)]
struct Name {
    hash: u32,
    escaped: bool,
    start: usize,
    end: usize,
}

impl Names {
    pub(super) fn open(&self) -> Frame {
        Frame(self.len)
    }

    pub(super) fn close(&mut self, frame: Frame) {
        self.len = frame.0;
        self.spilled.truncate(frame.0.saturating_sub(INLINE));
    }

    /// False when the object has the name already.
    pub(super) fn insert(&mut self, frame: Frame, name: Str<'_>, document: &str) -> bool {
        let hash = name.hash();
        let inline = &self.inline[frame.0.min(INLINE)..self.len.min(INLINE)];
        let spilled = &self.spilled[frame.0.saturating_sub(INLINE)..];
        let is_same = |known: &Name| {
            known.hash == hash && Str::at(document, (known.start, known.end, known.escaped)).same_as(name)
        };
        if inline.iter().chain(spilled).any(is_same) {
            return false;
        }
        let (start, end, escaped) = name.span(document);
        let known = Name { hash, escaped, start, end };
        match self.inline.get_mut(self.len) {
            Some(slot) => *slot = known,
            None => self.spilled.push(known),
        }
        self.len += 1;
        true
    }
}

impl Default for Names {
    fn default() -> Self {
        Self { inline: [Name::default(); INLINE], len: 0, spilled: Vec::new() }
    }
}

/// Open names that need no heap: an access token with an `act` and a `cnf` inside has about twenty.
const INLINE: usize = 40;
