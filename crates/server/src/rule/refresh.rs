//! What follows when generation `g` of a refresh token is presented while `n` is stored.
//!
//! The rule of `docs/refresh-tokens.md`, as a pure function. It never touches the database: the flow carries the
//! verdict out with a conditional UPDATE and asks again when that finds another generation.
//! Tags and epochs are checked before; whoever arrives here holds a token this server made.

use serde::{Deserialize, Serialize};

/// How many superseded generations a session remembers.
pub const REMEMBERED: u64 = 8;

/// How many rotations in a row one Idempotency-Key covers.
///
/// A client makes a key per refresh; a key that never changes would turn the proof "I am the one who asked before"
/// into a bearer secret that lives as long as the session.
pub const KEY_RUN: i64 = 4;

/// The HMAC of an Idempotency-Key; the key itself is never stored.
pub type KeyDigest = [u8; 16];

/// The part of a session's row the rule decides from. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The one live generation.
    pub generation: u64,
    /// Superseded generations still remembered, oldest first.
    pub recent: Vec<Superseded>,
    /// The key that made the live generation.
    pub last_key: Option<KeyDigest>,
    /// How many rotations in a row `last_key` made.
    pub key_run: i64,
    /// End by idleness, moved by each rotation.
    pub idle_until: i64,
    /// End in any case, never moved.
    pub absolute_until: i64,
    /// Whether the session has been ended.
    pub ended: bool,
}

/// A generation that was replaced: when, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// The generation that is no longer live.
    pub generation: u64,
    /// When it was replaced, in Unix milliseconds.
    pub at: i64,
    /// What the request that replaced it carried.
    pub by: By,
}

/// What the request that superseded a generation carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// No Idempotency-Key.
    NoKey,
    /// This key: whoever repeats it is the one who asked before.
    Key(KeyDigest),
    /// A key used more than [`KEY_RUN`] times in a row: it proves nothing any more.
    SpentKey,
}

/// What the request brought besides the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The generation in the token.
    pub generation: u64,
    /// The Idempotency-Key, if any.
    pub key: Option<KeyDigest>,
    /// Proof of possession.
    pub proof: Proof,
}

/// Proof of possession of the key a session is bound to (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The session is not bound to a key.
    Unbound,
    /// The session is bound and the proof is missing or bad.
    Missing,
    /// The session is bound and the proof is good.
    Good,
}

/// The windows and lifetimes, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How long a superseded generation is forgiven when the rotation carried a key.
    pub race: i64,
    /// The same when it carried none.
    pub retry: i64,
    /// How far a rotation moves the idle end.
    pub idle: i64,
}

/// The answer of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The session had ended before.
    Ended,
    /// Idle or absolute lifetime is over.
    Expired,
    /// A bound session without proof; changes nothing.
    ProofMissing,
    /// Replace `State::generation` by the successor.
    Rotate(Successor),
    /// The token is newer than the row: the store lost a write. Go on from the token's generation.
    StoreBehind(Successor),
    /// Answer the live generation again.
    Again(Because),
    /// A token out of turn: somebody else holds a copy. End the session.
    Reused,
}

/// Why a superseded token was answered with the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The same client asks again for a reply it lost.
    Retry,
    /// Another request of the same client was under way.
    Race,
}

/// The session after a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// The new live generation.
    pub generation: u64,
    /// What is remembered now.
    pub recent: Vec<Superseded>,
    /// The key of this rotation.
    pub last_key: Option<KeyDigest>,
    /// How many in a row it has made.
    pub key_run: i64,
    /// The new idle end.
    pub idle_until: i64,
}

/// Decides what follows from presenting a token of this session at `now` (Unix milliseconds).
#[must_use]
pub fn judge(state: &State, now: i64, presented: Presented, windows: Windows) -> Verdict {
    if state.ended {
        return Verdict::Ended;
    }
    if now >= state.idle_until.min(state.absolute_until) {
        return Verdict::Expired;
    }
    if presented.proof == Proof::Missing {
        return Verdict::ProofMissing;
    }
    match presented.generation.cmp(&state.generation) {
        std::cmp::Ordering::Equal => Verdict::Rotate(successor(state, now, presented.key, windows)),
        std::cmp::Ordering::Greater => {
            let ahead = State { generation: presented.generation, recent: Vec::new(), ..state.clone() };
            Verdict::StoreBehind(successor(&ahead, now, presented.key, windows))
        }
        std::cmp::Ordering::Less => superseded(state, now, presented, windows),
    }
}

fn superseded(state: &State, now: i64, presented: Presented, windows: Windows) -> Verdict {
    if presented.proof == Proof::Good {
        return Verdict::Again(Because::Retry);
    }
    let Some(entry) = state.recent.iter().find(|entry| entry.generation == presented.generation) else {
        return Verdict::Reused;
    };
    if presented.key.is_some_and(|key| entry.by == By::Key(key)) {
        return Verdict::Again(Because::Retry);
    }
    let window = if entry.by == By::NoKey { windows.retry } else { windows.race };
    // A clock that went back makes the age negative; it counts as zero, because an honest client must not pay for it.
    if (now - entry.at).max(0) < window { Verdict::Again(Because::Race) } else { Verdict::Reused }
}

fn successor(state: &State, now: i64, key: Option<KeyDigest>, windows: Windows) -> Successor {
    let key_run = if key.is_some() && key == state.last_key { state.key_run + 1 } else { 1 };
    let by = match key {
        None => By::NoKey,
        Some(_) if key_run > KEY_RUN => By::SpentKey,
        Some(key) => By::Key(key),
    };
    let generation = state.generation + 1;
    let oldest = generation.saturating_sub(REMEMBERED);
    let mut recent: Vec<Superseded> =
        state.recent.iter().filter(|entry| entry.generation >= oldest).cloned().collect();
    recent.push(Superseded { generation: state.generation, at: now, by });
    Successor { generation, recent, last_key: key, key_run, idle_until: now + windows.idle }
}

#[cfg(test)]
mod tests;
