//! Looking after passkeys: the list, a new name, and away with one.

use jotgate_token::reason;
use uuid::Uuid;

use super::{PasskeyView, enrol::name};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::{
        Client,
        authenticate::Caller,
        second_factor::{Factor, demand, manage::Removed},
    },
    store::{Tx, passkeys, users},
};

/// The caller's passkeys, oldest first.
///
/// # Errors
/// When the database does.
pub async fn list_passkeys(app: &App, caller: &Caller) -> Result<Vec<PasskeyView>> {
    let id = caller.row.id;
    let rows = app.store.read(async move |tx: &mut Tx<'_>| passkeys::list_by_user(tx, id).await).await?;
    Ok(rows.into_iter().map(PasskeyView::from).collect())
}

/// Calls one of the caller's passkeys something else.
///
/// # Errors
/// `passkey.unknown`, `request.body`, `aud.mismatch`, `stepup.required`.
pub async fn rename_passkey(app: &App, caller: &Caller, id: Uuid, given: String) -> Result<PasskeyView> {
    demand(app, caller).await?;
    let (name, user) = (name(Some(given), None)?, caller.row.id);
    let renamed = app.store.write(async move |tx: &mut Tx<'_>| {
        if !passkeys::rename(tx, id, user, &name).await? {
            return Ok(None);
        }
        Ok(passkeys::list_by_user(tx, user).await?.into_iter().find(|passkey| passkey.id == id))
    });
    renamed.await?.map(PasskeyView::from).ok_or_else(|| (&reason::PASSKEY_UNKNOWN).into())
}

/// Removes one of the caller's passkeys and ends every other session, because whoever held the key may be in one.
///
/// # Errors
/// `passkey.unknown`, `mfa.last_factor`, `mfa.required_by_policy`, `aud.mismatch`, `stepup.required`.
pub async fn remove_passkey(app: &App, caller: &Caller, id: Uuid, client: Client) -> Result<()> {
    demand(app, caller).await?;
    let removed = Removed { factor: Factor::Passkey, keep: caller.session.id, client };
    let (of, user) = (app.clone(), caller.row.clone());
    let done = app.store.write(async move |tx: &mut Tx<'_>| {
        // Held, so that two removals at once do not each take the last but one.
        if !users::hold(tx, user.id, user.credential_epoch).await? {
            return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
        }
        let held = passkeys::list_by_user(tx, user.id).await?;
        if !held.iter().any(|passkey| passkey.id == id) {
            return Ok(Err(Error::from(&reason::PASSKEY_UNKNOWN)));
        }
        if held.len() == 1 && user.password_hash.is_none() {
            return Ok(Err(Refused::new(&reason::MFA_LAST_FACTOR)
                .detail("This passkey is the only way into the account.")
                .hint("Make another passkey, or set a password, before removing it.")
                .into()));
        }
        passkeys::delete(tx, id, user.id).await?;
        removed.settle(&of, tx, &user).await.map(Ok)
    });
    done.await?
}
