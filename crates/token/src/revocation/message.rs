//! What an event and a snapshot say, and how the two are told apart.
//! Not here: signatures (`sign`), and when a message counts as fresh.

use jotgate_jose::{Error, Reason};
use serde::{Deserialize, Serialize};

use super::{Lists, is_era};
use crate::wire::whole_seconds;

/// What changed: every entry in force with a number above `prev_seq` and up to `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The issuer's address.
    pub iss: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// 22 characters that change when the numbers begin anew.
    pub era: String,
    /// The number up to which the reader must know everything already.
    pub prev_seq: u64,
    /// The number up to which it knows everything then. Equal to `prev_seq` in a heartbeat.
    pub seq: u64,
    /// By how many seconds the clocks of issuer and verifier may differ.
    pub feed_leeway: u32,
    /// In the first event of a stream, what its follower sent.
    pub nonce: Option<String>,
    /// The entries.
    pub lists: Lists,
}

/// What there is: every entry in force with a number up to `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The issuer's address.
    pub iss: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// 22 characters that change when the numbers begin anew.
    pub era: String,
    /// The number up to which the reader knows everything then.
    pub seq: u64,
    /// By how many seconds the clocks of issuer and verifier may differ.
    pub feed_leeway: u32,
    /// The entries.
    pub lists: Lists,
}

/// Either, as it travels out.
#[derive(Serialize)]
pub(super) struct Outgoing<'a> {
    iss: &'a str,
    iat: i64,
    era: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_seq: Option<u64>,
    seq: u64,
    feed_leeway: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(flatten)]
    lists: &'a Lists,
}

impl<'a> From<&'a Event> for Outgoing<'a> {
    fn from(event: &'a Event) -> Self {
        let Event { iss, iat, era, prev_seq, seq, feed_leeway, nonce, lists } = event;
        let (iat, seq, feed_leeway) = (*iat, *seq, *feed_leeway);
        Self { iss, iat, era, prev_seq: Some(*prev_seq), seq, feed_leeway, nonce: nonce.as_deref(), lists }
    }
}

impl<'a> From<&'a Snapshot> for Outgoing<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        let Snapshot { iss, iat, era, seq, feed_leeway, lists } = snapshot;
        let (iat, seq, feed_leeway) = (*iat, *seq, *feed_leeway);
        Self { iss, iat, era, prev_seq: None, seq, feed_leeway, nonce: None, lists }
    }
}

/// Either, as it comes in: signed by the feed's key, and nothing else known of it.
#[derive(Deserialize)]
pub(super) struct Incoming {
    iss: String,
    #[serde(deserialize_with = "whole_seconds")]
    iat: i64,
    era: String,
    #[serde(default)]
    prev_seq: Option<u64>,
    seq: u64,
    feed_leeway: u32,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    lists: Lists,
}

impl Incoming {
    pub(super) fn into_event(self) -> Result<Event, Error> {
        let Self { iss, iat, era, prev_seq, seq, feed_leeway, nonce, lists } = self.with_era()?;
        let prev_seq = prev_seq.ok_or_else(|| {
            Error::new(Reason::ClaimMissing, "an event says by `prev_seq` what it follows on")
        })?;
        // Because a reader that has `prev_seq` would think it knows more than it does.
        if prev_seq > seq {
            return Err(Error::new(Reason::ClaimMismatch, "an event that leads backwards"));
        }
        if prev_seq == seq && !lists.is_empty() {
            return Err(Error::new(Reason::ClaimMismatch, "a heartbeat with entries"));
        }
        Ok(Event { iss, iat, era, prev_seq, seq, feed_leeway, nonce, lists })
    }

    pub(super) fn into_snapshot(self) -> Result<Snapshot, Error> {
        let Self { iss, iat, era, prev_seq, seq, feed_leeway, nonce: _, lists } = self.with_era()?;
        // Because whoever took an event for a snapshot would believe to know everything after one entry.
        if prev_seq.is_some() {
            return Err(Error::new(Reason::ClaimMismatch, "an event where a snapshot is wanted"));
        }
        Ok(Snapshot { iss, iat, era, seq, feed_leeway, lists })
    }

    fn with_era(self) -> Result<Self, Error> {
        if is_era(&self.era) {
            return Ok(self);
        }
        Err(Error::new(Reason::ClaimMalformed, "`era` is no 22 characters of base64url"))
    }
}
