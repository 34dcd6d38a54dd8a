//! An open-addressed table of digests that one thread fills while others search.
//!
//! A slot is free or holds a digest, and never changes once it holds one: so a search needs no lock, and finds
//! everything that was there when it began. Nothing is taken out; a table with less in it is a new one.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Digests, and for subjects the value beside each.
pub(super) struct Table {
    lines: Box<[Line]>,
    /// One for each slot, or none at all.
    values: Box<[AtomicI64]>,
    /// Whether the digest of eight zeros is in it, which in a slot means free. Its slot is the one after all others.
    has_zero: AtomicBool,
}

/// Slots that come into the processor together. They are taken from the front.
#[repr(align(64))]
#[derive(Default)]
struct Line([AtomicU64; LINE]);

impl Table {
    /// A table with so many slots, a multiple of [`LINE`] and at least one of them never to be taken.
    pub(super) fn with_slots(slots: usize, has_values: bool) -> Self {
        let values = if has_values { slots + 1 } else { 0 };
        Self {
            lines: std::iter::repeat_with(Line::default).take(slots / LINE).collect(),
            values: std::iter::repeat_with(AtomicI64::default).take(values).collect(),
            has_zero: AtomicBool::new(false),
        }
    }

    pub(super) fn slots(&self) -> usize {
        self.lines.len() * LINE
    }

    pub(super) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.values)
    }

    /// The slot of a digest.
    #[inline]
    pub(super) fn find(&self, digest: u64) -> Option<usize> {
        if digest == FREE {
            return self.has_zero.load(Ordering::Acquire).then_some(self.slots());
        }
        let mut at = self.home(digest);
        loop {
            let line = &self.lines[at].0;
            // All eight without a branch: where in the line the search ends is what no processor can foresee.
            let mut found = LINE;
            for (slot, held) in line.iter().enumerate() {
                if held.load(Ordering::Acquire) == digest {
                    found = slot;
                }
            }
            if found < LINE {
                return Some(at * LINE + found);
            }
            if line[LINE - 1].load(Ordering::Acquire) == FREE {
                return None;
            }
            at = self.after(at);
        }
    }

    /// The value beside a digest.
    #[inline]
    pub(super) fn value(&self, digest: u64) -> Option<i64> {
        self.find(digest).map(|slot| self.values[slot].load(Ordering::Acquire))
    }

    /// Puts a digest that is not in it into a free slot. One thread at a time.
    pub(super) fn insert(&self, digest: u64, value: i64) -> usize {
        if digest == FREE {
            self.raise_from_nothing(self.slots(), value);
            self.has_zero.store(true, Ordering::Release);
            return self.slots();
        }
        let mut at = self.home(digest);
        loop {
            let free = self.lines[at].0.iter().position(|held| held.load(Ordering::Relaxed) == FREE);
            if let Some(slot) = free {
                let slot = at * LINE + slot;
                // First, because whoever sees the digest reads the value.
                self.raise_from_nothing(slot, value);
                self.lines[at].0[slot % LINE].store(digest, Ordering::Release);
                return slot;
            }
            at = self.after(at);
        }
    }

    /// Raises the value of a slot to at least this.
    pub(super) fn raise(&self, slot: usize, value: i64) {
        if let Some(held) = self.values.get(slot) {
            held.fetch_max(value, Ordering::AcqRel);
        }
    }

    fn raise_from_nothing(&self, slot: usize, value: i64) {
        if let Some(held) = self.values.get(slot) {
            held.store(value, Ordering::Release);
        }
    }

    /// Slot, digest and value of everything in it.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, u64, i64)> + '_ {
        let value = |slot: usize| self.values.get(slot).map_or(0, |value| value.load(Ordering::Acquire));
        let digests = self.lines.iter().flat_map(|line| &line.0).map(|held| held.load(Ordering::Acquire));
        let taken = digests.enumerate().filter(|(_, digest)| *digest != FREE);
        let zero = self.has_zero.load(Ordering::Acquire).then_some((self.slots(), FREE));
        taken.chain(zero).map(move |(slot, digest)| (slot, digest, value(slot)))
    }

    /// The line where a search begins. Digests are the start of a SHA-256, so their upper bits spread well.
    #[inline]
    fn home(&self, digest: u64) -> usize {
        ((u128::from(digest) * self.lines.len() as u128) >> 64) as usize
    }

    #[inline]
    fn after(&self, line: usize) -> usize {
        if line + 1 == self.lines.len() { 0 } else { line + 1 }
    }
}

/// Slots in a line of the cache.
pub(super) const LINE: usize = 8;

const FREE: u64 = 0;
