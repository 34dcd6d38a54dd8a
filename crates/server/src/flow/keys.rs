//! Making, loading and reloading the keys: on first run, at every start, and when a token names a key not seen yet.
//!
//! Private keys are sealed before they reach the database. Two servers that start at once on one database agree on one
//! key, because the database holds at most one active key of an algorithm. Not for: rotation by age.

use jotgate_jose::{Algorithm, Jwk, KeySet, SigningKey, jwt::Signer, primitive::constant_time_eq};
use jotgate_token::{
    Clock, Random, access, random,
    refresh::{RefreshKey, RefreshKeys},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::throttle::millis;
use crate::{
    app::{
        App,
        keyring::{Keyring, MasterKeys, SealedName, SigningKeys},
    },
    config::{Config, TokenAlgorithm},
    error::Error,
    store::{
        Store, StoreError, Tx,
        keys::{self, RefreshKeyRow, SigningKeyRow},
        meta,
    },
};

/// Under which name the database remembers the issuer its keys are sealed for.
pub const ISSUER: &str = "issuer";

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The database's keys were sealed under another master key.
    #[error("the master key is not the one this database was made with")]
    WrongMasterKey,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key that is there cannot be used.
    #[error("{0}")]
    Unusable(String),
}

/// What loading keys needs.
#[derive(Clone, Copy)]
pub struct Needs<'a> {
    /// The database.
    pub store: &'a Store,
    /// The configuration.
    pub config: &'a Config,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Randomness.
    pub random: &'a dyn Random,
}

/// Loads the keys, making those that are missing.
///
/// # Errors
/// [`KeysError`].
pub async fn load_or_make(needs: Needs<'_>, master: &[u8; 32]) -> Result<Keyring, KeysError> {
    let master = MasterKeys::derive(master);
    check_master(needs.store, &master).await?;
    reseal_for_a_new_issuer(needs, &master).await?;
    make_missing(needs, &master).await?;
    let now = needs.clock.now_ms();
    let (signing, refresh) = load(needs.store, needs.config, &master, now).await?;
    Ok(Keyring::new(master, signing, refresh, now))
}

/// Loads the keys again, as another server may have made new ones.
///
/// # Errors
/// [`KeysError`]; the keys so far stay in use.
pub async fn reload(app: &App) -> Result<(), KeysError> {
    let (signing, refresh) = load(&app.store, &app.config, app.keyring.master(), app.clock.now_ms()).await?;
    app.keyring.replace(signing, refresh);
    Ok(())
}

/// Whether the database holds any sealed key, so that a new master key would lock it.
///
/// # Errors
/// When the database does.
pub async fn any_sealed(store: &Store) -> Result<bool, StoreError> {
    store
        .read(async move |tx: &mut Tx<'_>| {
            Ok(!keys::list_signing(tx).await?.is_empty() || !keys::list_refresh(tx).await?.is_empty())
        })
        .await
}

async fn check_master(store: &Store, master: &MasterKeys) -> Result<(), KeysError> {
    let ours = *master.check_value();
    let stored = store
        .write(async move |tx: &mut Tx<'_>| {
            meta::set_if_absent(tx, MASTER_CHECK, &ours).await?;
            meta::value(tx, MASTER_CHECK).await
        })
        .await?;
    match stored {
        Some(stored) if constant_time_eq(&stored, &ours) => Ok(()),
        _ => Err(KeysError::WrongMasterKey),
    }
}

