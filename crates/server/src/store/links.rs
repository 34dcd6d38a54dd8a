//! Links that work once: set-up, and later confirmation and reset. Only the digest of the secret in the link is kept,
//! so the database gives nobody a working link.

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// The digest of its secret.
    pub token_hash: Vec<u8>,
    /// What it is for.
    pub kind: String,
    /// For whom; nobody yet for the set-up link.
    pub user_id: Option<UserId>,
    /// When it was made.
    pub created_at: i64,
    /// Until when it works.
    pub expires_at: i64,
    /// When it was used.
    pub used_at: Option<i64>,
}

/// Inserts a link and voids the older ones of the same kind for the same user.
pub async fn insert(tx: &mut Tx<'_>, link: &LinkRow) -> Result<(), StoreError> {
    tx.execute(&DELETE_OF_KIND, values![&link.kind, link.user_id.as_ref()]).await?;
    let values = values![
        &link.token_hash,
        &link.kind,
        link.user_id.as_ref(),
        link.created_at,
        link.expires_at,
        link.used_at,
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// The link of a digest, used or not.
pub async fn by_hash(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<Option<LinkRow>, StoreError> {
    tx.query_opt(&BY_HASH, values![token_hash]).await?.map(|mut row| read(&mut row)).transpose()
}

/// Uses a link; false when it was used, has expired or is not there.
pub async fn mark_used(tx: &mut Tx<'_>, token_hash: &[u8], now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_USED, values![token_hash, now]).await? == 1)
}

/// Deletes links that expired before `cutoff`, the oldest `limit` of them.
pub async fn delete_expired_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_EXPIRED_BEFORE, values![cutoff, limit]).await
}

fn read(row: &mut Row) -> Result<LinkRow, StoreError> {
    Ok(LinkRow {
        token_hash: row.bytes()?,
        kind: row.text()?,
        user_id: row.opt_uuid()?.map(UserId),
        created_at: row.i64()?,
        expires_at: row.i64()?,
        used_at: row.opt_i64()?,
    })
}

statements! {
    DELETE_OF_KIND = "DELETE FROM links WHERE kind = ?1 AND user_id IS NOT DISTINCT FROM ?2";
    INSERT = "INSERT INTO links (token_hash, kind, user_id, created_at, expires_at, used_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    BY_HASH = "SELECT token_hash, kind, user_id, created_at, expires_at, used_at FROM links WHERE token_hash = ?1";
    MARK_USED = "UPDATE links SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2";
    DELETE_EXPIRED_BEFORE = "DELETE FROM links WHERE token_hash IN \
         (SELECT token_hash FROM links WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
}
