//! Keys of the server, sealed by the caller before they come here: the keys that sign tokens and those that make
//! refresh tokens. What the states mean: `design/sessions.md`, "Signing keys".

use super::statement::statements;
use super::value::{Row, values};
use super::{StoreError, Tx};

/// A key that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Its id, as tokens name it.
    pub kid: String,
    /// What it signs: `access` tokens or the revocation `feed`.
    pub purpose: String,
    /// Its JOSE algorithm.
    pub algorithm: String,
    /// Where it is in its life. Of a purpose and algorithm the database holds at most one `active` and one `next`.
    pub state: String,
    /// The public half, a JWK.
    pub public_jwk: String,
    /// The private half, encrypted.
    pub private_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
    /// From when on a `next` key may sign.
    pub signs_from: Option<i64>,
    /// When it began to sign.
    pub activated_at: Option<i64>,
    /// When it stopped.
    pub retired_at: Option<i64>,
    /// When nothing it signed is good any more.
    pub expires_at: Option<i64>,
    /// The longest life of a token it may have signed, in milliseconds.
    pub longest_lifetime: i64,
}

/// A key that makes refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshKeyRow {
    /// Its id, as tokens name it.
    pub id: [u8; 8],
    /// The secret, encrypted.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
    /// From when on it makes tokens.
    pub mints_from: i64,
}

/// Inserts a signing key; false when its id is taken, or when it is active and another of its algorithm is.
pub async fn insert_signing(tx: &mut Tx<'_>, key: &SigningKeyRow) -> Result<bool, StoreError> {
    let values = values![
        &key.kid,
        &key.purpose,
        &key.algorithm,
        &key.state,
        &key.public_jwk,
        &key.private_sealed,
        key.created_at,
        key.signs_from,
        key.activated_at,
        key.retired_at,
        key.expires_at,
        key.longest_lifetime,
    ];
    Ok(tx.execute(&INSERT_SIGNING, values).await? == 1)
}

/// All signing keys, the oldest first.
pub async fn list_signing(tx: &mut Tx<'_>) -> Result<Vec<SigningKeyRow>, StoreError> {
    tx.query(&LIST_SIGNING, values![]).await?.iter_mut().map(read_signing).collect()
}

/// Takes the active keys of all other algorithms out of service; they verify until `expires_at`.
pub async fn retire_other_algorithms(
    tx: &mut Tx<'_>,
    purpose: &str,
    algorithm: &str,
    now: i64,
    expires_at: i64,
) -> Result<u64, StoreError> {
    tx.execute(&RETIRE_OTHER_ALGORITHMS, values![purpose, algorithm, now, expires_at]).await
}

/// Deletes keys of which nothing signed is good any more.
pub async fn delete_expired_signing(tx: &mut Tx<'_>, now: i64) -> Result<u64, StoreError> {
    tx.execute(&DELETE_EXPIRED_SIGNING, values![now]).await
}

/// Replaces the sealed form of a signing key.
pub async fn reseal_signing(tx: &mut Tx<'_>, kid: &str, sealed: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(&RESEAL_SIGNING, values![kid, sealed]).await? == 1)
}

/// Replaces the sealed form of a refresh key.
pub async fn reseal_refresh(tx: &mut Tx<'_>, id: &[u8; 8], sealed: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(&RESEAL_REFRESH, values![id, sealed]).await? == 1)
}

/// Inserts a refresh key; false when its id is taken.
pub async fn insert_refresh(tx: &mut Tx<'_>, key: &RefreshKeyRow) -> Result<bool, StoreError> {
    let values = values![&key.id, &key.sealed, key.created_at, key.mints_from];
    Ok(tx.execute(&INSERT_REFRESH, values).await? == 1)
}

/// All refresh keys, the oldest first.
pub async fn list_refresh(tx: &mut Tx<'_>) -> Result<Vec<RefreshKeyRow>, StoreError> {
    tx.query(&LIST_REFRESH, values![]).await?.iter_mut().map(read_refresh).collect()
}

fn read_signing(row: &mut Row) -> Result<SigningKeyRow, StoreError> {
    Ok(SigningKeyRow {
        kid: row.text()?,
        purpose: row.text()?,
        algorithm: row.text()?,
        state: row.text()?,
        public_jwk: row.text()?,
        private_sealed: row.bytes()?,
        created_at: row.i64()?,
        signs_from: row.opt_i64()?,
        activated_at: row.opt_i64()?,
        retired_at: row.opt_i64()?,
        expires_at: row.opt_i64()?,
        longest_lifetime: row.i64()?,
    })
}

fn read_refresh(row: &mut Row) -> Result<RefreshKeyRow, StoreError> {
    Ok(RefreshKeyRow {
        id: row.array()?,
        sealed: row.bytes()?,
        created_at: row.i64()?,
        mints_from: row.i64()?,
    })
}

statements! {
    INSERT_SIGNING = "INSERT INTO signing_keys (kid, purpose, algorithm, state, public_jwk, private_sealed, \
         created_at, signs_from, activated_at, retired_at, expires_at, longest_lifetime) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
    LIST_SIGNING = "SELECT kid, purpose, algorithm, state, public_jwk, private_sealed, created_at, signs_from, \
         activated_at, retired_at, expires_at, longest_lifetime FROM signing_keys ORDER BY created_at, kid";
    RETIRE_OTHER_ALGORITHMS = "UPDATE signing_keys SET state = 'retired', retired_at = ?3, expires_at = ?4 \
         WHERE purpose = ?1 AND algorithm <> ?2 AND state = 'active'";
    DELETE_EXPIRED_SIGNING = "DELETE FROM signing_keys WHERE state = 'retired' AND expires_at <= ?1";
    RESEAL_SIGNING = "UPDATE signing_keys SET private_sealed = ?2 WHERE kid = ?1";
    RESEAL_REFRESH = "UPDATE refresh_keys SET sealed = ?2 WHERE id = ?1";
    INSERT_REFRESH = "INSERT INTO refresh_keys (id, sealed, created_at, mints_from) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO NOTHING";
    LIST_REFRESH = "SELECT id, sealed, created_at, mints_from FROM refresh_keys ORDER BY created_at, id";
}
