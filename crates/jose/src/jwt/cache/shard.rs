//! One lock's part of the cache: a table of small sets, a byte count, and a hand that goes round.
//!
//! A token can stand in one set only. When the set is full, or the bytes are, what was not used since the hand came
//! by goes first.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{Algorithm, VerifyingKey};

pub(super) struct Shard<C> {
    slots: Box<[Option<Entry<C>>]>,
    bytes: usize,
    budget: usize,
    hand: usize,
}

/// A text, the key under which its signature is good, and what was made of its claims.
pub(super) struct Entry<C> {
    hash: u64,
    algorithm: Algorithm,
    is_used: bool,
    /// Thumbprint of the key and token, one after the other in one allocation.
    text: Zeroizing<Box<str>>,
    thumbprint_len: usize,
    payload_len: usize,
    claims: Arc<C>,
}

impl<C> Entry<C> {
    pub(super) fn new(
        hash: u64,
        token: &str,
        key: &VerifyingKey,
        claims: Arc<C>,
        payload_len: usize,
    ) -> Self {
        let text = Zeroizing::new([key.thumbprint(), token].concat().into_boxed_str());
        let thumbprint_len = key.thumbprint().len();
        Self { hash, algorithm: key.algorithm(), is_used: false, text, thumbprint_len, payload_len, claims }
    }

    /// Comparing secrets byte by byte tells nothing here: one that differs has another hash, under a key nobody knows.
    pub(super) fn is(&self, token: &str, key: &VerifyingKey) -> bool {
        let (thumbprint, text) = self.text.split_at(self.thumbprint_len);
        text == token && thumbprint == key.thumbprint() && self.algorithm == key.algorithm()
    }

    pub(super) fn token(&self) -> &str {
        &self.text[self.thumbprint_len..]
    }

    fn weight(&self) -> usize {
        self.text.len() + self.payload_len + size_of::<C>() + ALLOCATIONS
    }
}

impl<C> Shard<C> {
    pub(super) fn new(budget: usize) -> Self {
        let sets = (budget / (SLOT * WAYS)).max(1);
        let slots: Box<[_]> = std::iter::repeat_with(|| None).take(sets * WAYS).collect();
        let bytes = size_of_val(&*slots);
        Self { slots, bytes, budget, hand: 0 }
    }

    pub(super) fn find(&mut self, hash: u64, is_it: impl Fn(&Entry<C>) -> bool) -> Option<Arc<C>> {
        let entry = self.set(hash).iter_mut().flatten().find(|entry| entry.hash == hash && is_it(entry))?;
        entry.is_used = true;
        Some(Arc::clone(&entry.claims))
    }

    pub(super) fn insert(&mut self, entry: Entry<C>) {
        let weight = entry.weight();
        if size_of_val(&*self.slots) + weight > self.budget {
            return;
        }
        // Two threads may have met the same new token.
        self.forget(entry.hash, |known| known.text == entry.text);
        let first = self.first(entry.hash);
        let free = first + self.make_way(entry.hash);
        self.take(free);
        while self.bytes + weight > self.budget {
            self.turn();
        }
        self.bytes += weight;
        self.slots[free] = Some(entry);
    }

    pub(super) fn forget(&mut self, hash: u64, is_it: impl Fn(&Entry<C>) -> bool) {
        let first = self.first(hash);
        for at in first..first + WAYS {
            if self.slots[at].as_ref().is_some_and(|entry| entry.hash == hash && is_it(entry)) {
                self.take(at);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        (0..self.slots.len()).for_each(|at| self.take(at));
    }

    pub(super) fn len(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The place in the set for a newcomer: a free one, else the first that was not used lately.
    fn make_way(&mut self, hash: u64) -> usize {
        let set = self.set(hash);
        if let Some(free) = set.iter().position(Option::is_none) {
            return free;
        }
        let idle = set.iter().position(|slot| slot.as_ref().is_some_and(|entry| !entry.is_used));
        set.iter_mut().flatten().for_each(|entry| entry.is_used = false);
        idle.unwrap_or(0)
    }

    /// One step of the hand. Ends, because a second round finds nobody used.
    fn turn(&mut self) {
        let at = self.hand;
        self.hand = (at + 1) % self.slots.len();
        match &mut self.slots[at] {
            Some(entry) if entry.is_used => entry.is_used = false,
            _ => self.take(at),
        }
    }

    /// Empties a place; the text is overwritten when the entry drops.
    fn take(&mut self, at: usize) {
        if let Some(entry) = self.slots[at].take() {
            self.bytes -= entry.weight();
        }
    }

    fn set(&mut self, hash: u64) -> &mut [Option<Entry<C>>] {
        let first = self.first(hash);
        &mut self.slots[first..first + WAYS]
    }

    #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    fn first(&self, hash: u64) -> usize {
        hash as usize % (self.slots.len() / WAYS) * WAYS
    }
}

/// Places a token can stand in.
const WAYS: usize = 8;
/// One place for so many bytes of budget: about what a token and its claims weigh.
const SLOT: usize = 1024;
/// The heads of two allocations and the counts of an `Arc`.
const ALLOCATIONS: usize = 48;

#[cfg(test)]
impl<C> Shard<C> {
    /// The bytes, added up anew.
    pub(super) fn weighed(&self) -> usize {
        size_of_val(&*self.slots) + self.slots.iter().flatten().map(Entry::weight).sum::<usize>()
    }
}