/// Keys are sealed for one issuer. When the operator gives the server another one, what it owns moves along; refresh
/// tokens made for the old issuer end, because the issuer is in their tags.
async fn reseal_for_a_new_issuer(needs: Needs<'_>, master: &MasterKeys) -> Result<(), KeysError> {
    let new = needs.config.issuer.as_str().to_owned();
    let (old, signing, refresh) = needs
        .store
        .read(async move |tx: &mut Tx<'_>| {
            let old = meta::value(tx, ISSUER).await?;
            Ok((old, keys::list_signing(tx).await?, keys::list_refresh(tx).await?))
        })
        .await?;
    let old = match old.map(String::from_utf8) {
        Some(Ok(old)) if old == new => return Ok(()),
        Some(Ok(old)) => old,
        Some(Err(_)) => {
            return Err(KeysError::Unusable("the issuer noted in the database is not text".into()));
        }
        None => new.clone(),
    };
    if old != new {
        tracing::warn!(%old, %new, "the issuer changed: sessions opened under the old one end");
    }
    let reseal = |id: &str, sealed: &[u8]| -> Result<Vec<u8>, KeysError> {
        let plain = master.open(SealedName { issuer: &old, id }, sealed).map_err(unusable)?;
        Ok(master.seal(random::array(needs.random), SealedName { issuer: &new, id }, &plain))
    };
    let signing: Vec<_> = signing
        .iter()
        .map(|row| Ok((row.kid.clone(), reseal(&row.kid, &row.private_sealed)?)))
        .collect::<Result<_, KeysError>>()?;
    let refresh: Vec<_> = refresh
        .iter()
        .map(|row| Ok((row.id, reseal(&refresh_name(row.id), &row.sealed)?)))
        .collect::<Result<_, KeysError>>()?;
    needs
        .store
        .write(async move |tx: &mut Tx<'_>| {
            for (kid, sealed) in &signing {
                keys::reseal_signing(tx, kid, sealed).await?;
            }
            for (id, sealed) in &refresh {
                keys::reseal_refresh(tx, id, sealed).await?;
            }
            meta::set(tx, ISSUER, new.as_bytes()).await
        })
        .await?;
    Ok(())
}

