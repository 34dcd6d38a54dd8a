//! The revocation feed: entries, the head that numbers them, and how far access tokens reach.
//!
//! An entry is inserted without a number by whoever takes something back; numbers are given to committed entries only,
//! so that a transaction that commits late or not at all leaves no gap (I9). Digests and not ids are kept: who reads
//! the table learns no subject from it. `until` is in seconds, as it travels.

use jotgate_token::revocation::{Digest, Entry, Kind};
use uuid::Uuid;

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx};

/// The last number given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Numbers of different eras are not compared.
    pub era: String,
    /// The number.
    pub seq: u64,
}

/// Adds an entry without a number.
pub async fn insert(tx: &mut Tx<'_>, id: &Uuid, entry: &Entry) -> Result<(), StoreError> {
    let Entry { kind, digest, value, until } = entry;
    tx.execute(&INSERT, values![id, kind.name(), &digest.0, *value, i64::from(*until)]).await.map(drop)
}

/// The head, and how many entries wait for a number, counted up to `limit`; none before [`begin`].
pub async fn head(tx: &mut Tx<'_>, limit: u32) -> Result<Option<(Head, u64)>, StoreError> {
    let Some(mut row) = tx.query_opt(&HEAD, values![limit]).await? else { return Ok(None) };
    Ok(Some((Head { era: row.text()?, seq: row.u64()? }, row.u64()?)))
}

/// Makes the head where there is none.
pub async fn begin(tx: &mut Tx<'_>, era: &str) -> Result<(), StoreError> {
    tx.execute(&BEGIN, values![era]).await.map(drop)
}

/// Gives the next `count` numbers to entries that wait; false, and nothing done, when the head is no longer `from`.
///
/// The head's row is taken first, so that of two at once the second waits, finds the head moved and leaves.
pub async fn number(tx: &mut Tx<'_>, from: &Head, count: u64) -> Result<bool, StoreError> {
    if tx.execute(&ADVANCE, values![&from.era, from.seq, count]).await? != 1 {
        return Ok(false);
    }
    // Fewer than were counted means that somebody else had numbered them when the head was read.
    match tx.execute(&NUMBER, values![from.seq, count]).await? {
        numbered if numbered == count => Ok(true),
        _ => Err(StoreError::Conflict),
    }
}

/// Begins another era at the same number; false when `from` is no longer the head.
pub async fn renew(tx: &mut Tx<'_>, from: &Head, era: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&RENEW, values![&from.era, from.seq, era]).await? == 1)
}

/// The entries in force with numbers above `after` and up to `up_to`, the lowest `limit` of them, each with its number.
pub async fn list(
    tx: &mut Tx<'_>,
    after: u64,
    up_to: u64,
    now: i64,
    limit: u32,
) -> Result<Vec<(u64, Entry)>, StoreError> {
    tx.query(&LIST, values![after, up_to, now, limit]).await?.iter_mut().map(read).collect()
}

/// Deletes entries that ended before `now`, in seconds; a number stays used.
pub async fn delete_ended_before(tx: &mut Tx<'_>, now: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_ENDED_BEFORE, values![now, limit]).await
}

/// Notes that a server makes access tokens that may be taken for so many seconds.
pub async fn note_reach(tx: &mut Tx<'_>, seconds: u64, now: i64) -> Result<(), StoreError> {
    tx.execute(&NOTE_REACH, values![seconds, now]).await.map(drop)
}

/// When this reach was last noted, in milliseconds.
pub async fn reach_noted_at(tx: &mut Tx<'_>, seconds: u64) -> Result<Option<i64>, StoreError> {
    tx.query_opt(&REACH_NOTED_AT, values![seconds]).await?.map(|mut row| row.i64()).transpose()
}

/// The farthest reach noted of a token that may still be about, in seconds; `grace` is how old a note may be, in
/// milliseconds.
pub async fn reach(tx: &mut Tx<'_>, now: i64, grace: i64) -> Result<i64, StoreError> {
    match tx.query_opt(&REACH, values![now.saturating_sub(grace)]).await? {
        Some(mut row) => Ok(row.opt_i64()?.unwrap_or(0)),
        None => Ok(0),
    }
}

/// Deletes notes that concern no token any more.
pub async fn delete_reach(tx: &mut Tx<'_>, now: i64, grace: i64) -> Result<u64, StoreError> {
    tx.execute(&DELETE_REACH, values![now.saturating_sub(grace)]).await
}

fn read(row: &mut Row) -> Result<(u64, Entry), StoreError> {
    let seq = row.u64()?;
    let kind = row.text()?;
    let kind =
        Kind::parse(&kind).ok_or_else(|| StoreError::Corrupt(format!("no revocation is of kind {kind}")))?;
    let (digest, value) = (Digest(row.array()?), row.i64()?);
    Ok((seq, Entry { value, ..Entry::new(kind, digest, row.i64()?) }))
}

statements! {
    INSERT = "INSERT INTO revocations (id, seq, kind, digest, value, until) VALUES (?1, NULL, ?2, ?3, ?4, ?5)";
    HEAD = "SELECT era, seq, (SELECT COUNT(*) FROM (SELECT id FROM revocations WHERE seq IS NULL LIMIT ?1) AS w) \
         FROM revocation_head WHERE id = 1";
    BEGIN = "INSERT INTO revocation_head (id, era, seq) VALUES (1, ?1, 0) ON CONFLICT (id) DO NOTHING";
    ADVANCE = "UPDATE revocation_head SET seq = seq + ?3 WHERE id = 1 AND era = ?1 AND seq = ?2";
    NUMBER = "UPDATE revocations SET seq = ?1 + w.n FROM \
         (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM revocations WHERE seq IS NULL ORDER BY id LIMIT ?2) AS w \
         WHERE revocations.id = w.id AND revocations.seq IS NULL";
    RENEW = "UPDATE revocation_head SET era = ?3 WHERE id = 1 AND era = ?1 AND seq = ?2";
    LIST = "SELECT seq, kind, digest, value, until FROM revocations \
         WHERE seq > ?1 AND seq <= ?2 AND until >= ?3 ORDER BY seq LIMIT ?4";
    DELETE_ENDED_BEFORE = "DELETE FROM revocations WHERE id IN \
         (SELECT id FROM revocations WHERE until < ?1 AND seq IS NOT NULL ORDER BY until LIMIT ?2)";
    NOTE_REACH = "INSERT INTO access_reach (seconds, used_at) VALUES (?1, ?2) \
         ON CONFLICT (seconds) DO UPDATE SET used_at = excluded.used_at WHERE access_reach.used_at < excluded.used_at";
    REACH_NOTED_AT = "SELECT used_at FROM access_reach WHERE seconds = ?1";
    REACH = "SELECT MAX(seconds) FROM access_reach WHERE used_at + seconds * 1000 > ?1";
    DELETE_REACH = "DELETE FROM access_reach WHERE used_at + seconds * 1000 <= ?1";
}
