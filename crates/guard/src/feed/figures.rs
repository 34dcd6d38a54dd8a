//! What a follower counts, for the guard's metrics.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::RevocationSet;

/// A follower at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Entries in force.
    pub entries: usize,
    /// Bytes their tables take.
    pub bytes: usize,
    /// How long ago everything was known; none before the first load.
    pub age: Option<Duration>,
    /// By how many seconds the issuer's clock is ahead of this machine's.
    pub offset: i64,
    /// Up to which number everything is known.
    pub seq: u64,
    /// Streams that began well.
    pub streams: u64,
    /// Streams that ended or never began, for whatever reason.
    pub breaks: u64,
    /// Events with entries.
    pub events: u64,
    /// Events without.
    pub heartbeats: u64,
    /// Snapshots loaded.
    pub snapshots: u64,
    /// Messages that were refused: not signed by the feed's key, or not what belongs there.
    pub refused: u64,
    /// Alarms: the feed began anew, as after a restore.
    pub new_eras: u64,
    /// Alarms: the feed's numbers went back without a new era, so the issuer's database lost writes.
    pub went_back: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) offset: AtomicI64,
    pub(super) seq: AtomicU64,
    pub(super) streams: AtomicU64,
    pub(super) breaks: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) heartbeats: AtomicU64,
    pub(super) snapshots: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) new_eras: AtomicU64,
    pub(super) went_back: AtomicU64,
}

impl Counters {
    pub(super) fn figures(&self, set: &RevocationSet, age: Option<Duration>) -> Figures {
        Figures {
            entries: set.len(),
            bytes: set.bytes(),
            age,
            offset: self.offset.load(Relaxed),
            seq: self.seq.load(Relaxed),
            streams: self.streams.load(Relaxed),
            breaks: self.breaks.load(Relaxed),
            events: self.events.load(Relaxed),
            heartbeats: self.heartbeats.load(Relaxed),
            snapshots: self.snapshots.load(Relaxed),
            refused: self.refused.load(Relaxed),
            new_eras: self.new_eras.load(Relaxed),
            went_back: self.went_back.load(Relaxed),
        }
    }
}

/// One more.
pub(super) fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
