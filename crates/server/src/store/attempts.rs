//! Counters of failed logins and addresses with an earlier success. Keys and addresses come as digests, so the table
//! tells nobody who tried; when to count and when to block is decided in `rule`.

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// A counter; all zero at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttemptRow {
    /// Failures in the window.
    pub failures: i64,
    /// When the window began.
    pub window_started_at: i64,
    /// Failures since the last success.
    pub consecutive: i64,
    /// Until when nothing is tried.
    pub blocked_until: i64,
    /// The last failure.
    pub last_failed_at: i64,
}

/// The counters of some keys, in their order.
pub async fn by_keys(tx: &mut Tx<'_>, keys: &[&[u8]]) -> Result<Vec<Option<AttemptRow>>, StoreError> {
    let mut rows = Vec::with_capacity(keys.len());
    for &key in keys {
        rows.push(tx.query_opt(&BY_KEY, values![key]).await?.map(|mut row| read(&mut row)).transpose()?);
    }
    Ok(rows)
}

/// The counters of some keys, in their order, made where missing and nobody else's until the transaction ends: two
/// failures at once must count as two. Follow it with [`record`] for every key.
pub async fn hold(tx: &mut Tx<'_>, keys: &[&[u8]]) -> Result<Vec<AttemptRow>, StoreError> {
    // Always in the same order, because two transactions that lock in different orders wait for each other.
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_unstable_by_key(|&place| keys[place]);
    let mut rows = vec![AttemptRow::default(); keys.len()];
    for place in order {
        if let Some(mut row) = tx.query_opt(&HOLD, values![keys[place]]).await? {
            rows[place] = read(&mut row)?;
        }
    }
    Ok(rows)
}

/// Sets a counter.
pub async fn record(tx: &mut Tx<'_>, key: &[u8], attempt: &AttemptRow) -> Result<(), StoreError> {
    let values = values![
        key,
        attempt.failures,
        attempt.window_started_at,
        attempt.consecutive,
        attempt.blocked_until,
        attempt.last_failed_at,
    ];
    tx.execute(&RECORD, values).await.map(drop)
}

/// Forgets a counter.
pub async fn clear(tx: &mut Tx<'_>, key: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(&CLEAR, values![key]).await? == 1)
}

/// Forgets counters without a failure since `cutoff`, the oldest `limit` of them.
pub async fn delete_older_than(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_OLDER_THAN, values![cutoff, limit]).await
}

/// How many counters there are.
pub async fn count(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    match tx.query_opt(&COUNT, values![]).await? {
        Some(mut row) => row.u64(),
        None => Ok(0),
    }
}

fn read(row: &mut Row) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        failures: row.i64()?,
        window_started_at: row.i64()?,
        consecutive: row.i64()?,
        blocked_until: row.i64()?,
        last_failed_at: row.i64()?,
    })
}

/// From where users have logged in.
pub mod known_addresses {
    use super::{
        ADDRESS_IS_KNOWN, DELETE_ADDRESSES_OLDER_THAN, REMEMBER_ADDRESS, StoreError, Tx, UserId, values,
    };

    /// Whether a user has logged in from an address since a time.
    pub async fn is_known(
        tx: &mut Tx<'_>,
        user_id: UserId,
        address: &[u8],
        since: i64,
    ) -> Result<bool, StoreError> {
        Ok(tx.query_opt(&ADDRESS_IS_KNOWN, values![&user_id, address, since]).await?.is_some())
    }

    /// Notes that a user has logged in from an address, to the hour: what is kept for weeks need not be written, with
    /// its index, at every login.
    pub async fn remember(
        tx: &mut Tx<'_>,
        user_id: UserId,
        address: &[u8],
        now: i64,
    ) -> Result<(), StoreError> {
        tx.execute(&REMEMBER_ADDRESS, values![&user_id, address, now]).await.map(drop)
    }

    /// Forgets addresses without a success since `cutoff`, the oldest `limit` of them.
    pub async fn delete_older_than(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
        tx.execute(&DELETE_ADDRESSES_OLDER_THAN, values![cutoff, limit]).await
    }
}

statements! {
    BY_KEY = "SELECT failures, window_started_at, consecutive, blocked_until, last_failed_at FROM attempts \
         WHERE key = ?1";
    HOLD = "INSERT INTO attempts (key, failures, window_started_at, consecutive, blocked_until, last_failed_at) \
         VALUES (?1, 0, 0, 0, 0, 0) ON CONFLICT (key) DO UPDATE SET failures = attempts.failures \
         RETURNING failures, window_started_at, consecutive, blocked_until, last_failed_at";
    RECORD = "INSERT INTO attempts (key, failures, window_started_at, consecutive, blocked_until, last_failed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, \
         window_started_at = excluded.window_started_at, consecutive = excluded.consecutive, \
         blocked_until = excluded.blocked_until, last_failed_at = excluded.last_failed_at";
    CLEAR = "DELETE FROM attempts WHERE key = ?1";
    DELETE_OLDER_THAN = "DELETE FROM attempts WHERE key IN \
         (SELECT key FROM attempts WHERE last_failed_at < ?1 ORDER BY last_failed_at LIMIT ?2)";
    COUNT = "SELECT COUNT(*) FROM attempts";
    ADDRESS_IS_KNOWN = "SELECT last_success_at FROM known_addresses \
         WHERE user_id = ?1 AND address = ?2 AND last_success_at >= ?3";
    REMEMBER_ADDRESS = "INSERT INTO known_addresses (user_id, address, last_success_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id, address) DO UPDATE SET last_success_at = excluded.last_success_at \
         WHERE known_addresses.last_success_at <= excluded.last_success_at - 3600000";
    DELETE_ADDRESSES_OLDER_THAN = "DELETE FROM known_addresses WHERE (user_id, address) IN \
         (SELECT user_id, address FROM known_addresses WHERE last_success_at < ?1 ORDER BY last_success_at LIMIT ?2)";
}
