//! The Token Status List, for verifiers that know that standard and not the feed (`docs/status-list.md`).
//!
//! Every session has one place in one list, and all its tokens name it. It is taken in the transaction that opens the
//! session and marked in the one that ends it. Role changes do not show: they end no session.
//! Spec: draft-ietf-oauth-status-list-21 sections 5.1, 6.2, 8.1 and 13.2 (indexes at random, so that neighbours in a
//! list say nothing of each other).

use std::sync::Arc;

use bytes::Bytes;
use jotgate_token::{
    reason,
    status_list::{self, StatusList, StatusListToken, StatusReference},
};

use super::keys;
use crate::{
    app::{
        App,
        status_lists::{Filling, Made},
    },
    error::{Error, Result},
    store::{
        SessionId, StoreError, Tx,
        sessions::{self, SessionRow},
        status_entries::{self, Place, StatusEntry},
    },
};

/// Where the tokens of a session say that their status stands; nowhere when the lists are not switched on.
///
/// # Errors
/// When the database does.
pub(super) async fn reference(app: &App, session: &SessionRow) -> Result<Option<StatusReference>> {
    if !app.config.revocations.status_list {
        return Ok(None);
    }
    let id = session.id;
    let known = app.store.read(async move |tx: &mut Tx<'_>| status_entries::by_session(tx, id).await).await?;
    let place = match known {
        Some(place) => place,
        None => take_place_late(app, session).await?,
    };
    Ok(Some(StatusReference { idx: place.idx.into(), uri: uri(app, place.list) }))
}

/// A session that was opened before the lists were switched on gets its place when it is next refreshed.
async fn take_place_late(app: &App, session: &SessionRow) -> Result<Place> {
    let (of, session) = (app.clone(), session.clone());
    let taken = app.store.write(async move |tx: &mut Tx<'_>| {
        // First, because a session that ends meanwhile would leave its new place as that of a live one.
        let is_live = sessions::hold(tx, session.id).await?;
        match status_entries::by_session(tx, session.id).await? {
            Some(place) => Ok(place),
            None => take_place(&of, tx, &session, is_live).await,
        }
    });
    Ok(taken.await?)
}

/// Takes a place for a session that has none, at random.
///
/// # Errors
/// When the database does.
pub(super) async fn take_place(
    app: &App,
    tx: &mut Tx<'_>,
    session: &SessionRow,
    is_live: bool,
) -> Result<Place, StoreError> {
    // A second more, because a token's time is rounded down and this must not be.
    let used_until = session.absolute_until.div_euclid(1000) + 1;
    let entry = |place| StatusEntry { place, session: session.id, ended: !is_live, used_until };
    // Twice, because other nodes may have filled the list since this one counted.
    for _ in 0..2 {
        let list = list_to_fill(app, tx).await?;
        for _ in 0..TRIES {
            let place = Place { list, idx: u32::from_le_bytes(app.random_bytes()) % ENTRIES };
            if status_entries::insert(tx, &entry(place)).await? {
                return Ok(place);
            }
        }
        app.status_lists.fill(Filling { list, left: 0 });
    }
    Err(StoreError::Conflict)
}

/// Kept outside the transaction: it is an estimate, and one that is undone makes it only more careful.
async fn list_to_fill(app: &App, tx: &mut Tx<'_>) -> Result<u32, StoreError> {
    if let Some(list) = app.status_lists.filling() {
        return Ok(list);
    }
    let filling = with_room(&status_entries::counts(tx).await?);
    app.status_lists.fill(filling);
    Ok(filling.list)
}

/// The first list that is less than half full, so that the first place tried is mostly free.
fn with_room(counts: &[(u32, u64)]) -> Filling {
    let half = u64::from(ENTRIES / 2);
    let count = |list| counts.iter().find(|(known, _)| *known == list).map_or(0, |(_, count)| *count);
    let list = (0..u32::MAX).find(|list| count(*list) < half).unwrap_or(u32::MAX);
    // Other nodes fill the same list, so none counts on all of it.
    Filling { list, left: half.saturating_sub(count(list)).min(COUNT_EVERY) }
}

/// Marks the place of a session that ends. Also when this process has the lists switched off: another may serve them.
///
/// # Errors
/// When the database does.
pub(super) async fn end(app: &App, tx: &mut Tx<'_>, session: SessionId) -> Result<(), StoreError> {
    status_entries::end(tx, session, app.clock.now() + 1).await.map(drop)
}

