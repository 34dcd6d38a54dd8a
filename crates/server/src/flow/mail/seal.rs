//! Sealing what a mail says while it waits: whoever reads the database must not get working links from it.

use uuid::Uuid;

use super::Written;
use crate::{
    app::{
        App,
        keyring::{MasterKeys, SealedName},
    },
    error::{Error, Result},
    store::{StoreError, Tx, outbox},
};

pub(super) fn seal(app: &App, id: Uuid, mail: &Written) -> Vec<u8> {
    let plain = serde_json::to_vec(mail).expect("four texts always have a JSON form");
    app.keyring.master().seal(app.random_bytes(), name(&id.to_string()), &plain)
}

pub(super) fn open(app: &App, id: Uuid, sealed: &[u8]) -> Result<Written> {
    let plain = app.keyring.master().open(name(&id.to_string()), sealed)?;
    serde_json::from_slice(plain.as_ref())
        .map_err(|_| Error::Internal(format!("the mail {id} does not read as one")))
}

/// Seals every mail under another master key. One that does not open could not have been sent before either; it stays,
/// and whoever delivers it gives it up.
pub(in crate::flow) async fn reseal_all(
    app: &App,
    tx: &mut Tx<'_>,
    old: &MasterKeys,
    new: &MasterKeys,
) -> Result<(), StoreError> {
    for (id, sealed) in outbox::list_sealed(tx).await? {
        let text = id.to_string();
        if let Ok(plain) = old.open(name(&text), &sealed) {
            outbox::reseal(tx, id, &new.seal(app.random_bytes(), name(&text), plain.as_ref())).await?;
        }
    }
    Ok(())
}

/// Bound to the row, so that a mail copied to another row does not open. Not to the issuer: when that changes, what
/// waits still has to go out.
fn name(id: &str) -> SealedName<'_> {
    SealedName { issuer: "outbox", id }
}
