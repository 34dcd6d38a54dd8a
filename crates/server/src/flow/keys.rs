//! Making, loading and reloading the keys: on first run, at every start, and when a token names a key not seen yet.
//!
//! Private keys are sealed before they reach the database. Two servers that start at once on one database agree on one
//! key, because the database holds at most one active key of an algorithm. Not for: rotation by age.

mod make;

use jotgate_jose::{Algorithm, Jwk, KeySet, SigningKey, jwt::Signer, primitive::constant_time_eq};
use jotgate_token::{
    Clock, Random, access,
    refresh::{RefreshKey, RefreshKeys},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

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
    make::reseal_for_a_new_issuer(needs, &master).await?;
    make::make_missing(needs, &master).await?;
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
    let live = || rows.iter().filter(|row| row.expires_at.is_none_or(|at| at > now));
    let access = Loaded::of(issuer, master, live().filter(|row| row.purpose == ACCESS))?;
    let feed = Loaded::of(issuer, master, live().filter(|row| row.purpose == FEED))?;
    let missing = || KeysError::Unusable("the database holds no active signing key".into());
    let own = access.active(own_algorithm(config.tokens.algorithm)).ok_or_else(missing)?;
    let own_feed = feed.active(FEED_ALGORITHM).ok_or_else(missing)?;
    Ok(SigningKeys {
        own: access::signer(own.clone()).map_err(unusable)?,
        shared: shared_signer(config)?,
        verifying: access.verifying(),
        jwks: access.published(),
        feed: Signer::new(own_feed.clone(), FEED_TYP).map_err(unusable)?,
        feed_jwks: feed.published(),
    })
}

/// The keys of one purpose. What a key of another purpose signed, none of these verifies.
struct Loaded<'a> {
    keys: Vec<(&'a SigningKeyRow, SigningKey)>,
    published: Vec<Value>,
}

impl<'a> Loaded<'a> {
    fn of(
        issuer: &str,
        master: &MasterKeys,
        rows: impl Iterator<Item = &'a SigningKeyRow>,
    ) -> Result<Self, KeysError> {
        let mut loaded = Self { keys: Vec::new(), published: Vec::new() };
        for row in rows {
            let name = SealedName { issuer, id: &row.kid };
            let plain = master.open(name, &row.private_sealed).map_err(unusable)?;
            let key = Jwk::parse(&plain[..]).and_then(|jwk| SigningKey::from_jwk(&jwk)).map_err(unusable)?;
            loaded.keys.push((row, key.with_kid(row.kid.clone())));
            loaded.published.push(published_form(&row.public_jwk)?);
        }
        Ok(loaded)
    }

    /// The key that signs: of this algorithm, or else any, because another server may have been told to use another.
    fn active(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        let active = || self.keys.iter().filter(|(row, _)| row.state == ACTIVE);
        let fitting = active().find(|(row, _)| row.algorithm == algorithm.name());
        fitting.or_else(|| active().next()).map(|(_, key)| key)
    }

    fn verifying(&self) -> KeySet {
        KeySet::new(self.keys.iter().map(|(_, key)| key.verifying_key()))
    }

    fn published(&self) -> String {
        json!({ "keys": self.published }).to_string()
    }
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
        let secret: &[u8; 32] = plain[..]
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
const ACCESS: &str = "access";
const FEED: &str = "feed";

/// Every follower in every language has to know it, so it is no setting.
const FEED_ALGORITHM: Algorithm = Algorithm::Es256;

/// The explicit type of what the feed's key signs (RFC 8725 section 3.11).
const FEED_TYP: &str = "revocations+jwt";

const MASTER_CHECK: &str = "master_key_check";

/// How much later than its expiry some verifier may still take a token, in milliseconds.
const FEED_LEEWAY: i64 = 120_000;

/// How long a client may keep the published key set, in milliseconds.
const JWKS_MAX_AGE: i64 = 300_000;