async fn make_missing(needs: Needs<'_>, master: &MasterKeys) -> Result<(), KeysError> {
    let algorithm = own_algorithm(needs.config.tokens.algorithm);
    let (signing, refresh) = needs
        .store
        .read(async move |tx: &mut Tx<'_>| Ok((keys::list_signing(tx).await?, keys::list_refresh(tx).await?)))
        .await?;
    let is_active = |row: &SigningKeyRow| row.state == ACTIVE && row.algorithm == algorithm.name();
    let new_signing = match signing.iter().any(is_active) {
        true => None,
        false => Some(make_signing(needs, master, algorithm).await?),
    };
    let new_refresh = refresh.is_empty().then(|| make_refresh(needs, master));
    if new_signing.is_none() && new_refresh.is_none() {
        return Ok(());
    }
    let now = needs.clock.now_ms();
    // Verifiers may hold the old key as long as its last token lives, with leeway, and a cached key set.
    let expires_at = now + millis(needs.config.tokens.access_lifetime) + FEED_LEEWAY + JWKS_MAX_AGE;
    needs
        .store
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(row) = &new_signing {
                keys::retire_other_algorithms(tx, &row.algorithm, now, expires_at).await?;
                keys::insert_signing(tx, row).await?;
            }
            if let Some(row) = &new_refresh
                && keys::list_refresh(tx).await?.is_empty()
            {
                keys::insert_refresh(tx, row).await?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

async fn make_signing(
    needs: Needs<'_>,
    master: &MasterKeys,
    algorithm: Algorithm,
) -> Result<SigningKeyRow, KeysError> {
    // An RSA key takes a tenth of a second or more; nothing else waits for it.
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await.map_err(unusable)?;
    let key = key.map_err(unusable)?;
    let kid = key.thumbprint();
    let key = key.with_kid(kid.clone());
    let private = key.private_jwk().map_err(unusable)?;
    let name = SealedName { issuer: needs.config.issuer.as_str(), id: &kid };
    let now = needs.clock.now_ms();
    Ok(SigningKeyRow {
        private_sealed: master.seal(random::array(needs.random), name, private.as_bytes()),
        public_jwk: key.public_jwk().and_then(|jwk| jwk.to_json()).map_err(unusable)?,
        algorithm: algorithm.name().into(),
        state: ACTIVE.into(),
        created_at: now,
        activated_at: Some(now),
        retired_at: None,
        expires_at: None,
        kid,
    })
}

fn make_refresh(needs: Needs<'_>, master: &MasterKeys) -> RefreshKeyRow {
    let id = master.key_id(random::array(needs.random));
    let secret: Zeroizing<[u8; 32]> = Zeroizing::new(random::array(needs.random));
    let named = refresh_name(id);
    let name = SealedName { issuer: needs.config.issuer.as_str(), id: &named };
    let now = needs.clock.now_ms();
    let sealed = master.seal(random::array(needs.random), name, secret.as_ref());
    RefreshKeyRow { id, sealed, created_at: now, mints_from: now }
}

async fn load(
    store: &Store,
    config: &Config,
    master: &MasterKeys,
    now: i64,
) -> Result<(SigningKeys, RefreshKeys), KeysError> {
    let (signing, refresh) = store
        .read(async move |tx: &mut Tx<'_>| Ok((keys::list_signing(tx).await?, keys::list_refresh(tx).await?)))
        .await?;
    Ok((signing_keys(config, master, &signing, now)?, refresh_keys(config, master, &refresh, now)?))
}

fn signing_keys(
    config: &Config,
    master: &MasterKeys,
    rows: &[SigningKeyRow],
    now: i64,
) -> Result<SigningKeys, KeysError> {
    let issuer = config.issuer.as_str();
    let algorithm = own_algorithm(config.tokens.algorithm);
    let mut own = None;
    let (mut verifying, mut published) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row.expires_at.is_none_or(|at| at > now)) {
        let plain =
            master.open(SealedName { issuer, id: &row.kid }, &row.private_sealed).map_err(unusable)?;
        let key = Jwk::parse(&plain[..]).and_then(|jwk| SigningKey::from_jwk(&jwk)).map_err(unusable)?;
        let key = key.with_kid(row.kid.clone());
        verifying.push(key.verifying_key());
        published.push(published_form(&row.public_jwk)?);
        if row.state == ACTIVE && row.algorithm == algorithm.name() {
            own = Some(access::signer(key).map_err(unusable)?);
        }
    }
    Ok(SigningKeys {
        own: own.ok_or_else(|| KeysError::Unusable(format!("no active {} key", algorithm.name())))?,
        shared: shared_signer(config)?,
        verifying: KeySet::new(verifying),
        jwks: json!({ "keys": published }).to_string(),
    })
}

/// The published key says what it is for, so that no client uses it for anything else (RFC 7517 section 4.2).
fn published_form(public_jwk: &str) -> Result<Value, KeysError> {
    let mut jwk: Value = serde_json::from_str(public_jwk).map_err(unusable)?;
    jwk["use"] = "sig".into();
    Ok(jwk)
}

fn shared_signer(config: &Config) -> Result<Option<Signer>, KeysError> {
    let Some(secret) = &config.tokens.secret else { return Ok(None) };
    let key = SigningKey::hmac(Algorithm::Hs256, secret.expose_secret().as_bytes()).map_err(unusable)?;
    access::signer(key).map(Some).map_err(unusable)
}

fn refresh_keys(
    config: &Config,
    master: &MasterKeys,
    rows: &[RefreshKeyRow],
    now: i64,
) -> Result<RefreshKeys, KeysError> {
    let issuer = config.issuer.as_str();
    let mut ring = Vec::with_capacity(rows.len());
    for row in rows {
        let plain =
            master.open(SealedName { issuer, id: &refresh_name(row.id) }, &row.sealed).map_err(unusable)?;
        let secret: &[u8; 32] = plain
            .as_slice()
            .try_into()
            .map_err(|_| KeysError::Unusable("a refresh key is not 32 bytes long".into()))?;
        ring.push(RefreshKey::new(row.id, secret));
    }
    let minting = rows.iter().rev().find(|row| row.mints_from <= now).or(rows.first());
    let minting = minting.ok_or_else(|| KeysError::Unusable("the database holds no refresh key".into()))?;
    RefreshKeys::new(issuer, ring, minting.id).map_err(unusable)
}

/// What the server signs with for itself: HS256 is only ever for the configured audiences.
fn own_algorithm(configured: TokenAlgorithm) -> Algorithm {
    match configured {
        TokenAlgorithm::Es256 | TokenAlgorithm::Hs256 => Algorithm::Es256,
        TokenAlgorithm::Es384 => Algorithm::Es384,
        TokenAlgorithm::Rs256 => Algorithm::Rs256,
        TokenAlgorithm::Ps256 => Algorithm::Ps256,
        TokenAlgorithm::Ed25519 => Algorithm::Ed25519,
    }
}

fn refresh_name(id: [u8; 8]) -> String {
    use std::fmt::Write;
    id.iter().fold("refresh ".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

fn unusable(error: impl std::fmt::Display) -> KeysError {
    KeysError::Unusable(error.to_string())
}

impl From<KeysError> for Error {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => Self::Store(error),
            other => Self::Internal(other.to_string()),
        }
    }
}

const ACTIVE: &str = "active";
const MASTER_CHECK: &str = "master_key_check";

/// How much later than its expiry some verifier may still take a token, in milliseconds.
const FEED_LEEWAY: i64 = 120_000;

/// How long a client may keep the published key set, in milliseconds.
const JWKS_MAX_AGE: i64 = 300_000;
