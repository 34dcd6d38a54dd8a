//! What a follower makes of a message: how far it knows everything, since when, and what it needs next.
//!
//! Only values in and out: no socket, no clock, no set. So the rules can be tried with every loss, repetition and
//! rearrangement there is. What a verified message lists is merged into the set whatever is decided here, because a
//! signed entry is true however it came; decided here is only what the guard may believe to know *all* of, and how
//! old that knowledge is.
//! The rules have their reasons in `docs/revocation-feed.md`.

use std::time::Duration;

use jotgate_token::revocation::{Event, Position, Snapshot};

/// How far a follower is.
///
/// Instants are readings of the guard's monotonic clock; times are seconds since 1970.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The guard's own leeway, in seconds: what an entry outlives its token by must not be less.
    leeway: u32,
    era: Option<String>,
    /// Every entry up to this number is known; none before a snapshot of this era was read.
    known: Option<u64>,
    /// Entries above `.0` and up to `.1` are known too, but not what is between `known` and `.0`.
    ahead: Option<(u64, u64)>,
    /// The number that was known when a live event told of a lower one.
    higher: Option<u64>,
    stream: Option<Stream>,
    fresh_at: Option<Duration>,
    /// A time of the issuer, and an instant at which it was at most a second later.
    reference: Option<(i64, Duration)>,
}

/// The stream that is open.
#[derive(Debug, Clone)]
struct Stream {
    nonce: String,
    sent: Sent,
    first_iat: Option<i64>,
    /// The number and the instant of the latest event.
    latest: (u64, Duration),
}

/// When the request for a stream was sent, by both clocks of the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// By the monotonic one.
    pub(super) instant: Duration,
    /// By the one on the wall, in seconds since 1970.
    pub(super) wall: i64,
}

/// What to do after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Read on.
    Read,
    /// Load the snapshot, then read on.
    Load,
    /// Close this stream and open another one.
    Leave(Why),
}

/// Why a stream or a snapshot is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Why {
    #[error("the stream does not answer our request: its first event has another nonce")]
    Nonce,
    #[error(
        "the issuer allows clocks to differ by less than this guard does; give the guard a smaller leeway"
    )]
    Leeway,
    #[error("the stream went over to another era")]
    EraWithin,
    #[error("the stream went back to a lower number")]
    OutOfOrder,
    #[error("the issuer's clock runs ahead of the time that passed here")]
    ClockMoved,
    #[error("the snapshot is of another era")]
    EraOfSnapshot,
    #[error("the snapshot ends before what is missing")]
    SnapshotBehind,
    #[error("no stream is open")]
    NoStream,
}

/// What an operator should hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The numbers began anew: the issuer's database was restored.
    NewEra,
    /// The same era has a lower number than it had: the database lost writes, and nobody announced it.
    WentBack { known: u64, told: u64 },
}

impl Progress {
    pub(super) fn new(leeway: u32) -> Self {
        Self { leeway, ..Self::default() }
    }

    /// A stream was asked for.
    pub(super) fn opened(&mut self, nonce: String, sent: Sent) {
        self.stream = Some(Stream { nonce, sent, first_iat: None, latest: (0, sent.instant) });
    }

    /// A verified event came at this instant; its entries are in the set already.
    pub(super) fn event(&mut self, event: &Event, now: Duration) -> (Next, Option<Alarm>) {
        let Some(stream) = &mut self.stream else { return (Next::Leave(Why::NoStream), None) };
        if event.feed_leeway < self.leeway {
            return (Next::Leave(self.refuse()), None);
        }
        if stream.first_iat.is_none() { self.first(event) } else { (self.later(event, now), None) }
    }

    /// The first event is known to be new, because it holds what this guard drew for it. So it alone may say that the
    /// numbers began anew or went back.
    fn first(&mut self, event: &Event) -> (Next, Option<Alarm>) {
        let Some(stream) = &mut self.stream else { return (Next::Leave(Why::NoStream), None) };
        if event.nonce.as_ref() != Some(&stream.nonce) {
            return (Next::Leave(Why::Nonce), None);
        }
        stream.first_iat = Some(event.iat);
        stream.latest = (event.seq, stream.sent.instant);
        self.reference = Some((event.iat, stream.sent.instant));
        let known = self.known.max(self.ahead.map(|(_, to)| to));
        if self.era.as_ref() != Some(&event.era) {
            let had_one = self.era.replace(event.era.clone()).is_some();
            self.forget_numbers();
            self.higher = None;
            return (self.extend(event), had_one.then_some(Alarm::NewEra));
        }
        if known > Some(event.seq) {
            self.forget_numbers();
            // No alarm yet: of two nodes one may be a moment behind. The snapshot decides.
            self.higher = self.higher.max(known);
        }
        (self.extend(event), None)
    }

