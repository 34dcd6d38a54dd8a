//! Making keys that are missing, and sealing them anew when the issuer changes.

use jotgate_jose::{Algorithm, SigningKey};
use jotgate_token::random;
use zeroize::Zeroizing;

use super::{
    ACCESS, FEED, FEED_ALGORITHM, GENERATION, ISSUER, KeysError, Needs, WATCHED_AT, own_algorithm,
    refresh_name, unusable,
};
use crate::{
    app::keyring::{MasterKeys, SealedName},
    config::Config,
    flow::throttle::millis,
    rule::key_life::State,
    store::{
        Tx,
        keys::{self, RefreshKeyRow, SigningKeyRow},
        meta,
    },
};

/// Keys are sealed for one issuer. When the operator gives the server another one, what it owns moves along; refresh
/// tokens made for the old issuer end, because the issuer is in their tags.
pub(super) async fn reseal_for_a_new_issuer(needs: Needs<'_>, master: &MasterKeys) -> Result<(), KeysError> {
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
        .filter(|row| !row.private_sealed.is_empty())
        .map(|row| Ok((row.kid.clone(), reseal(&row.kid, &row.private_sealed)?)))
        .collect::<Result<_, KeysError>>()?;
    let refresh: Vec<_> = refresh
        .iter()
        .filter(|row| !row.sealed.is_empty())
        .map(|row| Ok((row.id, reseal(&refresh_name(row.id), &row.sealed)?)))
        .collect::<Result<_, KeysError>>()?;
    let generation = random::array::<16>(needs.random);
    needs
        .store
        .write(async move |tx: &mut Tx<'_>| {
            for (kid, sealed) in &signing {
                keys::reseal_signing(tx, kid, sealed).await?;
            }
            for (id, sealed) in &refresh {
                keys::reseal_refresh(tx, id, sealed).await?;
            }
            meta::set(tx, GENERATION, &generation).await?;
            meta::set(tx, ISSUER, new.as_bytes()).await
        })
        .await?;
    Ok(())
}

/// Makes what a new database lacks. Of a purpose that has a key already everything else is left to the rules of its
/// life, because a key that signed at once would be unknown to every verifier.
pub(super) async fn make_missing(needs: Needs<'_>, master: &MasterKeys) -> Result<(), KeysError> {
    let algorithm = own_algorithm(needs.config.tokens.algorithm);
    let (signing, refresh) = needs
        .store
        .read(async move |tx: &mut Tx<'_>| Ok((keys::list_signing(tx).await?, keys::list_refresh(tx).await?)))
        .await?;
    let mut new_signing = Vec::new();
    for (purpose, algorithm) in [(ACCESS, algorithm), (FEED, FEED_ALGORITHM)] {
        if !signing.iter().any(|row| is_active(row, purpose)) {
            new_signing.push(make_signing(needs, master, purpose, algorithm).await?);
        }
    }
    let new_refresh = refresh.is_empty().then(|| make_refresh(needs, master));
    if new_signing.is_empty() && new_refresh.is_none() {
        return Ok(());
    }
    let (generation, now) = (random::array::<16>(needs.random), needs.clock.now_ms());
    needs
        .store
        .write(async move |tx: &mut Tx<'_>| {
            // Of two servers that start at once the second waits here, and then finds the keys of the first.
            meta::set(tx, GENERATION, &generation).await?;
            let there = keys::list_signing(tx).await?;
            for row in &new_signing {
                if !there.iter().any(|other| is_active(other, &row.purpose)) {
                    keys::insert_signing(tx, row).await?;
                }
            }
            if let Some(row) = &new_refresh
                && keys::list_refresh(tx).await?.is_empty()
            {
                keys::insert_refresh(tx, row).await?;
            }
            meta::set_if_absent(tx, WATCHED_AT, &now.to_be_bytes()).await.map(drop)
        })
        .await?;
    Ok(())
}

/// For how long a token that this server signs may be taken somewhere.
pub(super) fn reach(config: &Config) -> i64 {
    millis(config.tokens.access_lifetime) + millis(config.revocations.feed_leeway)
}

fn is_active(row: &SigningKeyRow, purpose: &str) -> bool {
    row.purpose == purpose && row.state == State::Active.name()
}

/// A key that signs at once; the caller makes a `next` of it where one is meant.
pub(super) async fn make_signing(
    needs: Needs<'_>,
    master: &MasterKeys,
    purpose: &str,
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
        purpose: purpose.into(),
        algorithm: algorithm.name().into(),
        state: State::Active.name().into(),
        created_at: now,
        signs_from: None,
        activated_at: Some(now),
        retired_at: None,
        expires_at: None,
        longest_lifetime: reach(needs.config),
        kid,
    })
}

pub(super) fn make_refresh(needs: Needs<'_>, master: &MasterKeys) -> RefreshKeyRow {
    let id = master.key_id(random::array(needs.random));
    let secret: Zeroizing<[u8; 32]> = Zeroizing::new(random::array(needs.random));
    let named = refresh_name(id);
    let name = SealedName { issuer: needs.config.issuer.as_str(), id: &named };
    let now = needs.clock.now_ms();
    let sealed = master.seal(random::array(needs.random), name, secret.as_ref());
    RefreshKeyRow { id, sealed, created_at: now, mints_from: now, expires_at: None }
}
