//! Deleting one's own account: proves the password, ends all sessions, removes every row but the audit.

use jotgate_token::{reason, revocation::Kind};
use secrecy::SecretString;

use super::{
    Client,
    audit::Event,
    authenticate::Caller,
    end_session::{EndReason, Ending, end_all_sessions},
    prove_password::{Attempt, prove_password},
    revocations,
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    store::{StoreError, Tx, users},
};

/// The role that may administer.
pub const ADMIN: &str = "admin";

/// Deletes the caller's account.
///
/// # Errors
/// `password.wrong`, `login.throttled`, `role.missing` for the last administrator.
pub async fn delete_me(app: &App, caller: &Caller, password: SecretString, client: Client) -> Result<()> {
    let proven = prove_password(
        app,
        Attempt {
            user: Some(caller.row.clone()),
            named: &caller.row.email_key,
            password,
            client: &client,
            wrong: &reason::PASSWORD_WRONG,
        },
    )
    .await?;
    let now = app.clock.now_ms();
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::Deleted,
        at: now,
        request_id: Some(client.request_id),
    };
    let of = app.clone();
    let removed = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            if !proven.settle(tx, now).await? {
                return Ok(Removed::Changed);
            }
            remove(&of, tx, &proven.user, &ending).await
        })
        .await?;
    removed.into_result()
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    Done,
    LastAdministrator,
    Changed,
}

impl Removed {
    pub(super) fn into_result(self) -> Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::LastAdministrator => Err(last_administrator()),
            Self::Changed => {
                Err(Refused::new(&reason::PASSWORD_WRONG).detail("the account changed meanwhile").into())
            }
        }
    }
}

/// Ends the sessions of an account and removes it, unless nobody could administer any more.
pub(super) async fn remove(
    app: &App,
    tx: &mut Tx<'_>,
    user: &users::UserRow,
    ending: &Ending,
) -> Result<Removed, StoreError> {
    if is_last_administrator(tx, user).await? {
        return Ok(Removed::LastAdministrator);
    }
    // The account's row first, because a login in flight would open a session behind the ones that are ended here.
    if !users::raise_credential_epoch(tx, user.id, ending.at).await? {
        return Ok(Removed::Changed);
    }
    end_all_sessions(app, tx, None, ending).await?;
    // And every token there is, session or not: once the row is gone nothing else could say so.
    let epoch = (user.authz_epoch + 1).max(ending.at.div_euclid(1000));
    revocations::announce(app, tx, Kind::Subject, &user.id.to_string(), epoch).await?;
    let event = Event::new("user.deleted", ending.at).user(user.id);
    let event = ending.request_id.iter().fold(event, Event::request);
    event.write(app, tx).await?;
    Ok(if users::delete(tx, user.id).await? { Removed::Done } else { Removed::Changed })
}

/// Whether this account is the only enabled one that may administer.
pub(super) async fn is_last_administrator(
    tx: &mut Tx<'_>,
    user: &users::UserRow,
) -> Result<bool, StoreError> {
    if user.disabled_at.is_some() || !user.roles.iter().any(|role| role == ADMIN) {
        return Ok(false);
    }
    Ok(!users::any_other_with_role(tx, ADMIN, user.id).await?)
}

pub(super) fn last_administrator() -> Error {
    Refused::new(&reason::ROLE_MISSING)
        .detail("this is the last administrator; without it nobody could administer")
        .hint("make another account an administrator first")
        .into()
}
