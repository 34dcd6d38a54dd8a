//! Clients: programs that get tokens for themselves. Of a secret only the digest is kept; what a client may ask for is
//! said in `rule::client`. A deleted client leaves its name and its epoch, and nothing reads it but [`insert`].

use super::statement::statements;
use super::value::{Row, list as json_list, values};
use super::{StoreError, Tx};

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// Its `client_id`.
    pub id: String,
    /// How it shows who it is.
    pub auth: String,
    /// The words of scope it may have.
    pub scopes: Vec<String>,
    /// The audiences its tokens may have; empty for the usual ones.
    pub audiences: Vec<String>,
    /// The digest of its secret.
    pub secret_hash: Option<[u8; 32]>,
    /// The digest of the secret before.
    pub previous_hash: Option<[u8; 32]>,
    /// Until when the secret before is good.
    pub previous_until: i64,
    /// Its public keys, a JWK Set.
    pub jwks: Option<String>,
    /// Its tokens of a lower epoch no longer count.
    pub epoch: i64,
    /// When it was disabled.
    pub disabled_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// Inserts a client, in the place of a deleted one of the same name too; false when there is one.
pub async fn insert(tx: &mut Tx<'_>, client: &ClientRow) -> Result<bool, StoreError> {
    let (scopes, audiences) = (json_list(&client.scopes), json_list(&client.audiences));
    let values = values![
        &client.id,
        &client.auth,
        &scopes,
        &audiences,
        client.secret_hash.as_ref(),
        client.jwks.as_ref(),
        client.epoch,
        client.created_at,
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

/// The client of an id.
pub async fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<ClientRow>, StoreError> {
    tx.query_opt(&BY_ID, values![id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// Clients by name, from behind `after`.
pub async fn list(tx: &mut Tx<'_>, after: &str, limit: u32) -> Result<Vec<ClientRow>, StoreError> {
    tx.query(&LIST, values![after, limit]).await?.iter_mut().map(read).collect()
}

/// Sets a new secret; the one so far is good until `previous_until`, the one before it no longer.
pub async fn set_secret(
    tx: &mut Tx<'_>,
    id: &str,
    hash: &[u8; 32],
    previous_until: i64,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_SECRET, values![id, hash, previous_until, now]).await? == 1)
}

/// Sets what the client may ask for.
pub async fn set_rights(
    tx: &mut Tx<'_>,
    id: &str,
    scopes: &[String],
    audiences: &[String],
    now: i64,
) -> Result<bool, StoreError> {
    let (scopes, audiences) = (json_list(scopes), json_list(audiences));
    Ok(tx.execute(&SET_RIGHTS, values![id, &scopes, &audiences, now]).await? == 1)
}

/// Sets the keys of a client that has keys.
pub async fn set_keys(tx: &mut Tx<'_>, id: &str, jwks: &str, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_KEYS, values![id, jwks, now]).await? == 1)
}

/// Disables a client, or enables it.
pub async fn set_disabled(
    tx: &mut Tx<'_>,
    id: &str,
    disabled_at: Option<i64>,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_DISABLED, values![id, disabled_at, now]).await? == 1)
}

/// Raises the epoch to `at_least`, or by one; answers the new one.
pub async fn raise_epoch(tx: &mut Tx<'_>, id: &str, at_least: i64) -> Result<Option<i64>, StoreError> {
    tx.query_opt(&RAISE_EPOCH, values![id, at_least]).await?.map(|mut row| row.i64()).transpose()
}

/// Deletes a client, all but name and epoch.
pub async fn delete(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE, values![id, now]).await? == 1)
}

fn read(row: &mut Row) -> Result<ClientRow, StoreError> {
    Ok(ClientRow {
        id: row.text()?,
        auth: row.text()?,
        scopes: row.list()?,
        audiences: row.list()?,
        secret_hash: row.opt_array()?,
        previous_hash: row.opt_array()?,
        previous_until: row.i64()?,
        jwks: row.opt_text()?,
        epoch: row.i64()?,
        disabled_at: row.opt_i64()?,
        created_at: row.i64()?,
        updated_at: row.i64()?,
    })
}

/// What they showed to be themselves with, so that nobody shows it again.
pub mod used_assertions {
    use super::{DELETE_EXPIRED_BEFORE, StoreError, Tx, USE_ONCE, values};

    /// Marks an assertion as used until `expires_at`; false when it was.
    pub async fn use_once(tx: &mut Tx<'_>, digest: &[u8; 32], expires_at: i64) -> Result<bool, StoreError> {
        Ok(tx.execute(&USE_ONCE, values![digest, expires_at]).await? == 1)
    }

    /// Forgets assertions that expired before `cutoff`, the oldest `limit` of them.
    pub async fn delete_expired_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
        tx.execute(&DELETE_EXPIRED_BEFORE, values![cutoff, limit]).await
    }
}

/// The columns in the order of [`read`].
macro_rules! columns {
    () => {
        "id, auth, scopes, audiences, secret_hash, previous_hash, previous_until, jwks, epoch, disabled_at, created_at, \
         updated_at FROM clients"
    };
}

statements! {
    INSERT = "INSERT INTO clients (id, auth, scopes, audiences, secret_hash, previous_hash, previous_until, jwks, \
         epoch, disabled_at, deleted_at, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, NULL, 0, ?6, ?7, NULL, NULL, ?8, ?8) \
         ON CONFLICT (id) DO UPDATE SET auth = excluded.auth, scopes = excluded.scopes, \
         audiences = excluded.audiences, secret_hash = excluded.secret_hash, previous_hash = NULL, \
         previous_until = 0, jwks = excluded.jwks, \
         epoch = CASE WHEN clients.epoch >= excluded.epoch THEN clients.epoch + 1 ELSE excluded.epoch END, \
         disabled_at = NULL, deleted_at = NULL, created_at = excluded.created_at, updated_at = excluded.updated_at \
         WHERE clients.deleted_at IS NOT NULL";
    BY_ID = concat!("SELECT ", columns!(), " WHERE id = ?1 AND deleted_at IS NULL");
    LIST = concat!("SELECT ", columns!(), " WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2");
    SET_SECRET = "UPDATE clients SET previous_hash = secret_hash, previous_until = ?3, secret_hash = ?2, \
         updated_at = ?4 WHERE id = ?1 AND deleted_at IS NULL AND secret_hash IS NOT NULL";
    SET_RIGHTS = "UPDATE clients SET scopes = ?2, audiences = ?3, updated_at = ?4 \
         WHERE id = ?1 AND deleted_at IS NULL";
    SET_KEYS = "UPDATE clients SET jwks = ?2, updated_at = ?3 \
         WHERE id = ?1 AND deleted_at IS NULL AND jwks IS NOT NULL";
    SET_DISABLED = "UPDATE clients SET disabled_at = ?2, updated_at = ?3 WHERE id = ?1 AND deleted_at IS NULL";
    RAISE_EPOCH = "UPDATE clients SET epoch = CASE WHEN epoch >= ?2 THEN epoch + 1 ELSE ?2 END \
         WHERE id = ?1 AND deleted_at IS NULL RETURNING epoch";
    DELETE = "UPDATE clients SET deleted_at = ?2, updated_at = ?2, secret_hash = NULL, previous_hash = NULL, \
         jwks = NULL, scopes = '[]', audiences = '[]' WHERE id = ?1 AND deleted_at IS NULL";
    USE_ONCE = "INSERT INTO used_assertions (digest, expires_at) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
    DELETE_EXPIRED_BEFORE = "DELETE FROM used_assertions WHERE digest IN \
         (SELECT digest FROM used_assertions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
}
