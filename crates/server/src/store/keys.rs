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
    /// The private half, encrypted; empty once the key is revoked.
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
    /// For how long, in milliseconds, a token that it signed may be taken somewhere, at the most.
    pub longest_lifetime: i64,
}

/// A key that makes refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshKeyRow {
    /// Its id, as tokens name it.
    pub id: [u8; 8],
    /// The secret, encrypted; empty once no token of it counts any more.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
    /// From when on it makes tokens.
    pub mints_from: i64,
    /// When the last token it made is over; none while it may make some.
    pub expires_at: Option<i64>,
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

/// Lets a `next` key sign; false when it is none any more.
pub async fn mark_active(tx: &mut Tx<'_>, kid: &str, at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_ACTIVE, values![kid, at]).await? == 1)
}

/// Takes an active key out of service; it verifies until `expires_at`.
pub async fn mark_retired(tx: &mut Tx<'_>, kid: &str, at: i64, expires_at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_RETIRED, values![kid, at, expires_at]).await? == 1)
}

/// Voids a key. Its private half goes at once, its name at `expires_at`.
pub async fn mark_revoked(tx: &mut Tx<'_>, kid: &str, at: i64, expires_at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_REVOKED, values![kid, at, expires_at, NOTHING]).await? == 1)
}

/// Sets from when on a `next` key may sign.
pub async fn set_signs_from(tx: &mut Tx<'_>, kid: &str, signs_from: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_SIGNS_FROM, values![kid, signs_from]).await? == 1)
}

/// Sets when a retired or revoked key goes.
pub async fn set_expires_at(tx: &mut Tx<'_>, kid: &str, expires_at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_EXPIRES_AT, values![kid, expires_at]).await? == 1)
}

/// Sets since when the active key counts as signing.
pub async fn set_activated_at(tx: &mut Tx<'_>, kid: &str, at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_ACTIVATED_AT, values![kid, at]).await? == 1)
}

/// Raises the longest life of a token that the key may have signed; never lowers it.
pub async fn raise_lifetime(tx: &mut Tx<'_>, kid: &str, lifetime: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&RAISE_LIFETIME, values![kid, lifetime]).await? == 1)
}

/// Deletes a key that signs nothing.
pub async fn delete_signing(tx: &mut Tx<'_>, kid: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE_SIGNING, values![kid]).await? == 1)
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

/// Sets when the last token that a refresh key made is over.
pub async fn set_refresh_expires_at(tx: &mut Tx<'_>, id: &[u8; 8], at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_REFRESH_EXPIRES_AT, values![id, at]).await? == 1)
}

/// Throws the secret of a refresh key away and keeps its name.
pub async fn mark_refresh_over(tx: &mut Tx<'_>, id: &[u8; 8], at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&MARK_REFRESH_OVER, values![id, at, NOTHING]).await? == 1)
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
        expires_at: row.opt_i64()?,
    })
}

/// What is left of the private half of a revoked key.
const NOTHING: &[u8] = &[];

statements! {
    INSERT_SIGNING = "INSERT INTO signing_keys (kid, purpose, algorithm, state, public_jwk, private_sealed, \
         created_at, signs_from, activated_at, retired_at, expires_at, longest_lifetime) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
    LIST_SIGNING = "SELECT kid, purpose, algorithm, state, public_jwk, private_sealed, created_at, signs_from, \
         activated_at, retired_at, expires_at, longest_lifetime FROM signing_keys ORDER BY created_at, kid";
    MARK_ACTIVE = "UPDATE signing_keys SET state = 'active', activated_at = ?2, signs_from = NULL \
         WHERE kid = ?1 AND state = 'next'";
    MARK_RETIRED = "UPDATE signing_keys SET state = 'retired', retired_at = ?2, expires_at = ?3 \
         WHERE kid = ?1 AND state = 'active'";
    MARK_REVOKED = "UPDATE signing_keys SET state = 'revoked', retired_at = ?2, expires_at = ?3, \
         signs_from = NULL, private_sealed = ?4 WHERE kid = ?1 AND state <> 'revoked'";
    SET_SIGNS_FROM = "UPDATE signing_keys SET signs_from = ?2 WHERE kid = ?1 AND state = 'next'";
    SET_EXPIRES_AT = "UPDATE signing_keys SET expires_at = ?2 WHERE kid = ?1 AND expires_at IS NOT NULL";
    SET_ACTIVATED_AT = "UPDATE signing_keys SET activated_at = ?2 WHERE kid = ?1 AND state = 'active'";
    RAISE_LIFETIME = "UPDATE signing_keys SET longest_lifetime = ?2 WHERE kid = ?1 AND longest_lifetime < ?2";
    DELETE_SIGNING = "DELETE FROM signing_keys WHERE kid = ?1 AND state <> 'active'";
    RESEAL_SIGNING = "UPDATE signing_keys SET private_sealed = ?2 WHERE kid = ?1";
    RESEAL_REFRESH = "UPDATE refresh_keys SET sealed = ?2 WHERE id = ?1";
    INSERT_REFRESH = "INSERT INTO refresh_keys (id, sealed, created_at, mints_from) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO NOTHING";
    SET_REFRESH_EXPIRES_AT = "UPDATE refresh_keys SET expires_at = ?2 WHERE id = ?1";
    MARK_REFRESH_OVER = "UPDATE refresh_keys SET sealed = ?3, expires_at = ?2 WHERE id = ?1";
    LIST_REFRESH = "SELECT id, sealed, created_at, mints_from, expires_at FROM refresh_keys ORDER BY created_at, id";
}
