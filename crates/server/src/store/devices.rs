//! Browsers from which users have logged in, by the digest of their cookie.

use super::statement::statements;
use super::value::values;
use super::{StoreError, Tx, UserId};

/// Whether a user has logged in from a browser since a time.
pub async fn is_known(
    tx: &mut Tx<'_>,
    user_id: UserId,
    device: &[u8; 32],
    since: i64,
) -> Result<bool, StoreError> {
    Ok(tx.query_opt(&IS_KNOWN, values![&user_id, device, since]).await?.is_some())
}

/// Whether anybody was ever seen to log in to an account, as far as it is remembered.
pub async fn was_used(tx: &mut Tx<'_>, user_id: UserId) -> Result<bool, StoreError> {
    Ok(tx.query_opt(&WAS_USED, values![&user_id]).await?.is_some())
}

/// Notes that a user has logged in from a browser, to the hour, as with addresses.
pub async fn remember(
    tx: &mut Tx<'_>,
    user_id: UserId,
    device: &[u8; 32],
    user_agent: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    tx.execute(&REMEMBER, values![&user_id, device, user_agent, now]).await.map(drop)
}

/// Forgets browsers without a login since `cutoff`, the oldest `limit` of them.
pub async fn delete_older_than(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_OLDER_THAN, values![cutoff, limit]).await
}

statements! {
    IS_KNOWN = "SELECT last_success_at FROM known_devices \
         WHERE user_id = ?1 AND device = ?2 AND last_success_at >= ?3";
    WAS_USED = "SELECT last_success_at FROM known_devices WHERE user_id = ?1 UNION ALL \
         SELECT last_success_at FROM known_addresses WHERE user_id = ?1 UNION ALL \
         SELECT created_at FROM sessions WHERE user_id = ?1 LIMIT 1";
    REMEMBER = "INSERT INTO known_devices (user_id, device, user_agent, first_success_at, last_success_at) \
         VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (user_id, device) DO UPDATE SET \
         last_success_at = excluded.last_success_at, user_agent = excluded.user_agent \
         WHERE known_devices.last_success_at <= excluded.last_success_at - 3600000";
    DELETE_OLDER_THAN = "DELETE FROM known_devices WHERE (user_id, device) IN \
         (SELECT user_id, device FROM known_devices WHERE last_success_at < ?1 ORDER BY last_success_at LIMIT ?2)";
}
