//! What was asked of somebody half way through a login or an enrolment, until it is answered. Only the digest of the
//! token that names it is kept. Taking a try is one conditional UPDATE, so that tries at once count each.

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeRow {
    /// The digest of its token.
    pub token_hash: [u8; 32],
    /// What it is for.
    pub kind: String,
    /// Whose it is; nobody's yet for a login that starts with a passkey.
    pub user_id: Option<UserId>,
    /// A JSON object that never leaves the server.
    pub state: String,
    /// How often an answer was tried.
    pub tries: i64,
    /// When it was made.
    pub created_at: i64,
    /// Until when it can be answered.
    pub expires_at: i64,
}

/// Inserts a challenge.
pub async fn insert(tx: &mut Tx<'_>, challenge: &ChallengeRow) -> Result<(), StoreError> {
    let values = values![
        &challenge.token_hash,
        &challenge.kind,
        challenge.user_id.as_ref(),
        &challenge.state,
        challenge.created_at,
        challenge.expires_at,
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// The challenge of a digest, expired or not.
pub async fn by_hash(tx: &mut Tx<'_>, token_hash: &[u8; 32]) -> Result<Option<ChallengeRow>, StoreError> {
    tx.query_opt(&BY_HASH, values![token_hash]).await?.map(|mut row| read(&mut row)).transpose()
}

/// Takes one of `limit` tries; answers how many were taken, this one included, or none when it is over. Nobody else
/// takes one until the transaction ends.
pub async fn take_try(
    tx: &mut Tx<'_>,
    token_hash: &[u8; 32],
    limit: i64,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    match tx.query_opt(&TAKE_TRY, values![token_hash, limit, now]).await? {
        Some(mut row) => row.i64().map(Some),
        None => Ok(None),
    }
}

/// Uses a challenge up; false when it is gone or has expired: somebody else used it.
pub async fn use_up(tx: &mut Tx<'_>, token_hash: &[u8; 32], now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&USE_UP, values![token_hash, now]).await? == 1)
}

/// Deletes all challenges of a user.
pub async fn delete_by_user(tx: &mut Tx<'_>, user_id: UserId) -> Result<u64, StoreError> {
    tx.execute(&DELETE_BY_USER, values![&user_id]).await
}

/// Deletes challenges that expired before `cutoff`, the oldest `limit` of them.
pub async fn delete_expired_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_EXPIRED_BEFORE, values![cutoff, limit]).await
}

fn read(row: &mut Row) -> Result<ChallengeRow, StoreError> {
    Ok(ChallengeRow {
        token_hash: row.array()?,
        kind: row.text()?,
        user_id: row.opt_uuid()?.map(UserId),
        state: row.text()?,
        tries: row.i64()?,
        created_at: row.i64()?,
        expires_at: row.i64()?,
    })
}

statements! {
    INSERT = "INSERT INTO challenges (token_hash, kind, user_id, state, tries, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6)";
    BY_HASH = "SELECT token_hash, kind, user_id, state, tries, created_at, expires_at FROM challenges \
         WHERE token_hash = ?1";
    TAKE_TRY = "UPDATE challenges SET tries = tries + 1 WHERE token_hash = ?1 AND tries < ?2 AND expires_at > ?3 \
         RETURNING tries";
    USE_UP = "DELETE FROM challenges WHERE token_hash = ?1 AND expires_at > ?2";
    DELETE_BY_USER = "DELETE FROM challenges WHERE user_id = ?1";
    DELETE_EXPIRED_BEFORE = "DELETE FROM challenges WHERE token_hash IN \
         (SELECT token_hash FROM challenges WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
}
