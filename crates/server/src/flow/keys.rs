//! Making, loading and reloading the keys: on first run, at every start, and when a token names a key not seen yet.
//!
//! Private keys are sealed before they reach the database. Two servers that start at once on one database agree on one
//! key, because the database holds at most one active key of a purpose and algorithm. What happens to keys later: `life`.

pub mod life;
mod load;
mod make;
pub mod master;
pub mod refresh;

use std::sync::Arc;

use jotgate_jose::{Algorithm, primitive::constant_time_eq};
use jotgate_token::{Clock, Random, reason};

use crate::{
    app::{
        App,
        keyring::{Keyring, Keys, MasterKeys, SigningKeys},
    },
    config::{Config, TokenAlgorithm},
    error::{Error, Refused},
    flow::open,
    rule::key_life::{Key, MAX_LAG, State},
    store::{
        Store, StoreError, Tx,
        keys::{self, SigningKeyRow},
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
    let keys = load::load(needs.store, needs.config, &master, now).await?;
    Ok(Keyring::new(master, keys, now))
}

/// Loads the keys again, as another server may have made new ones.
///
/// # Errors
/// [`KeysError`]; the keys so far stay in use.
pub async fn reload(app: &App) -> Result<(), KeysError> {
    // One after the other, because an older reading that ends later would bring a revoked key back.
    let turn = app.keyring.turn().await;
    let now = app.clock.now_ms();
    let keys = match load::load(&app.store, &app.config, &app.keyring.master(), now).await {
        Err(KeysError::WrongMasterKey) => load_with_another_master_key(app, now).await?,
        loaded => loaded?,
    };
    app.keyring.replace(keys, now);
    drop(turn);
    Ok(())
}

/// The master key was changed beside this server: where it lies in the data folder, the new one is there.
async fn load_with_another_master_key(app: &App, now: i64) -> Result<Keys, KeysError> {
    for key in open::master_keys_at_hand(&app.config) {
        let master = MasterKeys::derive(&key);
        match load::load(&app.store, &app.config, &master, now).await {
            Err(KeysError::WrongMasterKey) => {}
            Err(error) => return Err(error),
            Ok(keys) => {
                app.keyring.replace_master(master);
                return Ok(keys);
            }
        }
    }
    Err(KeysError::WrongMasterKey)
}

/// Loads the keys again if they changed. Asks for one value, so it can be done several times a second.
///
/// # Errors
/// As [`reload`].
pub async fn catch_up(app: &App) -> Result<(), KeysError> {
    let now = app.clock.now_ms();
    let generation = app.store.read(async move |tx: &mut Tx<'_>| meta::value(tx, GENERATION).await).await?;
    if app.keyring.confirm(generation.as_deref(), now) { Ok(()) } else { reload(app).await }
}

/// The keys to sign with: compared with the database a short while ago, because a server that could not do so must not
/// go on with a key that the others have dropped.
///
/// # Errors
/// `keys.unavailable`, or the database's error.
pub async fn to_sign_with(app: &App) -> Result<Arc<SigningKeys>, Error> {
    if !app.keyring.is_fresh(app.clock.now_ms(), MAX_LAG) {
        catch_up(app).await.map_err(|error| match error {
            KeysError::Store(error) => Error::Store(error),
            other => {
                tracing::error!(error = %other, "the keys could not be loaded again; nothing is signed");
                let refused = Refused::new(&reason::KEYS_UNAVAILABLE).retry_after_ms(5_000);
                refused.detail("the keys of this server cannot be loaded").into()
            }
        })?;
    }
    Ok(app.keyring.signing())
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

/// A key as the rules of its life see it; none for a state of a later version, which is left alone.
fn life_of(row: &SigningKeyRow) -> Option<Key> {
    Some(Key {
        kid: row.kid.clone(),
        algorithm: row.algorithm.clone(),
        state: State::parse(&row.state)?,
        activated_at: row.activated_at,
        signs_from: row.signs_from,
        expires_at: row.expires_at,
        longest_lifetime: row.longest_lifetime,
    })
}

const ACCESS: &str = "access";
const FEED: &str = "feed";

/// Whether this server's master key is the one the database was last sealed with.
pub(super) async fn has_current_master(app: &App, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let stored = meta::value(tx, MASTER_CHECK).await?.unwrap_or_default();
    Ok(constant_time_eq(&stored, app.keyring.master().check_value()))
}

/// Every follower in every language has to know it, so it is no setting.
const FEED_ALGORITHM: Algorithm = Algorithm::Es256;

const MASTER_CHECK: &str = "master_key_check";

/// Changed with every change of a key, so that servers notice by reading one value.
const GENERATION: &str = "keys_generation";

/// When a server last noted that it looks after the keys.
const WATCHED_AT: &str = "keys_watched_at";
