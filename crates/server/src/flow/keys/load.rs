//! From the rows of the database to the keys in memory: opened, sorted by what they are for, and put into the form in
//! which they are published.

use jotgate_jose::{Algorithm, Jwk, KeySet, SigningKey, jwt::Signer, primitive::constant_time_eq};
use jotgate_token::{
    access,
    refresh::{RefreshKey, RefreshKeys},
    revocation,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    ACCESS, FEED, FEED_ALGORITHM, GENERATION, KeysError, MASTER_CHECK, life_of, own_algorithm, refresh,
    refresh_name, unusable,
};
use crate::{
    app::keyring::{Keys, MasterKeys, SealedName, SigningKeys},
    config::Config,
    rule::{
        key_life::{self, State},
        refresh_key_life,
    },
    store::{
        Store, Tx,
        keys::{self, RefreshKeyRow, SigningKeyRow},
        meta,
    },
};

/// Reads everything anew. The generation is read first: what changes between the two reads is then loaded once more.
pub(super) async fn load(
    store: &Store,
    config: &Config,
    master: &MasterKeys,
    now: i64,
) -> Result<Keys, KeysError> {
    let (generation, check, signing, refresh) = store
        .read(async move |tx: &mut Tx<'_>| {
            let generation = meta::value(tx, GENERATION).await?;
            let check = meta::value(tx, MASTER_CHECK).await?;
            Ok((generation, check, keys::list_signing(tx).await?, keys::list_refresh(tx).await?))
        })
        .await?;
    if check.is_none_or(|check| !constant_time_eq(&check, master.check_value())) {
        return Err(KeysError::WrongMasterKey);
    }
    let signing = signing_keys(config, master, &signing)?;
    let ended = refresh.iter().filter(|row| row.sealed.is_empty()).map(|row| row.id).collect();
    let refresh = refresh_keys(config, master, &refresh, now)?;
    Ok(Keys { signing, refresh, ended, generation })
}

fn signing_keys(
    config: &Config,
    master: &MasterKeys,
    rows: &[SigningKeyRow],
) -> Result<SigningKeys, KeysError> {
    let issuer = config.issuer.as_str();
    let access = OfPurpose::open(issuer, master, rows, ACCESS)?;
    let feed = OfPurpose::open(issuer, master, rows, FEED)?;
    let own = access.active(own_algorithm(config.tokens.algorithm))?;
    let own_feed = feed.active(FEED_ALGORITHM)?;
    Ok(SigningKeys {
        own: access::signer(own.clone()).map_err(unusable)?,
        shared: shared_signer(config)?,
        verifying: access.verifying(),
        revoked: access.revoked,
        jwks: published(&access.rows)?,
        feed: revocation::signer(own_feed.clone()).map_err(unusable)?,
        feed_jwks: published(&feed.rows)?,
    })
}

/// The keys of one purpose. What a key of another purpose signed, none of these verifies.
struct OfPurpose<'a> {
    rows: Vec<&'a SigningKeyRow>,
    keys: Vec<SigningKey>,
    revoked: Vec<String>,
}

impl<'a> OfPurpose<'a> {
    fn open(
        issuer: &str,
        master: &MasterKeys,
        rows: &'a [SigningKeyRow],
        purpose: &str,
    ) -> Result<Self, KeysError> {
        let mut all = Self { rows: Vec::new(), keys: Vec::new(), revoked: Vec::new() };
        for row in rows.iter().filter(|row| row.purpose == purpose) {
            let Some(State::Next | State::Active | State::Retired) = State::parse(&row.state) else {
                all.revoked.push(row.kid.clone());
                continue;
            };
            let name = SealedName { issuer, id: &row.kid };
            let plain = master.open(name, &row.private_sealed).map_err(unusable)?;
            let key = Jwk::parse(&plain[..]).and_then(|jwk| SigningKey::from_jwk(&jwk)).map_err(unusable)?;
            all.rows.push(row);
            all.keys.push(key.with_kid(row.kid.clone()));
        }
        Ok(all)
    }

    fn active(&self, algorithm: Algorithm) -> Result<&SigningKey, KeysError> {
        let lives: Vec<_> = self.rows.iter().filter_map(|row| life_of(row)).collect();
        let active = key_life::signing(&lives, algorithm.name());
        let key = active.and_then(|life| self.keys.iter().find(|key| key.kid() == Some(&life.kid)));
        key.ok_or_else(|| KeysError::Unusable("the database holds no active signing key".into()))
    }

    fn verifying(&self) -> KeySet {
        KeySet::new(self.keys.iter().map(SigningKey::verifying_key))
    }
}

/// The key that signs comes first, because there are clients that take the first one.
fn published(rows: &[&SigningKeyRow]) -> Result<String, KeysError> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| State::parse(&row.state) != Some(State::Active));
    let keys = rows.iter().map(|row| published_form(&row.public_jwk)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "keys": keys }).to_string())
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
    for row in rows.iter().filter(|row| !row.sealed.is_empty()) {
        let plain =
            master.open(SealedName { issuer, id: &refresh_name(row.id) }, &row.sealed).map_err(unusable)?;
        let secret: &[u8; 32] = plain[..]
            .try_into()
            .map_err(|_| KeysError::Unusable("a refresh key is not 32 bytes long".into()))?;
        ring.push(RefreshKey::new(row.id, secret));
    }
    let lives: Vec<_> = rows.iter().map(refresh::life_of).collect();
    let minting = refresh_key_life::minting(&lives, now);
    let minting = minting.ok_or_else(|| KeysError::Unusable("the database holds no refresh key".into()))?;
    RefreshKeys::new(issuer, ring, minting).map_err(unusable)
}
