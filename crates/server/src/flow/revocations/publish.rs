//! The sequencer and the publisher: numbers what is committed, reads what was numbered, signs it once and hands it to
//! everybody who listens.
//!
//! Every node does both, and none leads. Numbers go to committed entries only, in one short transaction behind the row
//! of the head, so that what has a number is there for everybody to read, whatever commits late or not at all (I9).

use bytes::Bytes;
use jotgate_token::revocation::{Entry, Event, Lists, Position};

use super::era;
use crate::{
    app::{
        App,
        feed::{Known, MOST_AT_ONCE, now},
    },
    error::{Error, Result},
    store::{StoreError, Tx, revocations, revocations::Head},
};

/// What a turn left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing that could be done now.
    Done,
    /// More, or somebody else was quicker: it is worth looking again at once.
    Again,
}

/// Looks at the database once, and does what is to be done.
///
/// # Errors
/// When the database or the crypto library fails. Nothing is lost by that: the next turn finds the same.
pub async fn turn(app: &App) -> Result<Turn> {
    // Both clocks before the database is asked, so that a node that is held up in between says how old its news is.
    let (at, read_at) = (app.clock.now(), now());
    let head = app.store.read(async |tx: &mut Tx<'_>| revocations::head(tx, BATCH).await).await?;
    let (mut head, waiting) = head.ok_or_else(|| Error::Internal("the feed has no head".into()))?;
    if waiting > 0 {
        if !number(app, &head, waiting).await? {
            return Ok(Turn::Again);
        }
        head.seq += waiting;
    }
    let done = catch_up(app, Known { head, at, read_at }).await?;
    Ok(if waiting == u64::from(BATCH) { Turn::Again } else { done })
}

async fn number(app: &App, from: &Head, count: u64) -> Result<bool> {
    let from = from.clone();
    match app.store.write(async move |tx: &mut Tx<'_>| revocations::number(tx, &from, count).await).await {
        // Another node was quicker.
        Err(StoreError::Conflict) => Ok(false),
        numbered => Ok(numbered?),
    }
}

async fn catch_up(app: &App, newest: Known) -> Result<Turn> {
    match app.feed.last_known() {
        Some(known) if known.head.era != newest.head.era => {
            tracing::warn!(seq = newest.head.seq, "the revocation feed has begun a new era; it is read anew");
            app.counters.feed_resets.add();
            load(app, newest).await
        }
        Some(known) if newest.head.seq < known.head.seq => went_back(app, &known.head, newest.head).await,
        Some(known) if newest.head.seq == known.head.seq => {
            if app.feed.unchanged(newest.clone()) {
                app.feed.beat(&frame(app, &newest, newest.head.seq, &[], None)?);
            }
            Ok(Turn::Done)
        }
        Some(known) => follow(app, known.head.seq, newest).await,
        None => load(app, newest).await,
    }
}

/// Reads everything in force.
async fn load(app: &App, newest: Known) -> Result<Turn> {
    let (mut entries, mut after) = (Vec::new(), 0);
    while let Some(page) = page(app, after, &newest).await? {
        after = page.1;
        entries.extend(page.0);
    }
    app.feed.replace(newest, entries);
    Ok(Turn::Done)
}

/// Reads what is new, an event for every page of it.
async fn follow(app: &App, from: u64, newest: Known) -> Result<Turn> {
    let mut prev_seq = from;
    while let Some((entries, seq)) = page(app, prev_seq, &newest).await? {
        let known = Known { head: Head { seq, ..newest.head.clone() }, ..newest.clone() };
        let plain: Vec<Entry> = entries.iter().map(|(_, entry)| *entry).collect();
        let event = frame(app, &known, prev_seq, &plain, None)?;
        app.feed.append(known, &entries, &event);
        app.counters.feed_events.add();
        prev_seq = seq;
    }
    Ok(Turn::Done)
}

/// The next entries and the number up to which they are complete; none when `after` is the head.
async fn page(app: &App, after: u64, newest: &Known) -> Result<Option<(Vec<(u64, Entry)>, u64)>> {
    let (up_to, at) = (newest.head.seq, newest.at);
    if after >= up_to {
        return Ok(None);
    }
    let list = async move |tx: &mut Tx<'_>| revocations::list(tx, after, up_to, at, BATCH).await;
    let entries = app.store.read(list).await?;
    let is_full = entries.len() >= MOST_AT_ONCE;
    let seq = entries.last().filter(|_| is_full).map_or(up_to, |(seq, _)| *seq);
    Ok(Some((entries, seq)))
}

/// The database has forgotten numbers that were given: it was restored, or failed over to a copy that was behind. What
/// gets these numbers now is something else, so followers must not compare them: another era begins.
async fn went_back(app: &App, known: &Head, found: Head) -> Result<Turn> {
    tracing::error!(
        known = known.seq,
        found = found.seq,
        "the revocation feed went back: the database was restored or has lost writes; what was revoked since may be \
         good again, so look into it; a new era of the feed begins"
    );
    app.counters.feed_resets.add();
    new_era(app, found).await?;
    Ok(Turn::Again)
}

/// Begins another era of the feed, unless the head has moved; whether it did. For a restored database: followers then
/// load everything again and keep what they had.
///
/// # Errors
/// When the database does.
pub async fn new_era(app: &App, from: Head) -> Result<bool> {
    let era = era(app);
    Ok(app.store.write(async move |tx: &mut Tx<'_>| revocations::renew(tx, &from, &era).await).await?)
}

/// An event as it goes over the wire, signed (WHATWG HTML, server-sent events).
///
/// # Errors
/// When the crypto library fails.
pub(super) fn frame(
    app: &App,
    known: &Known,
    prev_seq: u64,
    entries: &[Entry],
    nonce: Option<String>,
) -> Result<Bytes> {
    let Known { head: Head { era, seq }, at, .. } = known;
    let event = Event {
        iss: app.config.issuer.as_str().to_owned(),
        iat: *at,
        era: era.clone(),
        prev_seq,
        seq: *seq,
        feed_leeway: super::leeway(app),
        nonce,
        lists: Lists::pack(entries.iter().copied()),
    };
    let signed = app.keyring.signing().feed.sign_event(&event);
    let signed = signed.map_err(|error| Error::Internal(format!("the feed cannot be signed: {error}")))?;
    let position = Position { era: era.clone(), seq: *seq };
    Ok(format!("id: {position}\nevent: revocations\ndata: {signed}\n\n").into())
}

/// As many entries as one event may have.
const BATCH: u32 = MOST_AT_ONCE as u32;
