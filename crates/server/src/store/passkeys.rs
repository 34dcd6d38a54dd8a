//! Passkeys: the public keys by which users log in. What is stored of one is what `app::passkeys` made of it, a JSON text;
//! using it replaces the text only if nobody else did meanwhile, so that a counter never moves back.

use uuid::Uuid;

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx, UserId};

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Its id here.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: UserId,
    /// Its id at the authenticator.
    pub credential_id: Vec<u8>,
    /// Its public key, counter and flags.
    pub credential: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// When it last let somebody in.
    pub last_used_at: Option<i64>,
}

/// Inserts a passkey; false when its id at the authenticator is taken, by whomever.
pub async fn insert(tx: &mut Tx<'_>, passkey: &PasskeyRow) -> Result<bool, StoreError> {
    let values = values![
        &passkey.id,
        &passkey.user_id,
        &passkey.credential_id,
        &passkey.credential,
        &passkey.name,
        passkey.created_at,
        passkey.last_used_at,
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

/// The passkey that the authenticator calls so.
pub async fn by_credential_id(
    tx: &mut Tx<'_>,
    credential_id: &[u8],
) -> Result<Option<PasskeyRow>, StoreError> {
    tx.query_opt(&BY_CREDENTIAL_ID, values![credential_id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The passkeys of a user, oldest first.
pub async fn list_by_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<PasskeyRow>, StoreError> {
    tx.query(&LIST_BY_USER, values![&user]).await?.iter_mut().map(read).collect()
}

/// Notes a use: replaces the text that was read. False when it is another one by now, or gone.
pub async fn mark_used(
    tx: &mut Tx<'_>,
    id: Uuid,
    read: &str,
    credential: &str,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_USED, values![&id, read, credential, now]).await? == 1)
}

/// Renames a passkey of this user.
pub async fn rename(tx: &mut Tx<'_>, id: Uuid, user: UserId, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&RENAME, values![&id, &user, name]).await? == 1)
}

/// Deletes a passkey of this user.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid, user: UserId) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE, values![&id, &user]).await? == 1)
}

/// Deletes all passkeys of a user; answers how many there were.
pub async fn delete_by_user(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    tx.execute(&DELETE_BY_USER, values![&user]).await
}

fn read(row: &mut Row) -> Result<PasskeyRow, StoreError> {
    Ok(PasskeyRow {
        id: row.uuid()?,
        user_id: UserId(row.uuid()?),
        credential_id: row.bytes()?,
        credential: row.text()?,
        name: row.text()?,
        created_at: row.i64()?,
        last_used_at: row.opt_i64()?,
    })
}

macro_rules! columns {
    () => {
        "id, user_id, credential_id, credential, name, created_at, last_used_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO passkeys (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO NOTHING");
    BY_CREDENTIAL_ID = concat!("SELECT ", columns!(), " FROM passkeys WHERE credential_id = ?1");
    LIST_BY_USER = concat!("SELECT ", columns!(), " FROM passkeys WHERE user_id = ?1 ORDER BY id");
    MARK_USED = "UPDATE passkeys SET credential = ?3, last_used_at = ?4 WHERE id = ?1 AND credential = ?2";
    RENAME = "UPDATE passkeys SET name = ?3 WHERE id = ?1 AND user_id = ?2";
    DELETE = "DELETE FROM passkeys WHERE id = ?1 AND user_id = ?2";
    DELETE_BY_USER = "DELETE FROM passkeys WHERE user_id = ?1";
}
