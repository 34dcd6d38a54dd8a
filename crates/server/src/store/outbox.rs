//! Mails that wait to be sent, that are kept for the inbox of this machine, or of which only the outcome is kept.
//!
//! A mail is written by the transaction that causes it. What it says is sealed before it gets here, because links in it
//! open accounts; the seal and the account go from the row with the mail.

use uuid::Uuid;

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// About whose account it is, as long as it is not sent.
    pub user_id: Option<UserId>,
    /// Which mail, in a word.
    pub kind: String,
    /// Address, subject and text, sealed; none once it is sent or given up.
    pub sealed: Option<Vec<u8>>,
    /// When it was written.
    pub created_at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; while it is being tried, until when nobody else does. None when nothing is to be done.
    pub next_at: Option<i64>,
    /// When it was sent.
    pub sent_at: Option<i64>,
    /// When it was given up.
    pub given_up_at: Option<i64>,
    /// What the last failure said, without an address.
    pub last_error: Option<String>,
}

/// How many mails are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Still to be sent.
    pub waiting: u64,
    /// When the oldest of these was written.
    pub oldest: Option<i64>,
    /// Sent, as far as it is remembered.
    pub sent: u64,
    /// Given up, as far as it is remembered.
    pub given_up: u64,
}

/// Inserts a mail that was never tried.
pub async fn insert(tx: &mut Tx<'_>, mail: &OutboxRow) -> Result<(), StoreError> {
    let values = values![
        &mail.id,
        mail.user_id.as_ref(),
        &mail.kind,
        mail.sealed.as_ref(),
        mail.created_at,
        mail.next_at,
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// Takes mails that are due for whoever asks first, until `lease`: who asks meanwhile gets others.
pub async fn claim_due(
    tx: &mut Tx<'_>,
    now: i64,
    lease: i64,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let rows = &mut tx.query(&CLAIM_DUE, values![now, lease, limit]).await?;
    rows.iter_mut().map(read).collect()
}

/// Notes that a mail was sent, whoever has it now, and forgets what it said and to whom.
pub async fn mark_sent(tx: &mut Tx<'_>, id: Uuid, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_SENT, values![&id, now]).await? == 1)
}

/// Puts a mail off after a failure, unless somebody else has taken it since.
pub async fn mark_failed(
    tx: &mut Tx<'_>,
    id: Uuid,
    lease: i64,
    next_at: i64,
    error: &str,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_FAILED, values![&id, lease, next_at, error]).await? == 1)
}

/// Gives a mail up, unless somebody else has taken it since, and forgets what it said and to whom.
pub async fn mark_given_up(
    tx: &mut Tx<'_>,
    id: Uuid,
    lease: i64,
    now: i64,
    error: &str,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_GIVEN_UP, values![&id, lease, now, error]).await? == 1)
}

/// Makes every mail that waits due at once. Those on their way stay with whoever has them.
pub async fn hurry(tx: &mut Tx<'_>, now: i64, leased_after: i64) -> Result<u64, StoreError> {
    tx.execute(&HURRY, values![now, leased_after]).await
}

/// When the next mail is due.
pub async fn next_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    match tx.query_opt(&NEXT_DUE, values![]).await? {
        Some(mut row) => row.opt_i64(),
        None => Ok(None),
    }
}

