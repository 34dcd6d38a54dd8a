//! Authenticator apps, one a user: the sealed secret and the last time step whose code was taken. A step is taken by one
//! conditional UPDATE, so that a code is good once, whoever else brings it at the same moment.

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// An authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSecretRow {
    /// Whose it is.
    pub user_id: UserId,
    /// Its secret, sealed with the master key.
    pub sealed: Vec<u8>,
    /// The last step whose code was taken.
    pub last_step: i64,
    /// When it was made.
    pub created_at: i64,
    /// When its owner showed that the app has it; before that nothing asks for it.
    pub confirmed_at: Option<i64>,
    /// When a code of it was last taken.
    pub last_used_at: Option<i64>,
}

/// Inserts a secret that is not confirmed, in the place of another such; false when a confirmed one is there.
pub async fn insert(
    tx: &mut Tx<'_>,
    user_id: UserId,
    sealed: &[u8],
    created_at: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&INSERT, values![&user_id, sealed, created_at]).await? == 1)
}

/// The app of a user, confirmed or not.
pub async fn by_user(tx: &mut Tx<'_>, user_id: UserId) -> Result<Option<TotpSecretRow>, StoreError> {
    tx.query_opt(&BY_USER, values![&user_id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// Takes the step of a code; false when it or a later one was taken before, or the app is gone.
pub async fn take_step(tx: &mut Tx<'_>, user_id: UserId, step: i64, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&TAKE_STEP, values![&user_id, step, now]).await? == 1)
}

/// Notes that the app has the secret; false when that was noted before.
pub async fn confirm(tx: &mut Tx<'_>, user_id: UserId, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&CONFIRM, values![&user_id, now]).await? == 1)
}

/// Removes the app of a user; answers whether there was a confirmed one.
pub async fn delete(tx: &mut Tx<'_>, user_id: UserId) -> Result<bool, StoreError> {
    let mut was = false;
    for row in &mut tx.query(&DELETE, values![&user_id]).await? {
        was |= row.opt_i64()?.is_some();
    }
    Ok(was)
}

/// Every sealed secret, for a change of the master key.
pub async fn list_sealed(tx: &mut Tx<'_>) -> Result<Vec<(UserId, Vec<u8>)>, StoreError> {
    let read = |row: &mut Row| Ok((UserId(row.uuid()?), row.bytes()?));
    tx.query(&LIST_SEALED, values![]).await?.iter_mut().map(read).collect()
}

/// Replaces the sealed form of the same secret.
pub async fn reseal(tx: &mut Tx<'_>, user_id: UserId, sealed: &[u8]) -> Result<(), StoreError> {
    tx.execute(&RESEAL, values![&user_id, sealed]).await.map(drop)
}

/// Deletes secrets that were made before `cutoff` and never confirmed, `limit` of them.
pub async fn delete_unconfirmed_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_UNCONFIRMED_BEFORE, values![cutoff, limit]).await
}

fn read(row: &mut Row) -> Result<TotpSecretRow, StoreError> {
    Ok(TotpSecretRow {
        user_id: UserId(row.uuid()?),
        sealed: row.bytes()?,
        last_step: row.i64()?,
        created_at: row.i64()?,
        confirmed_at: row.opt_i64()?,
        last_used_at: row.opt_i64()?,
    })
}

statements! {
    INSERT = "INSERT INTO totp_secrets (user_id, sealed, last_step, created_at, confirmed_at, last_used_at) \
         VALUES (?1, ?2, 0, ?3, NULL, NULL) ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, \
         last_step = 0, created_at = excluded.created_at WHERE totp_secrets.confirmed_at IS NULL";
    BY_USER = "SELECT user_id, sealed, last_step, created_at, confirmed_at, last_used_at FROM totp_secrets \
         WHERE user_id = ?1";
    TAKE_STEP = "UPDATE totp_secrets SET last_step = ?2, last_used_at = ?3 WHERE user_id = ?1 AND last_step < ?2";
    CONFIRM = "UPDATE totp_secrets SET confirmed_at = ?2 WHERE user_id = ?1 AND confirmed_at IS NULL";
    DELETE = "DELETE FROM totp_secrets WHERE user_id = ?1 RETURNING confirmed_at";
    LIST_SEALED = "SELECT user_id, sealed FROM totp_secrets";
    RESEAL = "UPDATE totp_secrets SET sealed = ?2 WHERE user_id = ?1";
    DELETE_UNCONFIRMED_BEFORE = "DELETE FROM totp_secrets WHERE user_id IN \
         (SELECT user_id FROM totp_secrets WHERE confirmed_at IS NULL AND created_at < ?1 LIMIT ?2)";
}
