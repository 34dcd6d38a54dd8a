//! The life of a refresh key: loaded everywhere before it mints, then minting, then only opening what it minted, until no
//! session can hold such a token; its name stays, so that a token of it is told from one of a key yet to be loaded.
//!
//! Spec: `design/sessions.md`, "The refresh token".

use super::key_life::{MAX_GAP, MAX_LAG, Moment};

/// A refresh key, as far as its life is concerned. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshKey {
    /// Its id.
    pub id: [u8; 8],
    /// From when on it mints.
    pub mints_from: i64,
    /// When the last token that it minted is over; none while it may mint.
    pub expires_at: Option<i64>,
    /// Whether its secret is gone and only the name is left.
    pub is_over: bool,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshStep {
    /// Make a key.
    Make {
        /// From when on it mints.
        mints_from: i64,
    },
    /// Let a key mint no more.
    Retire {
        /// Which.
        id: [u8; 8],
    },
    /// Keep a key that mints no more until then.
    Keep {
        /// Which.
        id: [u8; 8],
        /// Until when.
        expires_at: i64,
    },
    /// Throw the secret of a key away.
    End {
        /// Which.
        id: [u8; 8],
    },
}

/// What is due.
#[must_use]
pub fn due(keys: &[RefreshKey], rotate_every: Option<i64>, moment: Moment) -> Vec<RefreshStep> {
    let now = moment.now;
    let gap = moment.watched_at.map_or(i64::MAX, |at| now - at);
    if gap.abs() > MAX_GAP {
        return keys.iter().filter_map(|key| after_gap(key, gap)).collect();
    }
    let mut steps: Vec<RefreshStep> = keys.iter().filter_map(|key| by_itself(key, keys, now)).collect();
    let newest = keys.iter().map(|key| key.mints_from).max();
    if let (Some(newest), Some(every)) = (newest, rotate_every)
        && newest.saturating_add(every) <= now
    {
        steps.push(RefreshStep::Make { mints_from: now + LEAD });
    }
    steps
}

/// A new key because the operator says so: nothing when one is waiting already.
#[must_use]
pub fn rotate(keys: &[RefreshKey], now: i64) -> Vec<RefreshStep> {
    match keys.iter().any(|key| key.mints_from > now) {
        true => Vec::new(),
        false => vec![RefreshStep::Make { mints_from: now + LEAD }],
    }
}

/// Every key so far has leaked: none of their tokens counts, so every session needs a login.
#[must_use]
pub fn revoke_all(keys: &[RefreshKey], now: i64) -> Vec<RefreshStep> {
    let mut steps: Vec<RefreshStep> =
        keys.iter().filter(|key| !key.is_over).map(|key| RefreshStep::End { id: key.id }).collect();
    steps.push(RefreshStep::Make { mints_from: now });
    steps
}

/// The key that mints: the newest whose time has come, or the first before any has.
#[must_use]
pub fn minting(keys: &[RefreshKey], now: i64) -> Option<[u8; 8]> {
    let usable = || keys.iter().filter(|key| !key.is_over);
    let come = usable().filter(|key| key.mints_from <= now).max_by_key(|key| key.mints_from);
    come.or_else(|| usable().min_by_key(|key| key.mints_from)).map(|key| key.id)
}

fn by_itself(key: &RefreshKey, keys: &[RefreshKey], now: i64) -> Option<RefreshStep> {
    let has_successor = keys
        .iter()
        .any(|other| other.mints_from > key.mints_from && other.mints_from <= now && !other.is_over);
    match key.expires_at {
        _ if key.is_over => None,
        None if has_successor => Some(RefreshStep::Retire { id: key.id }),
        Some(at) if at <= now => Some(RefreshStep::End { id: key.id }),
        _ => None,
    }
}

/// Time that nobody watched counts for nothing: a clock that jumped is no proof that a session is over.
fn after_gap(key: &RefreshKey, gap: i64) -> Option<RefreshStep> {
    let at = key.expires_at.filter(|_| gap > 0 && !key.is_over)?;
    Some(RefreshStep::Keep { id: key.id, expires_at: at.saturating_add(gap) })
}

/// How long before it mints a key is made, in milliseconds: a server that has not loaded it by then mints nothing.
pub const LEAD: i64 = 10 * MAX_LAG;

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn key(id: u8, mints_from: i64) -> RefreshKey {
        RefreshKey { id: [id; 8], mints_from, expires_at: None, is_over: false }
    }

    fn at(now: i64) -> Moment {
        Moment { now, watched_at: Some(now) }
    }

    #[test]
    fn a_key_is_made_before_it_mints_and_retires_the_one_before() {
        let old = key(1, 0);
        assert_eq!(due(&[old], Some(30 * DAY), at(30 * DAY - 1)), []);
        assert_eq!(due(&[old], None, at(300 * DAY)), []);
        let made = due(&[old], Some(30 * DAY), at(30 * DAY));
        assert_eq!(made, [RefreshStep::Make { mints_from: 30 * DAY + LEAD }]);
        let new = key(2, 30 * DAY + LEAD);
        assert_eq!(due(&[old, new], Some(30 * DAY), at(new.mints_from - 1)), []);
        assert_eq!(minting(&[old, new], new.mints_from - 1), Some([1; 8]));
        assert_eq!(
            due(&[old, new], Some(30 * DAY), at(new.mints_from)),
            [RefreshStep::Retire { id: [1; 8] }]
        );
        assert_eq!(minting(&[old, new], new.mints_from), Some([2; 8]));
        assert_eq!(rotate(&[old, new], 30 * DAY), [], "one is waiting");
    }

    #[test]
    fn a_retired_key_ends_with_its_last_token_and_a_jump_of_the_clock_is_no_proof_of_that() {
        let (old, new) = (RefreshKey { expires_at: Some(9 * DAY), ..key(1, 0) }, key(2, 5));
        assert_eq!(due(&[old, new], None, at(9 * DAY - 1)), []);
        assert_eq!(due(&[old, new], None, at(9 * DAY)), [RefreshStep::End { id: [1; 8] }]);
        let jumped = Moment { now: 40 * DAY, watched_at: Some(DAY) };
        let kept = RefreshStep::Keep { id: [1; 8], expires_at: 48 * DAY };
        assert_eq!(due(&[old, new], Some(DAY), jumped), [kept]);
        let over = RefreshKey { is_over: true, ..old };
        assert_eq!(due(&[over, new], None, at(10 * DAY)), [], "its name stays");
    }

    #[test]
    fn leaked_keys_end_at_once_and_another_mints() {
        let keys = [key(1, 0), key(2, 5)];
        let steps = revoke_all(&keys, 7);
        let end = |id| RefreshStep::End { id: [id; 8] };
        assert_eq!(steps, [end(1), end(2), RefreshStep::Make { mints_from: 7 }]);
    }
}