/// A list, signed: made anew at most once a second, and signed anew when it changed or is half a `ttl` old.
///
/// # Errors
/// `request.not_found` for a list without entries, and when the lists are not switched on; `keys.unavailable`,
/// `server.database`.
pub async fn status_list(app: &App, list: u32) -> Result<Bytes> {
    if !app.config.revocations.status_list {
        return Err((&reason::REQUEST_NOT_FOUND).into());
    }
    // One at a time: a crowd that asks for the same second is answered by what the first of it made.
    let mut made = app.status_lists.made().await;
    let now = app.clock.now_ms();
    if let Some(kept) = made.get(&list).filter(|kept| is_younger(now, kept.asked_at, MADE_EVERY)) {
        return Ok(kept.token.clone());
    }
    let read = async move |tx: &mut Tx<'_>| {
        let exists = status_entries::exists(tx, list).await?;
        Ok(if exists { Some(status_entries::list_ended(tx, list).await?) } else { None })
    };
    let Some(ended) = app.store.read(read).await? else {
        made.remove(&list);
        return Err((&reason::REQUEST_NOT_FOUND).into());
    };
    let keys = keys::to_sign_with(app).await?;
    if let Some(kept) = made.get_mut(&list) {
        let same = *kept.ended == *ended && kept.kid.as_deref() == keys.own.key().kid();
        if same && is_younger(now, kept.signed_at, SIGNED_EVERY) {
            kept.asked_at = now;
            return Ok(kept.token.clone());
        }
    }
    let signer = status_list::signer(keys.own.key().clone());
    let token = signer.and_then(|signer| signer.sign(&token(app, list, &ended, now)));
    let token: Bytes =
        token.map_err(|error| Error::Internal(format!("a status list cannot be signed: {error}")))?.into();
    let (ended, kid) = (Arc::from(ended), keys.own.key().kid().map(str::to_owned));
    made.insert(list, Made { asked_at: now, signed_at: now, ended, kid, token: token.clone() });
    Ok(token)
}

fn token(app: &App, list: u32, ended: &[u32], now: i64) -> StatusListToken {
    let mut statuses = StatusList::new(ENTRIES);
    for idx in ended {
        statuses.mark_invalid(u64::from(*idx));
    }
    let iat = now.div_euclid(1000);
    StatusListToken {
        iss: Some(app.config.issuer.as_str().into()),
        sub: uri(app, list),
        iat,
        exp: iat + LIFETIME,
        ttl: Some(TTL),
        list: statuses,
    }
}

fn uri(app: &App, list: u32) -> String {
    format!("{}/v1/status-lists/{list}", app.config.issuer.as_str())
}

/// A clock that was set back makes nothing young.
fn is_younger(now: i64, than: i64, age: i64) -> bool {
    (0..age).contains(&now.saturating_sub(than))
}

/// How many places a list has: 16 KiB before compression.
const ENTRIES: u32 = 1 << 17;

/// How many places are tried; in a list that is half full all of them are taken once in 2^64.
const TRIES: u32 = 64;

/// After so many places a node counts again how full the lists are.
const COUNT_EVERY: u64 = 4_096;

/// How often the database is asked for a list, in milliseconds.
const MADE_EVERY: i64 = 1_000;

/// How often a list that does not change is signed, in milliseconds: half a `ttl`.
const SIGNED_EVERY: i64 = 30_000;

/// For how long a verifier may keep a list, in seconds.
pub const TTL: u64 = 60;

/// How long a list is good, in seconds: for so long can somebody on the way pass off an old one.
const LIFETIME: i64 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_list_that_is_less_than_half_full_is_filled() {
        let half = u64::from(ENTRIES / 2);
        assert_eq!(with_room(&[]), Filling { list: 0, left: COUNT_EVERY });
        assert_eq!(with_room(&[(0, half - 10)]), Filling { list: 0, left: 10 });
        assert_eq!(with_room(&[(0, half)]), Filling { list: 1, left: COUNT_EVERY });
        assert_eq!(with_room(&[(0, half + 9), (2, half)]), Filling { list: 1, left: COUNT_EVERY });
        assert_eq!(with_room(&[(1, half), (2, 5)]), Filling { list: 0, left: COUNT_EVERY });
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_young() {
        assert!(is_younger(5_000, 4_001, MADE_EVERY) && is_younger(5_000, 5_000, MADE_EVERY));
        assert!(!is_younger(5_000, 4_000, MADE_EVERY) && !is_younger(5_000, 5_001, MADE_EVERY));
    }
}
