//! What this node knows of the revocation feed, in memory, and who listens to it.
//!
//! Followers are served from here: however many connect, load or come back, none of it costs a query. Reading the
//! database, signing and sending is `flow::revocations`; this only holds, and hands the same bytes to everybody.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jotgate_token::revocation::{Entry, Position};
use tokio::{sync::mpsc, time::Instant};

use crate::store::revocations::Head;

/// The feed of a node.
pub struct Feed {
    state: Mutex<State>,
    places: Arc<Mutex<Places>>,
    snapshot: tokio::sync::Mutex<Option<Arc<Snapshot>>>,
}

/// Streams that are open, in all and by where they come from.
struct Places {
    free: usize,
    in_all: usize,
    of_one_network: usize,
    taken: HashMap<String, usize>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// Those in force, by number.
    entries: VecDeque<(u64, Entry)>,
    listeners: Vec<mpsc::Sender<Bytes>>,
    /// When something was sent to all of them.
    sent_at: Option<Instant>,
    stopped: bool,
}

/// What was read last.
#[derive(Debug, Clone)]
pub struct Known {
    /// Everything up to here is known.
    pub head: Head,
    /// The server's time before it was read, in seconds since 1970.
    pub at: i64,
    /// The same on a clock that is never set.
    pub read_at: Instant,
}

/// A follower's place among the streams.
#[derive(Debug)]
pub struct Stream {
    /// Where it begins, and when that was so.
    pub known: Known,
    /// The number from which on it gets everything: its own, or that of `known`.
    pub prev_seq: u64,
    /// What lies between.
    pub missed: Vec<Entry>,
    /// What comes from now on; ends when the node has nothing to tell any more.
    pub live: mpsc::Receiver<Bytes>,
    /// Its place, given back when dropped.
    pub place: Place,
}

/// One of the streams that may be open.
pub struct Place {
    places: Arc<Mutex<Places>>,
    network: String,
}

/// Why there is no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStream {
    /// As many as are allowed are open.
    Full,
    /// As many as one network may hold are open from this one.
    Crowd,
    /// This node does not know the newest state.
    Blind,
}

/// A snapshot, made once and sent to everybody.
#[derive(Debug)]
pub struct Snapshot {
    /// What it holds.
    pub head: Head,
    /// When it was made.
    pub made_at: Instant,
    /// The signed message.
    pub plain: Bytes,
    /// The same, compressed.
    pub gzip: Bytes,
    /// Tells it from any other.
    pub tag: String,
}

impl Feed {
    /// A feed that knows nothing yet, for so many streams in all and from one network.
    #[must_use]
    pub fn new(in_all: usize, of_one_network: usize) -> Self {
        let places = Places { free: in_all, in_all, of_one_network, taken: HashMap::new() };
        Self {
            state: Mutex::default(),
            places: Arc::new(Mutex::new(places)),
            snapshot: tokio::sync::Mutex::default(),
        }
    }

