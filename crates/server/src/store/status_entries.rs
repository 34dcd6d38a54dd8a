//! Where the status of a session's tokens stands in the Token Status Lists.
//!
//! An entry is no part of its session's row: it outlives that, because an index given to somebody else while a token
//! that names it is about would speak for two. `used_until` is in seconds.

use super::statement::statements;
use super::value::values;
use super::{SessionId, StoreError, Tx};

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The number of the list.
    pub list: u32,
    /// The index in it.
    pub idx: u32,
}

/// A place, and what it is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    /// Which.
    pub place: Place,
    /// Whose tokens name it.
    pub session: SessionId,
    /// Whether that session was ended.
    pub ended: bool,
    /// Until when such tokens may be made.
    pub used_until: i64,
}

/// Takes a place; false when it is taken, or the session has one.
pub async fn insert(tx: &mut Tx<'_>, entry: &StatusEntry) -> Result<bool, StoreError> {
    let StatusEntry { place: Place { list, idx }, session, ended, used_until } = entry;
    Ok(tx.execute(&INSERT, values![*list, *idx, session, *ended, *used_until]).await? == 1)
}

/// The place of a session.
pub async fn by_session(tx: &mut Tx<'_>, session: SessionId) -> Result<Option<Place>, StoreError> {
    let Some(mut row) = tx.query_opt(&BY_SESSION, values![&session]).await? else { return Ok(None) };
    Ok(Some(Place { list: number(row.i64()?)?, idx: number(row.i64()?)? }))
}

/// Marks the place of a session, if it has one, as that of one that was ended.
pub async fn end(tx: &mut Tx<'_>, session: SessionId, used_until: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&END, values![&session, used_until]).await? == 1)
}

/// The indexes of a list whose sessions were ended.
pub async fn list_ended(tx: &mut Tx<'_>, list: u32) -> Result<Vec<u32>, StoreError> {
    let rows = &mut tx.query(&LIST_ENDED, values![list]).await?;
    rows.iter_mut().map(|row| number(row.i64()?)).collect()
}

/// Whether any place of a list is taken.
pub async fn exists(tx: &mut Tx<'_>, list: u32) -> Result<bool, StoreError> {
    Ok(tx.query_opt(&EXISTS, values![list]).await?.is_some())
}

/// How many places are taken in each list that has any, by number. Reads the whole index: for every few thousand logins.
pub async fn counts(tx: &mut Tx<'_>) -> Result<Vec<(u32, u64)>, StoreError> {
    let rows = &mut tx.query(&COUNTS, values![]).await?;
    rows.iter_mut().map(|row| Ok((number(row.i64()?)?, row.u64()?))).collect()
}

/// Frees places of which no tokens were made since `cutoff`.
pub async fn delete_used_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_USED_BEFORE, values![cutoff, limit]).await
}

fn number(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::Corrupt(format!("no status stands at {stored}")))
}

statements! {
    INSERT = "INSERT INTO status_entries (list, idx, session_id, ended, used_until) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT DO NOTHING";
    BY_SESSION = "SELECT list, idx FROM status_entries WHERE session_id = ?1";
    END = "UPDATE status_entries SET ended = 1, used_until = ?2 WHERE session_id = ?1 AND ended = 0";
    LIST_ENDED = "SELECT idx FROM status_entries WHERE list = ?1 AND ended = 1";
    EXISTS = "SELECT idx FROM status_entries WHERE list = ?1 LIMIT 1";
    COUNTS = "SELECT list, COUNT(*) FROM status_entries GROUP BY list ORDER BY list";
    DELETE_USED_BEFORE = "DELETE FROM status_entries WHERE (list, idx) IN \
         (SELECT list, idx FROM status_entries WHERE used_until < ?1 ORDER BY used_until LIMIT ?2)";
}
