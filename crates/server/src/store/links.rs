//! Links that work once: set-up, confirmation, reset, login. Only digests of the secret in the link and of the code
//! beside it are kept, so the database gives nobody a working link.

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
    /// The digest of the code that does the same.
    pub code_hash: Option<Vec<u8>>,
    /// The digest of purpose and address under which the code is looked for.
    pub address: Option<Vec<u8>>,
    /// How often somebody typed a code.
    pub tries: i64,
    /// The user's epoch when it was made.
    pub credential_epoch: Option<i64>,
    /// A JSON object: what it is to do.
    pub data: String,
}

/// Inserts a link, untried and unused whatever the row says, and voids the older ones of the same kind for the same
/// user. Hold the user's row: two at once would else both stand.
pub async fn insert(tx: &mut Tx<'_>, link: &LinkRow) -> Result<(), StoreError> {
    tx.execute(&DELETE_OF_KIND, values![&link.kind, link.user_id.as_ref()]).await?;
    let values = values![
        &link.token_hash,
        &link.kind,
        link.user_id.as_ref(),
        link.created_at,
        link.expires_at,
        link.code_hash.as_ref(),
        link.address.as_ref(),
        link.credential_epoch,
        &link.data,
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// The link of a digest, used or not.
pub async fn by_hash(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<Option<LinkRow>, StoreError> {
    tx.query_opt(&BY_HASH, values![token_hash]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The links that a code typed for an address can mean, each with this try already counted: who guesses in parallel
/// must not get more tries than who guesses in turn.
pub async fn try_code(tx: &mut Tx<'_>, address: &[u8], now: i64) -> Result<Vec<LinkRow>, StoreError> {
    tx.query(&TRY_CODE, values![address, now]).await?.iter_mut().map(read).collect()
}

/// Takes a counted try back, because the code was right.
pub async fn give_back_try(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<(), StoreError> {
    tx.execute(&GIVE_BACK_TRY, values![token_hash]).await.map(drop)
}

/// Uses a link; false when it was used, has expired or is not there.
pub async fn mark_used(tx: &mut Tx<'_>, token_hash: &[u8], now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_USED, values![token_hash, now]).await? == 1)
}

/// Voids every link of a user that was not used.
pub async fn void_all(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    tx.execute(&VOID_ALL, values![&user]).await
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
        code_hash: row.opt_bytes()?,
        address: row.opt_bytes()?,
        tries: row.i64()?,
        credential_epoch: row.opt_i64()?,
        data: row.text()?,
    })
}

/// The columns of a link in the order of [`read`].
macro_rules! columns {
    () => {
        "token_hash, kind, user_id, created_at, expires_at, used_at, code_hash, address, tries, credential_epoch, data"
    };
}

statements! {
    DELETE_OF_KIND = "DELETE FROM links WHERE kind = ?1 AND user_id IS NOT DISTINCT FROM ?2";
    INSERT = "INSERT INTO links (token_hash, kind, user_id, created_at, expires_at, code_hash, address, \
         credential_epoch, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    BY_HASH = concat!("SELECT ", columns!(), " FROM links WHERE token_hash = ?1");
    TRY_CODE = concat!("UPDATE links SET tries = tries + 1 WHERE address = ?1 AND used_at IS NULL \
         AND expires_at > ?2 RETURNING ", columns!());
    GIVE_BACK_TRY = "UPDATE links SET tries = tries - 1 WHERE token_hash = ?1";
    MARK_USED = "UPDATE links SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2";
    VOID_ALL = "DELETE FROM links WHERE user_id = ?1 AND used_at IS NULL";
    DELETE_EXPIRED_BEFORE = "DELETE FROM links WHERE token_hash IN \
         (SELECT token_hash FROM links WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
}
