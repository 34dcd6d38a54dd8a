//! Removing what has served its time, in small batches, so that the number of rows follows the number of live sessions
//! (I7) and no clean-up holds the writer for long.

use super::{
    device,
    mail::{Way, kept::KEPT, way},
    revocations::{note_reach, reach},
    throttle::millis,
};
use crate::{
    app::App,
    error::Result,
    store::{
        Tx, attempts, attempts::known_addresses, audit, challenges, clients::used_assertions, devices, links,
        outbox, revocations, sessions, status_entries, totp_secrets,
    },
};

/// What one clean-up removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CleanedUp {
    /// Rows removed.
    pub rows: u64,
    /// Whether there is more to remove.
    pub more: bool,
}

/// Removes one batch of each kind.
///
/// # Errors
/// When the database does.
pub async fn clean_up(app: &App) -> Result<CleanedUp> {
    let now = app.clock.now_ms();
    let (of, config, way) = (app.clone(), app.config.clone(), way(app));
    let removed = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            note_reach(&of, tx).await?;
            // One second, because a token's time is rounded.
            let unused = now.div_euclid(1000) - 1 - reach(&of, tx).await?;
            let login = &config.login;
            let quiet = login.account.window.max(login.ip.window).max(login.pair.window);
            let known = now - millis(login.known_address_lifetime);
            let counters = attempts::count(tx).await?;
            let over = counters.saturating_sub(login.max_counters).min(u64::from(BATCH)) as u32;
            Ok([
                sessions::delete_ended_before(tx, now - millis(config.sessions.keep_ended), BATCH).await?,
                attempts::delete_older_than(tx, now - CONSECUTIVE_KEPT.max(millis(quiet)), BATCH).await?,
                if over > 0 { attempts::delete_older_than(tx, now, over).await? } else { 0 },
                known_addresses::delete_older_than(tx, known, BATCH).await?,
                devices::delete_older_than(tx, now - device::KEPT_MS, BATCH).await?,
                audit::delete_older_than(tx, now - millis(config.audit.keep), BATCH).await?,
                links::delete_expired_before(tx, now - LINKS_KEPT, BATCH).await?,
                outbox::delete_done_before(tx, now - MAILS_KEPT, BATCH).await?,
                match way {
                    Way::Inbox => outbox::delete_kept(tx, now - INBOX_KEPT, KEPT, BATCH).await?,
                    Way::Smtp | Way::Nowhere => 0,
                },
                challenges::delete_expired_before(tx, now, BATCH).await?,
                totp_secrets::delete_unconfirmed_before(tx, now - UNCONFIRMED_KEPT, BATCH).await?,
                revocations::delete_ended_before(tx, now.div_euclid(1000), BATCH).await?,
                revocations::delete_reach(tx, now, REACH_KEPT).await?,
                used_assertions::delete_expired_before(tx, now, BATCH).await?,
                status_entries::delete_used_before(tx, unused, BATCH).await?,
            ])
        })
        .await?;
    app.feed.forget(now.div_euclid(1000));
    let more = removed.iter().any(|&rows| rows >= u64::from(BATCH));
    Ok(CleanedUp { rows: removed.iter().sum(), more })
}

/// Small enough that a login behind it waits a few milliseconds.
const BATCH: u32 = 500;

/// For how long tokens of a setting that no server has any more are remembered beyond their end, in milliseconds.
const REACH_KEPT: i64 = 86_400_000;

/// Failures in a row are remembered so long, in milliseconds.
const CONSECUTIVE_KEPT: i64 = 30 * 86_400_000;

/// What became of a mail is remembered so long, in milliseconds, without what it said and to whom.
const MAILS_KEPT: i64 = 30 * 86_400_000;

/// A mail that nobody is going to send can be read so long, in milliseconds.
const INBOX_KEPT: i64 = 86_400_000;

/// An authenticator app may be confirmed so long after its secret was shown, in milliseconds.
const UNCONFIRMED_KEPT: i64 = 86_400_000;

/// A used link is explained so long, in milliseconds.
const LINKS_KEPT: i64 = 86_400_000;
