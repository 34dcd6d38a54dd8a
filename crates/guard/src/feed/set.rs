//! Everything in force that was taken back, for readers that never wait.
//!
//! One open-addressed table a kind, of atomic words behind an `ArcSwap`. A new entry is one atomic store into the table
//! there is, so a million entries are not copied for one more; a table is replaced only to grow by a quarter or to drop
//! what has expired. (An immutable table with a small one in front of it would need two searches for every answer.)
//! Not here: when an entry may be forgotten, which `rules` says.

mod table;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use jotgate_token::revocation::{Digest, Entry, Kind};
use table::Table;

use super::Digests;

/// The entries in force of one issuer.
///
/// Exact but for the digest itself: what was not put in is not found. Any number of threads may read while one
/// writes; readers take no lock. What is in the set when a search begins is found by it, whatever is written meanwhile.
///
/// ```
/// use jotgate_guard::feed::{Digests, RevocationSet};
/// use jotgate_token::revocation::{Entry, Kind};
///
/// let digests = Digests::of("https://id.example", Some("0197"), "0198", "ada", None);
/// let set = RevocationSet::new();
/// assert_eq!(set.revoked(&digests, 1), None);
///
/// set.merge([Entry::subject(digests.subject, 2, 1_700_001_020)]);
/// assert_eq!(set.revoked(&digests, 1), Some(Kind::Subject));
/// assert_eq!(set.revoked(&digests, 2), None); // a token made after the change
///
/// set.forget_until(1_700_001_020);
/// assert_eq!(set.revoked(&digests, 1), None);
/// ```
pub struct RevocationSet {
    /// How many entries there are in all tables, so that an empty set costs a look at one number.
    held: AtomicUsize,
    tables: ArcSwap<Tables>,
    shelves: Mutex<Shelves>,
}

