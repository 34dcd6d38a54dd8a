//! What hashes of other systems need besides themselves: the signer keys of Firebase projects, sealed under the master key,
//! and a note of the schemes present, so that a wrong password waits as long for an account of ours as for one of theirs.
//!
//! Not for: checking (`app::hasher`), or which hashes are taken at an import.

use jotgate_jose::SecretBytes;
use secrecy::SecretString;

use crate::{
    app::{
        App,
        hasher::{Checked, Scheme, Stored},
        keyring::{MasterKeys, SealedName},
    },
    error::{Error, Result},
    store::{StoreError, Tx, meta, users},
};

/// Checks a typed password against a stored hash, whoever made it.
///
/// # Errors
/// `server.busy`; internal when the stored hash is none, or its signer key is gone.
pub(super) async fn check(app: &App, password: SecretString, stored: &str) -> Result<Checked> {
    let stored =
        Stored::parse(stored).map_err(|error| Error::Internal(format!("a stored password is {error}")))?;
    let key = match &stored.key {
        Some(id) => Some(signer_key(app, id).await?),
        None => None,
    };
    app.hasher.verify(password, stored, key).await
}

/// The signer key of a Firebase project.
///
/// # Errors
/// Internal when there is none of this id, or it does not open.
pub async fn signer_key(app: &App, id: &str) -> Result<SecretBytes> {
    let name = signer_key_name(id);
    let sealed = {
        let name = name.clone();
        app.store.read(async move |tx: &mut Tx<'_>| meta::value(tx, &name).await).await?
    };
    let sealed = sealed.ok_or_else(|| Error::Internal(format!("{name} is not in the database")))?;
    app.keyring.master().open(sealed_name(&name), &sealed)
}

/// Keeps the signer key of a project, once.
pub(super) async fn keep_signer_key(
    app: &App,
    tx: &mut Tx<'_>,
    id: &str,
    key: &[u8],
) -> Result<(), StoreError> {
    let name = signer_key_name(id);
    let sealed = app.keyring.master().seal(app.random_bytes(), sealed_name(&name), key);
    meta::set_if_absent(tx, &name, &sealed).await.map(drop)
}

/// The signer keys, sealed under another master key.
pub(super) async fn reseal(
    app: &App,
    tx: &mut Tx<'_>,
    old: &MasterKeys,
    new: &MasterKeys,
) -> Result<Result<Vec<(String, Vec<u8>)>, Error>, StoreError> {
    let rows = meta::list(tx, SIGNER_KEY).await?;
    let one = |(name, sealed): (String, Vec<u8>)| {
        let plain = old.open(sealed_name(&name), &sealed)?;
        let resealed = new.seal(app.random_bytes(), sealed_name(&name), &plain);
        Ok((name, resealed))
    };
    Ok(rows.into_iter().map(one).collect())
}

/// Notes that passwords of this scheme are about to be stored.
pub(super) async fn note(tx: &mut Tx<'_>, scheme: Scheme) -> Result<(), StoreError> {
    meta::set_if_absent(tx, &format!("{SCHEME}{scheme}"), scheme.sample().as_bytes()).await.map(drop)
}

/// Measures the schemes that were noted, by others too, and forgets those whose last password is gone; whether that is
/// so is looked up only when `thoroughly`, as it reads all users. For the running server.
///
/// # Errors
/// `server.busy`, or when the database answers an error.
pub async fn learn(app: &App, thoroughly: bool) -> Result<()> {
    let own = app.hasher.own();
    let present = app
        .store
        .read(async move |tx: &mut Tx<'_>| {
            let mut present = Vec::new();
            for (_, sample) in meta::list(tx, SCHEME).await? {
                let stored = std::str::from_utf8(&sample).ok().and_then(|text| Stored::parse(text).ok());
                let Some(Stored { scheme, .. }) = stored else { continue };
                let gone =
                    thoroughly && scheme != own && !users::any_password_like(tx, &scheme.to_string()).await?;
                present.push((scheme, gone));
            }
            Ok(present)
        })
        .await?;
    let gone: Vec<Scheme> = present.iter().filter(|(_, gone)| *gone).map(|(scheme, _)| *scheme).collect();
    let present: Vec<Scheme> =
        present.into_iter().filter(|(_, gone)| !gone).map(|(scheme, _)| scheme).collect();
    if !gone.is_empty() || !present.contains(&own) {
        app.store
            .write(async move |tx: &mut Tx<'_>| {
                for scheme in &gone {
                    meta::delete(tx, &format!("{SCHEME}{scheme}")).await?;
                }
                // Its own too: with another cost configured tomorrow, today's hashes are still there.
                note(tx, own).await
            })
            .await?;
    }
    for scheme in app.hasher.keep_only(&present) {
        app.hasher.learn(scheme).await?;
    }
    Ok(())
}

fn signer_key_name(id: &str) -> String {
    format!("{SIGNER_KEY}{id}")
}

/// Without the issuer, because the passwords stay the same when the server gets another one.
fn sealed_name(name: &str) -> SealedName<'_> {
    SealedName { issuer: "", id: name }
}

const SIGNER_KEY: &str = "signer_key:";
const SCHEME: &str = "password_scheme:";
