//! Recovery codes, by their digests. A used one stays until the set is replaced, so that its owner can be told when it
//! was used; using one is a conditional UPDATE, so that it works once.

use super::statement::statements;
use super::value::values;
use super::{StoreError, Tx, UserId};

/// How a user stands for recovery codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How many were not used.
    pub left: i64,
    /// When the set was made.
    pub created_at: i64,
}

/// Puts a set of codes in the place of the one before.
pub async fn replace(
    tx: &mut Tx<'_>,
    user_id: UserId,
    hashes: &[[u8; 32]],
    created_at: i64,
) -> Result<(), StoreError> {
    delete_by_user(tx, user_id).await?;
    for hash in hashes {
        tx.execute(&INSERT, values![&user_id, hash, created_at]).await?;
    }
    Ok(())
}

/// Uses a code; false when the user has none such, or used it before.
pub async fn mark_used(
    tx: &mut Tx<'_>,
    user_id: UserId,
    hash: &[u8; 32],
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_USED, values![&user_id, hash, now]).await? == 1)
}

/// How many are left; none when there never was a set.
pub async fn left(tx: &mut Tx<'_>, user_id: UserId) -> Result<Option<Left>, StoreError> {
    let Some(mut row) = tx.query_opt(&LEFT, values![&user_id]).await? else { return Ok(None) };
    let (left, created_at) = (row.i64()?, row.opt_i64()?);
    Ok(created_at.map(|created_at| Left { left, created_at }))
}

/// Deletes the codes of a user.
pub async fn delete_by_user(tx: &mut Tx<'_>, user_id: UserId) -> Result<u64, StoreError> {
    tx.execute(&DELETE_BY_USER, values![&user_id]).await
}

statements! {
    INSERT = "INSERT INTO recovery_codes (user_id, code_hash, created_at, used_at) VALUES (?1, ?2, ?3, NULL)";
    MARK_USED = "UPDATE recovery_codes SET used_at = ?3 \
         WHERE user_id = ?1 AND code_hash = ?2 AND used_at IS NULL";
    LEFT = "SELECT COUNT(*) - COUNT(used_at), MAX(created_at) FROM recovery_codes WHERE user_id = ?1";
    DELETE_BY_USER = "DELETE FROM recovery_codes WHERE user_id = ?1";
}
