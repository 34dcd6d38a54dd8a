//! Doing what the life of the refresh keys asks for. As with the signing keys, whoever changes them takes the row of the
//! generation first, so that any server may do it. The rules are `rule::refresh_key_life`.

use serde_json::json;

use super::{
    GENERATION, KeysError,
    life::{needs, rotate_every, watched_at},
    make, reload,
};
use crate::{
    app::App,
    flow::{audit::Event, operator::By, throttle::millis},
    rule::{
        key_life::{MAX_LAG, Moment},
        refresh_key_life::{self, RefreshKey, RefreshStep},
    },
    store::{
        StoreError, Tx,
        keys::{self, RefreshKeyRow},
        meta, sessions,
    },
};

/// What is wanted of the refresh keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What the schedule asks for.
    Due,
    /// A new key; the old one opens what it minted.
    Rotate,
    /// A new key, and no token of the others counts: everybody has to log in again.
    RevokeAll,
}

/// A refresh key as the operator sees it. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshKeyView {
    /// Its id, as hexadecimal digits.
    pub id: String,
    /// From when on it mints.
    pub mints_from: i64,
    /// When the last token that it minted is over.
    pub expires_at: Option<i64>,
    /// Whether only its name is left.
    pub is_over: bool,
}

/// All refresh keys, the oldest first.
///
/// # Errors
/// When the database does.
pub async fn list(app: &App) -> Result<Vec<RefreshKeyView>, KeysError> {
    let rows = app.store.read(async |tx: &mut Tx<'_>| keys::list_refresh(tx).await).await?;
    Ok(rows
        .iter()
        .map(|row| RefreshKeyView {
            id: format!("{:016x}", u64::from_be_bytes(row.id)),
            mints_from: row.mints_from,
            expires_at: row.expires_at,
            is_over: row.sealed.is_empty(),
        })
        .collect())
}

/// Does it, and loads the keys anew here; the other servers notice by themselves.
///
/// # Errors
/// When the database does.
pub async fn carry_out(app: &App, wanted: Wanted, by: &By) -> Result<Vec<RefreshStep>, KeysError> {
    let last_session = app.store.read(async |tx: &mut Tx<'_>| sessions::last_end(tx).await).await?;
    let author = if wanted == Wanted::Due { "schedule".to_owned() } else { by.name() };
    let of = app.clone();
    let written = app.store.write(async move |tx: &mut Tx<'_>| {
        let now = of.clock.now_ms();
        let before = meta::value(tx, GENERATION).await?;
        meta::set(tx, GENERATION, &of.random_bytes::<16>()).await?;
        let steps = decide(&of, &keys::list_refresh(tx).await?, watched_at(tx).await?, wanted);
        for step in &steps {
            do_one(&of, tx, *step, now, last_session).await?;
            if let Some(kind) = kind(*step) {
                Event::new(kind, now).detail(json!({ "by": author })).write(&of, tx).await?;
            }
        }
        if let (true, Some(before)) = (steps.is_empty(), before) {
            meta::set(tx, GENERATION, &before).await?;
        }
        Ok(steps)
    });
    let steps = written.await?;
    if !steps.is_empty() {
        reload(app).await?;
    }
    Ok(steps)
}

/// What the schedule asks for.
///
/// # Errors
/// As [`carry_out`].
pub async fn look_after(app: &App) -> Result<(), KeysError> {
    let read =
        app.store.read(async |tx: &mut Tx<'_>| Ok((keys::list_refresh(tx).await?, watched_at(tx).await?)));
    let (rows, watched_at) = read.await?;
    if !decide(app, &rows, watched_at, Wanted::Due).is_empty() {
        carry_out(app, Wanted::Due, &By::default()).await?;
    }
    Ok(())
}

/// A row as the rules of its life see it.
pub(super) fn life_of(row: &RefreshKeyRow) -> RefreshKey {
    let RefreshKeyRow { id, mints_from, expires_at, .. } = *row;
    RefreshKey { id, mints_from, expires_at, is_over: row.sealed.is_empty() }
}

fn decide(app: &App, rows: &[RefreshKeyRow], watched_at: Option<i64>, wanted: Wanted) -> Vec<RefreshStep> {
    let lives: Vec<RefreshKey> = rows.iter().map(life_of).collect();
    let now = app.clock.now_ms();
    match wanted {
        Wanted::Due => refresh_key_life::due(&lives, rotate_every(app), Moment { now, watched_at }),
        Wanted::Rotate => refresh_key_life::rotate(&lives, now),
        Wanted::RevokeAll => refresh_key_life::revoke_all(&lives, now),
    }
}

async fn do_one(
    app: &App,
    tx: &mut Tx<'_>,
    step: RefreshStep,
    now: i64,
    last_session: Option<i64>,
) -> Result<(), StoreError> {
    let done = match step {
        RefreshStep::Make { mints_from } => {
            let row = make::make_refresh(needs(app), &app.keyring.master());
            keys::insert_refresh(tx, &RefreshKeyRow { mints_from, ..row }).await?
        }
        RefreshStep::Retire { id } => {
            // Whoever holds a token of it holds one of a session that is there now, or of one that a slow server opens.
            let longest = now + MAX_LAG + millis(app.config.sessions.absolute_lifetime);
            let expires_at = last_session.map_or(longest, |end| end.max(longest));
            keys::set_refresh_expires_at(tx, &id, expires_at).await?
        }
        RefreshStep::Keep { id, expires_at } => keys::set_refresh_expires_at(tx, &id, expires_at).await?,
        RefreshStep::End { id } => keys::mark_refresh_over(tx, &id, now).await?,
    };
    if done { Ok(()) } else { Err(StoreError::Conflict) }
}

fn kind(step: RefreshStep) -> Option<&'static str> {
    match step {
        RefreshStep::Make { .. } => Some("refresh_key.made"),
        RefreshStep::Retire { .. } => Some("refresh_key.retired"),
        RefreshStep::End { .. } => Some("refresh_key.ended"),
        RefreshStep::Keep { .. } => None,
    }
}
