//! Telling verifiers that never ask: what is taken back goes into the feed in the transaction that takes it back.
//!
//! Whoever ends something calls [`announce`] and is done; numbering, signing and sending follow once it is committed.

mod follow;
mod publish;

use jotgate_jose::primitive::base64url;
use jotgate_token::revocation::{Digest, Entry, Kind};

pub use follow::{Follow, follow, snapshot};
pub use publish::{Turn, new_era, turn};

use crate::{
    app::App,
    store::{StoreError, Tx, revocations},
};

/// Takes back every token that this kind and id name: for a subject those whose `epoch` is below `value`, which counts
/// for no other kind.
///
/// # Errors
/// When the database does.
pub async fn announce(
    app: &App,
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    value: i64,
) -> Result<(), StoreError> {
    announce_all(app, tx, kind, &[id.to_owned()], value).await
}

/// The same of many at once.
///
/// # Errors
/// When the database does.
pub async fn announce_all(
    app: &App,
    tx: &mut Tx<'_>,
    kind: Kind,
    ids: &[String],
    value: i64,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let until = until(app, tx).await?;
    for id in ids {
        let digest = Digest::of(app.config.issuer.as_str(), kind, id);
        let value = if kind == Kind::Subject { value } else { 0 };
        let entry = Entry { value, ..Entry::new(kind, digest, until) };
        revocations::insert(tx, &app.new_id(), &entry).await?;
    }
    app.store.announced();
    Ok(())
}

/// When the last token that could be concerned is past, in seconds since 1970.
///
/// The longest lifetime of any server counts, because a command beside them may be configured otherwise, and a lifetime
/// lowered a minute ago does not shorten the tokens that are out.
async fn until(app: &App, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    // Rounded up, because the token of this very second expires as late as that.
    Ok((app.clock.now() + 1).saturating_add(reach(app, tx).await?))
}

/// How long after it was made a token of any server may be taken somewhere, in seconds.
pub(super) async fn reach(app: &App, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let noted = revocations::reach(tx, app.clock.now_ms(), GRACE).await?;
    let own = i64::try_from(own_reach(app)).unwrap_or(i64::MAX);
    Ok(noted.max(own))
}

/// How long after it was made a token of this server may be taken somewhere, in seconds: its lifetime, and as much as
/// clocks may differ.
fn own_reach(app: &App) -> u64 {
    app.config.tokens.access_lifetime.as_secs().saturating_add(app.config.revocations.feed_leeway.as_secs())
}

/// Makes the feed where there is none, and notes how far the tokens of this server reach. At the start, before the
/// first token. Where both are known it only reads, because a command that lists users must not wait for the disk.
///
/// # Errors
/// When the database does.
pub async fn begin(app: &App) -> Result<(), StoreError> {
    let (own, now) = (own_reach(app), app.clock.now_ms());
    let known = app
        .store
        .read(async move |tx: &mut Tx<'_>| {
            let noted = revocations::reach_noted_at(tx, own).await?;
            Ok(revocations::head(tx, 0).await?.is_some() && noted.is_some_and(|at| now - at < GRACE / 2))
        })
        .await?;
    if known {
        return Ok(());
    }
    let (of, era) = (app.clone(), era(app));
    app.store
        .write(async move |tx: &mut Tx<'_>| {
            revocations::begin(tx, &era).await?;
            note_reach(&of, tx).await
        })
        .await
}

/// Notes it again, as long as tokens are made.
pub(super) async fn note_reach(app: &App, tx: &mut Tx<'_>) -> Result<(), StoreError> {
    revocations::note_reach(tx, own_reach(app), app.clock.now_ms()).await
}

/// By how many seconds clocks may differ.
fn leeway(app: &App) -> u32 {
    u32::try_from(app.config.revocations.feed_leeway.as_secs()).unwrap_or(u32::MAX)
}

/// A name no era had before.
fn era(app: &App) -> String {
    base64url::encode(&app.random_bytes::<16>())
}

/// How old the note of a server that still makes tokens may be, in milliseconds; they are renewed every minute.
const GRACE: i64 = 3_600_000;