    fn later(&mut self, event: &Event, now: Duration) -> Next {
        let Some((stream, first_iat)) = self.stream.as_mut().and_then(|s| s.first_iat.map(|iat| (s, iat)))
        else {
            return Next::Leave(Why::NoStream);
        };
        if self.era.as_ref() != Some(&event.era) {
            return Next::Leave(Why::EraWithin);
        }
        let (seq, heard_at) = stream.latest;
        if event.seq < seq {
            return Next::Leave(Why::OutOfOrder);
        }
        let since_first = u64::try_from(event.iat.saturating_sub(first_iat)).unwrap_or(0);
        let signed_at = stream.sent.instant.saturating_add(Duration::from_secs(since_first));
        // Because an event that claims to be of the future would hide that later ones are held back.
        if signed_at > now.saturating_add(TOLERANCE) {
            return Next::Leave(Why::ClockMoved);
        }
        // A time before the last one's: this event was sent before, or the issuer's clock was set back.
        stream.latest = (event.seq, signed_at.min(now).max(heard_at));
        self.extend(event)
    }

    fn extend(&mut self, event: &Event) -> Next {
        match (self.known, self.ahead) {
            (Some(known), _) if event.prev_seq <= known => self.known = Some(known.max(event.seq)),
            (_, Some((from, to))) if event.prev_seq <= to => self.ahead = Some((from, to.max(event.seq))),
            _ => self.ahead = Some((event.prev_seq, event.seq)),
        }
        self.settle();
        if self.needs_snapshot() { Next::Load } else { Next::Read }
    }

    /// A verified snapshot was read; its entries are in the set already.
    pub(super) fn snapshot(&mut self, snapshot: &Snapshot) -> Result<Option<Alarm>, Why> {
        if snapshot.feed_leeway < self.leeway {
            return Err(self.refuse());
        }
        if self.era.as_ref() != Some(&snapshot.era) {
            return Err(Why::EraOfSnapshot);
        }
        // An old snapshot is signed as well as a new one: it must reach what a live event told of.
        if self.ahead.is_some_and(|(from, _)| snapshot.seq < from) {
            return Err(Why::SnapshotBehind);
        }
        self.known = self.known.max(Some(snapshot.seq));
        self.settle();
        let higher = self.higher.take().filter(|higher| snapshot.seq < *higher);
        Ok(higher.map(|known| Alarm::WentBack { known, told: snapshot.seq }))
    }

    /// Joins what is known and, where that reaches the latest event, counts it as fresh.
    fn settle(&mut self) {
        let Some(known) = self.known else { return };
        let known = match self.ahead {
            Some((from, to)) if from <= known => {
                self.ahead = None;
                known.max(to)
            }
            _ => known,
        };
        self.known = Some(known);
        if let Some(stream) = self.stream.as_ref().filter(|stream| stream.first_iat.is_some()) {
            let (seq, instant) = stream.latest;
            if known >= seq {
                self.fresh_at = self.fresh_at.max(Some(instant));
            }
        }
    }

    /// Whether something before the latest event is not known.
    pub(super) fn needs_snapshot(&self) -> bool {
        self.known.is_none() || self.ahead.is_some()
    }

    /// When this guard last knew everything.
    pub(super) fn fresh_at(&self) -> Option<Duration> {
        self.fresh_at
    }

    /// When the latest event of the open stream was signed, or the stream asked for.
    pub(super) fn heard_at(&self) -> Option<Duration> {
        self.stream.as_ref().map(|stream| stream.latest.1)
    }

    /// From where a new stream should go on.
    pub(super) fn position(&self) -> Option<Position> {
        Some(Position { era: self.era.clone()?, seq: self.known? })
    }

    /// By how many seconds the issuer's clock is ahead of the one on the guard's wall.
    pub(super) fn offset(&self) -> Option<i64> {
        let stream = self.stream.as_ref()?;
        Some(stream.first_iat?.saturating_sub(stream.sent.wall))
    }

    /// Up to which time entries may be forgotten, when the clocks of the guard say this.
    ///
    /// The earlier of two times, and some seconds before it. The clock on the wall also judges the tokens: while it is
    /// slow they live longer, and so must the entries. Should it jump ahead and back, the issuer's time stands.
    pub(super) fn forgettable(&self, now: Duration, wall: i64) -> Option<i64> {
        let (iat, instant) = self.reference?;
        let passed = i64::try_from(now.saturating_sub(instant).as_secs()).unwrap_or(i64::MAX);
        Some(iat.saturating_add(passed).min(wall).saturating_sub(GRACE))
    }

    fn forget_numbers(&mut self) {
        self.known = None;
        self.ahead = None;
    }

    /// With less leeway than the guard's, an entry would leave before the last moment at which its token is taken.
    fn refuse(&mut self) -> Why {
        self.fresh_at = None;
        self.forget_numbers();
        Why::Leeway
    }
}

/// `iat` is in whole seconds, and the clocks of two machines differ a little in speed.
const TOLERANCE: Duration = Duration::from_secs(2);

/// How long a request for a stream may take, and so how far the issuer's time may be guessed too late, and more.
const GRACE: i64 = 30;

#[cfg(test)]
mod tests;