impl RevocationSet {
    /// A set with nothing in it.
    ///
    /// ```
    /// assert!(jotgate_guard::feed::RevocationSet::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let tables = Tables::default();
        let shelves = Kind::ALL.map(|kind| Shelf::beside(tables.of(kind)));
        Self {
            held: AtomicUsize::new(0),
            tables: ArcSwap::from_pointee(tables),
            shelves: Mutex::new(shelves),
        }
    }

    /// By which kind of entry a token with these digests and this claim `epoch` is taken back, if it is.
    ///
    /// ```
    /// use jotgate_guard::feed::{Digests, RevocationSet};
    /// use jotgate_token::revocation::{Entry, Kind};
    ///
    /// let digests = Digests::of("https://id.example", None, "0198", "ada", None);
    /// let set = RevocationSet::new();
    /// set.merge([Entry::new(Kind::Token, digests.token, 1_700_001_020)]);
    /// assert_eq!(set.revoked(&digests, 1), Some(Kind::Token));
    /// ```
    #[inline]
    #[must_use]
    pub fn revoked(&self, digests: &Digests, epoch: i64) -> Option<Kind> {
        if self.held.load(Ordering::Acquire) == 0 {
            return None;
        }
        let tables = self.tables.load();
        let in_table = |kind, digest: Option<Digest>| {
            digest.is_some_and(|digest| tables.of(kind).find(word(digest)).is_some())
        };
        if in_table(Kind::Session, digests.session) {
            Some(Kind::Session)
        } else if in_table(Kind::Token, Some(digests.token)) {
            Some(Kind::Token)
        } else if tables.of(Kind::Subject).value(word(digests.subject)).is_some_and(|value| value > epoch) {
            Some(Kind::Subject)
        } else if in_table(Kind::Key, digests.key) {
            Some(Kind::Key)
        } else {
            None
        }
    }

    /// Takes entries in. One that is known keeps the larger `value` and the later `until`.
    ///
    /// ```
    /// use jotgate_guard::feed::RevocationSet;
    /// use jotgate_token::revocation::{Digest, Entry};
    ///
    /// let set = RevocationSet::new();
    /// set.merge([Entry::subject(Digest([7; 8]), 3, 200), Entry::subject(Digest([7; 8]), 2, 300)]);
    /// assert_eq!(set.len(), 1);
    /// set.forget_until(299);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn merge(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut shelves = self.shelves();
        let tables = self.tables.load_full();
        let mut changed = None;
        for entry in entries {
            let shelf = &mut shelves[entry.kind as usize];
            let current = changed.as_ref().unwrap_or(&*tables).of(entry.kind);
            if shelf.take(current, entry) {
                continue;
            }
            let grown = Arc::new(shelf.moved(current, room_for(shelf.count + 1), None));
            shelf.take(&grown, entry);
            // Others may read it from here on; what this table still lacks is stored into it in their sight.
            let tables = changed.get_or_insert_with(|| (*tables).clone());
            tables.0[entry.kind as usize] = grown;
            self.tables.store(Arc::new(tables.clone()));
        }
        self.count(&shelves);
    }

    /// Makes room for so many entries of one kind in all, so that merging them moves its table at most once.
    ///
    /// ```
    /// use jotgate_guard::feed::RevocationSet;
    /// use jotgate_token::revocation::Kind;
    ///
    /// let set = RevocationSet::new();
    /// set.expect(Kind::Session, 1000);
    /// assert!(set.is_empty() && set.bytes() > 8000);
    /// ```
    pub fn expect(&self, kind: Kind, entries: usize) {
        let mut shelves = self.shelves();
        let mut tables = (**self.tables.load()).clone();
        let (shelf, table) = (&mut shelves[kind as usize], &mut tables.0[kind as usize]);
        if !has_room(entries, table.slots()) {
            *table = Arc::new(shelf.moved(table, room_for(entries), None));
            self.tables.store(Arc::new(tables));
        }
    }

    /// Drops every entry whose `until` is not after `time`, in seconds since 1970, and answers how many those were.
    ///
    /// ```
    /// use jotgate_guard::feed::RevocationSet;
    /// use jotgate_token::revocation::{Digest, Entry, Kind};
    ///
    /// let set = RevocationSet::new();
    /// set.merge([Entry::new(Kind::Session, Digest([7; 8]), 200)]);
    /// assert_eq!((set.forget_until(199), set.forget_until(200)), (0, 1));
    /// ```
    pub fn forget_until(&self, time: i64) -> usize {
        let mut shelves = self.shelves();
        // The last of all times stays: it stands for every time the wire cannot say.
        let Ok(time) = u32::try_from(time).map(|time| time.min(u32::MAX - 1)) else { return 0 };
        let mut tables = (**self.tables.load()).clone();
        let mut forgotten = 0;
        for (shelf, table) in shelves.iter_mut().zip(&mut tables.0) {
            let gone = shelf.untils.iter().filter(|until| **until <= time).count();
            if gone > 0 {
                *table = Arc::new(shelf.moved(table, room_for(shelf.count - gone), Some(time)));
                forgotten += gone;
            }
        }
        if forgotten > 0 {
            self.tables.store(Arc::new(tables));
            self.count(&shelves);
        }
        forgotten
    }

    /// How many entries there are.
    ///
    /// ```
    /// assert_eq!(jotgate_guard::feed::RevocationSet::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    /// Whether there is none.
    ///
    /// ```
    /// assert!(jotgate_guard::feed::RevocationSet::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its tables take, free slots and what only the writer reads included.
    ///
    /// ```
    /// assert!(jotgate_guard::feed::RevocationSet::new().bytes() < 8192);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        let shelves = self.shelves();
        let tables = self.tables.load();
        let untils = shelves.iter().map(|shelf| size_of_val(&*shelf.untils));
        untils.sum::<usize>() + tables.0.iter().map(|table| table.bytes()).sum::<usize>()
    }

    fn count(&self, shelves: &Shelves) {
        self.held.store(shelves.iter().map(|shelf| shelf.count).sum(), Ordering::Release);
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // A poisoned lock: nothing under it panics between two changes that belong together, but for an allocation
        // that fails, and then the table before it still stands.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for RevocationSet {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for RevocationSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevocationSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// What readers see: a table for each kind.
#[derive(Clone)]
struct Tables([Arc<Table>; 4]);

impl Tables {
    fn of(&self, kind: Kind) -> &Table {
        &self.0[kind as usize]
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self(Kind::ALL.map(|kind| Arc::new(Table::with_slots(room_for(0), kind == Kind::Subject))))
    }
}

type Shelves = [Shelf; 4];

/// What only the writer needs to know about a table.
struct Shelf {
    /// Until when each slot's entry is in force. A free slot has the last of all times, and so is never over.
    untils: Box<[u32]>,
    count: usize,
}

impl Shelf {
    fn beside(table: &Table) -> Self {
        Self { untils: vec![u32::MAX; table.slots() + 1].into(), count: 0 }
    }

    /// Puts an entry into the table, unless it is new and the table full.
    fn take(&mut self, table: &Table, entry: Entry) -> bool {
        let word = word(entry.digest);
        if let Some(slot) = table.find(word) {
            table.raise(slot, entry.value);
            self.untils[slot] = self.untils[slot].max(entry.until);
            return true;
        }
        if !has_room(self.count + 1, table.slots()) {
            return false;
        }
        let slot = table.insert(word, entry.value);
        self.untils[slot] = entry.until;
        self.count += 1;
        true
    }

    /// A table of so many slots with everything that is in force after `time`, or with everything.
    fn moved(&mut self, table: &Table, slots: usize, time: Option<u32>) -> Table {
        let to = Table::with_slots(slots, table.has_values());
        let mut shelf = Self::beside(&to);
        for (slot, word, value) in table.entries() {
            if time.is_none_or(|time| self.untils[slot] > time) {
                let slot_there = to.insert(word, value);
                shelf.untils[slot_there] = self.untils[slot];
                shelf.count += 1;
            }
        }
        *self = shelf;
        to
    }
}

fn word(digest: Digest) -> u64 {
    u64::from_be_bytes(digest.0)
}

/// Nine slots of ten are taken at most: beyond, a search meets too many full lines.
fn has_room(entries: usize, slots: usize) -> bool {
    entries * 10 <= slots * 9
}

/// Eight of ten after a move: 15 bytes an entry, and an eighth more before the next move.
fn room_for(entries: usize) -> usize {
    (entries * 5 / 4).next_multiple_of(table::LINE).max(SMALLEST)
}

const SMALLEST: usize = 64;

#[cfg(test)]
mod tests;
