//! Another master key: every private key and every secret of an authenticator app is sealed anew in one transaction, and the old master key opens nothing more.
//!
//! A running server whose master key is the file in the data folder takes the new file by itself; one that was given the
//! key by its configuration signs nothing after a minute, until it is started with the new one.

use std::path::{Path, PathBuf};

use jotgate_token::random;
use serde_json::json;
use zeroize::Zeroizing;

use super::{GENERATION, KeysError, MASTER_CHECK, refresh_name, reload, unusable};
use crate::{
    app::{
        App,
        keyring::{MasterKeys, SealedName},
    },
    flow::{
        audit::Event,
        imported_passwords, mail, mail_request,
        open::{self, MASTER_KEY_FILE},
        operator::By,
        second_factor::totp,
    },
    store::{StoreError, Tx, keys, meta, totp_secrets},
};

/// Seals all private keys and the secrets of authenticator apps under `new`; answers how many keys there were.
///
/// # Errors
/// When a key does not open with the old master key, or the database answers an error: then nothing has changed.
pub async fn rekey(app: &App, new: &[u8; 32], by: &By) -> Result<usize, KeysError> {
    let (of, old, new) = (app.clone(), app.keyring.master(), MasterKeys::derive(new));
    let author = by.name();
    let sealed = app.store.write(async move |tx: &mut Tx<'_>| {
        // Whoever makes a key at this moment waits here, and then fails, as the master key is no longer theirs.
        meta::set(tx, GENERATION, &of.random_bytes::<16>()).await?;
        let resealed = match reseal(&of, tx, &old, &new).await? {
            Ok(resealed) => resealed,
            Err(error) => return Ok(Err(error)),
        };
        let secrets = match totp::reseal(&of, tx, &old, &new).await? {
            Ok(secrets) => secrets,
            Err(error) => return Ok(Err(error)),
        };
        let signer_keys = match imported_passwords::reseal(&of, tx, &old, &new).await? {
            Ok(signer_keys) => signer_keys,
            Err(error) => return Ok(Err(error.to_string())),
        };
        mail_request::reseal_all(&of, tx, &old, &new).await?;
        for (kid, sealed) in &resealed.signing {
            keys::reseal_signing(tx, kid, sealed).await?;
        }
        for (id, sealed) in &resealed.refresh {
            keys::reseal_refresh(tx, id, sealed).await?;
        }
        for (name, sealed) in &signer_keys {
            meta::set(tx, name, sealed).await?;
        }
        for (user, sealed) in &secrets {
            totp_secrets::reseal(tx, *user, sealed).await?;
        }
        // Last, as it writes: whatever does not open has been found by then.
        mail::reseal_all(&of, tx, &old, &new).await?;
        meta::set(tx, MASTER_CHECK, new.check_value()).await?;
        let count = resealed.signing.len() + resealed.refresh.len() + signer_keys.len();
        let detail = json!({ "by": author, "keys": count, "authenticator_apps": secrets.len() });
        Event::new("master_key.changed", of.clock.now_ms()).detail(detail).write(&of, tx).await?;
        Ok(Ok(count))
    });
    sealed.await?.map_err(KeysError::Unusable)
}

/// The same with a master key in the data folder: a new one is made there. A crash in between leaves both files, and the
/// next start takes the one that fits.
///
/// # Errors
/// As [`rekey`], and when the folder cannot be written.
pub async fn rekey_in_folder(app: &App, by: &By) -> Result<usize, KeysError> {
    let new: Zeroizing<[u8; 32]> = Zeroizing::new(random::array(&*app.random));
    let next = next_file(&app.config.data);
    open::write_once(&next, &new).map_err(unusable)?;
    let sealed = rekey(app, &new, by).await?;
    std::fs::rename(&next, app.config.data.join(MASTER_KEY_FILE)).map_err(unusable)?;
    reload(app).await?;
    Ok(sealed)
}

/// Where the master key is while it is being changed.
pub(in crate::flow) fn next_file(data: &Path) -> PathBuf {
    data.join("master.key.next")
}

struct Resealed {
    signing: Vec<(String, Vec<u8>)>,
    refresh: Vec<([u8; 8], Vec<u8>)>,
}

/// All of them before any is written, so that one that does not open leaves the others as they were.
async fn reseal(
    app: &App,
    tx: &mut Tx<'_>,
    old: &MasterKeys,
    new: &MasterKeys,
) -> Result<Result<Resealed, String>, StoreError> {
    let (signing, refresh) = (keys::list_signing(tx).await?, keys::list_refresh(tx).await?);
    let issuer = app.config.issuer.as_str();
    let one = |id: &str, sealed: &[u8]| -> Result<Vec<u8>, String> {
        let name = SealedName { issuer, id };
        let plain = old.open(name, sealed).map_err(|error| error.to_string())?;
        Ok(new.seal(app.random_bytes(), name, &plain))
    };
    let all = || {
        Ok(Resealed {
            signing: signing
                .iter()
                .filter(|row| !row.private_sealed.is_empty())
                .map(|row| Ok((row.kid.clone(), one(&row.kid, &row.private_sealed)?)))
                .collect::<Result<_, String>>()?,
            refresh: refresh
                .iter()
                .filter(|row| !row.sealed.is_empty())
                .map(|row| Ok((row.id, one(&refresh_name(row.id), &row.sealed)?)))
                .collect::<Result<_, String>>()?,
        })
    };
    Ok(all())
}