/// A mail.
pub async fn by_id(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<OutboxRow>, StoreError> {
    tx.query_opt(&BY_ID, values![&id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The newest mails that still say something, waiting or kept, the newest first.
pub async fn list_readable(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    tx.query(&LIST_READABLE, values![limit]).await?.iter_mut().map(read).collect()
}

/// The newest mails that failed at least once or were given up, the newest first.
pub async fn list_failed(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    tx.query(&LIST_FAILED, values![limit]).await?.iter_mut().map(read).collect()
}

/// Every mail that still says something: its id and what is sealed.
pub async fn list_sealed(tx: &mut Tx<'_>) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    let rows = &mut tx.query(&LIST_SEALED, values![]).await?;
    rows.iter_mut().map(|row| Ok((row.uuid()?, row.bytes()?))).collect()
}

/// Replaces what is sealed, for another master key.
pub async fn reseal(tx: &mut Tx<'_>, id: Uuid, sealed: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(&RESEAL, values![&id, sealed]).await? == 1)
}

/// How many mails are where.
pub async fn counts(tx: &mut Tx<'_>) -> Result<Counts, StoreError> {
    let Some(mut row) = tx.query_opt(&COUNTS, values![]).await? else { return Ok(Counts::default()) };
    Ok(Counts { waiting: row.u64()?, oldest: row.opt_i64()?, sent: row.u64()?, given_up: row.u64()? })
}

/// How many mails wait, and since when.
pub async fn waiting(tx: &mut Tx<'_>) -> Result<Counts, StoreError> {
    let Some(mut row) = tx.query_opt(&WAITING, values![]).await? else { return Ok(Counts::default()) };
    Ok(Counts { waiting: row.u64()?, oldest: row.opt_i64()?, ..Counts::default() })
}

/// Forgets mails written before `cutoff` with which nothing is to be done, the oldest `limit` of them.
pub async fn delete_done_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_DONE_BEFORE, values![cutoff, limit]).await
}

/// Forgets mails kept for the inbox that are older than `cutoff` or not among the `keep` newest, `limit` of them.
pub async fn delete_kept(tx: &mut Tx<'_>, cutoff: i64, keep: u32, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_KEPT, values![cutoff, keep, limit]).await
}

fn read(row: &mut Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.uuid()?,
        user_id: row.opt_uuid()?.map(UserId),
        kind: row.text()?,
        sealed: row.opt_bytes()?,
        created_at: row.i64()?,
        attempts: row.i64()?,
        next_at: row.opt_i64()?,
        sent_at: row.opt_i64()?,
        given_up_at: row.opt_i64()?,
        last_error: row.opt_text()?,
    })
}

/// The columns of a mail in the order of [`read`].
macro_rules! columns {
    () => {
        "id, user_id, kind, sealed, created_at, attempts, next_at, sent_at, given_up_at, last_error"
    };
}

statements! {
    INSERT = "INSERT INTO outbox (id, user_id, kind, sealed, created_at, attempts, next_at, sent_at, given_up_at, \
         last_error) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, NULL, NULL, NULL)";
    CLAIM_DUE = concat!("UPDATE outbox SET next_at = ?2, attempts = attempts + 1 WHERE next_at <= ?1 AND id IN \
         (SELECT id FROM outbox WHERE next_at <= ?1 ORDER BY next_at LIMIT ?3) RETURNING ", columns!());
    MARK_SENT = "UPDATE outbox SET sent_at = ?2, sealed = NULL, user_id = NULL, next_at = NULL, given_up_at = NULL \
         WHERE id = ?1 AND sent_at IS NULL";
    MARK_FAILED = "UPDATE outbox SET next_at = ?3, last_error = ?4 WHERE id = ?1 AND next_at = ?2";
    MARK_GIVEN_UP = "UPDATE outbox SET given_up_at = ?3, last_error = ?4, sealed = NULL, user_id = NULL, \
         next_at = NULL WHERE id = ?1 AND next_at = ?2";
    HURRY = "UPDATE outbox SET next_at = ?1 WHERE next_at > ?2";
    NEXT_DUE = "SELECT MIN(next_at) FROM outbox WHERE next_at IS NOT NULL";
    BY_ID = concat!("SELECT ", columns!(), " FROM outbox WHERE id = ?1");
    LIST_READABLE = concat!("SELECT ", columns!(), " FROM outbox WHERE sealed IS NOT NULL \
         ORDER BY created_at DESC, id DESC LIMIT ?1");
    LIST_FAILED = concat!("SELECT ", columns!(), " FROM outbox \
         WHERE last_error IS NOT NULL AND sent_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?1");
    LIST_SEALED = "SELECT id, sealed FROM outbox WHERE sealed IS NOT NULL";
    RESEAL = "UPDATE outbox SET sealed = ?2 WHERE id = ?1 AND sealed IS NOT NULL";
    COUNTS = "SELECT COUNT(next_at), MIN(CASE WHEN next_at IS NULL THEN NULL ELSE created_at END), COUNT(sent_at), \
         COUNT(given_up_at) FROM outbox";
    WAITING = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE next_at IS NOT NULL";
    DELETE_DONE_BEFORE = "DELETE FROM outbox WHERE id IN \
         (SELECT id FROM outbox WHERE created_at < ?1 AND next_at IS NULL ORDER BY created_at LIMIT ?2)";
    DELETE_KEPT = "DELETE FROM outbox WHERE id IN \
         (SELECT id FROM outbox WHERE sealed IS NOT NULL AND next_at IS NULL AND (created_at < ?1 OR id NOT IN \
         (SELECT id FROM outbox WHERE sealed IS NOT NULL AND next_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?2)) \
         LIMIT ?3)";
}
