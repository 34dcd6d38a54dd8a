//! Loading a snapshot: a single message with everything in force.
//!
//! Checking and merging millions of entries takes a good part of a second, so both happen on a thread that may block.

use std::sync::Arc;

use jotgate_token::revocation::{FeedVerifier, Kind, Lists, Snapshot};

use super::State;
use super::follower::Trouble;

/// Checks a snapshot and merges its entries.
pub(super) async fn take(
    state: Arc<State>,
    verifier: FeedVerifier,
    message: bytes::Bytes,
) -> Result<Snapshot, Trouble> {
    let work = move || {
        let text = str::from_utf8(&message).map_err(|_| Trouble::NotAMessage)?;
        let snapshot = verifier.verify_snapshot(text).map_err(|error| Trouble::Message(error.reason()))?;
        merge(&state, &snapshot.lists);
        Ok(snapshot)
    };
    // It fails only when the runtime shuts down or the work panics, and then nothing was loaded.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Trouble::NotAMessage))
}

fn merge(state: &State, lists: &Lists) {
    let mut counts = [0; Kind::ALL.len()];
    lists.iter().for_each(|entry| counts[entry.kind as usize] += 1);
    for kind in Kind::ALL {
        state.set.expect(kind, counts[kind as usize]);
    }
    state.set.merge(lists.iter());
}