    /// What is known, unless it was never read, or not for [`BLIND_AFTER`].
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        self.state().known.clone().filter(|known| known.read_at.elapsed() < BLIND_AFTER)
    }

    /// What was read last, however long ago.
    #[must_use]
    pub fn last_known(&self) -> Option<Known> {
        self.state().known.clone()
    }

    /// Begins anew with these entries. Who listens so far is sent away, to come back and be told.
    pub fn replace(&self, known: Known, entries: impl IntoIterator<Item = (u64, Entry)>) {
        let mut state = self.state();
        state.listeners.clear();
        state.entries = entries.into_iter().collect();
        state.known = Some(known);
    }

    /// Adds entries and tells everybody.
    pub fn append(&self, known: Known, entries: &[(u64, Entry)], event: &Bytes) {
        let mut state = self.state();
        state.entries.extend(entries);
        state.known = Some(known);
        state.send(event);
    }

    /// The head was read and has not moved; whether it is time to say so.
    pub fn unchanged(&self, known: Known) -> bool {
        let mut state = self.state();
        state.known = Some(known);
        let is_heard = !state.listeners.is_empty();
        is_heard && state.sent_at.is_none_or(|sent_at| sent_at.elapsed() >= HEARTBEAT)
    }

    /// Tells everybody that there is nothing to tell.
    pub fn beat(&self, event: &Bytes) {
        self.state().send(event);
    }

    /// Sends everybody away when the head was not read for [`BLIND_AFTER`]: who listens to a node that sees nothing would
    /// take its silence for peace. True when there was anybody.
    pub fn close_if_blind(&self) -> bool {
        let mut state = self.state();
        let is_blind = state.known.as_ref().is_none_or(|known| known.read_at.elapsed() >= BLIND_AFTER);
        is_blind && !std::mem::take(&mut state.listeners).is_empty()
    }

    /// Sends everybody away and takes nobody any more.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        state.listeners.clear();
    }

    /// A place for a follower from this network that knows everything up to `last`.
    ///
    /// # Errors
    /// [`NoStream`].
    pub fn open(&self, network: String, last: Option<&Position>) -> Result<Stream, NoStream> {
        let place = self.place(network)?;
        // A follower counts what it is told first as new, so it must not be told what was new seconds ago.
        let known = self.known().filter(|known| known.read_at.elapsed() < RECENT).ok_or(NoStream::Blind)?;
        let mut state = self.state();
        if state.stopped {
            return Err(NoStream::Blind);
        }
        // Read again, because what is sent between two looks would be lost.
        let known = Known { head: state.known.as_ref().map_or(known.head, |now| now.head.clone()), ..known };
        let resumed = last.filter(|last| last.era == known.head.era && last.seq <= known.head.seq);
        let missed = resumed.and_then(|last| state.since(last.seq, known.at));
        let prev_seq = match (&missed, resumed) {
            (Some(_), Some(last)) => last.seq,
            _ => known.head.seq,
        };
        let (sender, live) = mpsc::channel(WAITING);
        state.listeners.push(sender);
        Ok(Stream { known, prev_seq, missed: missed.unwrap_or_default(), live, place })
    }

    /// All entries in force, and up to where they are known.
    #[must_use]
    pub fn all(&self) -> Option<(Known, Vec<Entry>)> {
        let known = self.known()?;
        let state = self.state();
        let head = state.known.as_ref().map_or(known.head, |now| now.head.clone());
        let entries = in_force(state.entries.iter(), known.at);
        Some((Known { head, ..known }, entries))
    }

    /// Forgets what ended before `now`, in seconds since 1970.
    pub fn forget(&self, now: i64) {
        self.state().entries.retain(|(_, entry)| i64::from(entry.until) >= now);
    }

    /// The place where the newest snapshot is kept. Whoever holds it makes the next, and all others wait for that one.
    pub async fn snapshot(&self) -> tokio::sync::MutexGuard<'_, Option<Arc<Snapshot>>> {
        self.snapshot.lock().await
    }

    /// How many streams are open.
    #[must_use]
    pub fn streams(&self) -> usize {
        let places = locked(&self.places);
        places.in_all - places.free
    }

    /// How many entries are kept.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.state().entries.len()
    }

    fn place(&self, network: String) -> Result<Place, NoStream> {
        let mut places = locked(&self.places);
        let of_one_network = places.of_one_network;
        let taken = places.taken.get(&network).copied().unwrap_or(0);
        if places.free == 0 {
            return Err(NoStream::Full);
        }
        if taken >= of_one_network {
            return Err(NoStream::Crowd);
        }
        places.free -= 1;
        places.taken.insert(network.clone(), taken + 1);
        Ok(Place { places: Arc::clone(&self.places), network })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = locked(&self.places);
        places.free += 1;
        if let Some(taken) = places.taken.get_mut(&self.network) {
            *taken -= 1;
            if *taken == 0 {
                places.taken.remove(&self.network);
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn send(&mut self, event: &Bytes) {
        self.sent_at = Some(now());
        // Who reads too slowly is sent away too: it comes back and is told what it missed.
        self.listeners.retain(|listener| listener.try_send(event.clone()).is_ok());
    }

    /// The entries with a number above this, unless they are too many for one event.
    fn since(&self, seq: u64, now: i64) -> Option<Vec<Entry>> {
        let from = self.entries.partition_point(|(number, _)| *number <= seq);
        let is_few = self.entries.len() - from <= MOST_AT_ONCE;
        is_few.then(|| in_force(self.entries.range(from..), now))
    }
}

fn in_force<'a>(entries: impl Iterator<Item = &'a (u64, Entry)>, now: i64) -> Vec<Entry> {
    entries.map(|(_, entry)| *entry).filter(|entry| i64::from(entry.until) >= now).collect()
}

/// The moment, for measuring spans only.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "only a duration is measured")]
pub fn now() -> Instant {
    Instant::now()
}

/// The most entries of one event.
pub const MOST_AT_ONCE: usize = 4096;

/// For how long what was read counts for a new stream. The database is read many times in a second.
const RECENT: Duration = Duration::from_secs(2);

/// For how long what was read counts.
pub const BLIND_AFTER: Duration = Duration::from_secs(5);

/// The longest silence on a stream.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Events that may wait for a slow reader.
const WAITING: usize = 64;
