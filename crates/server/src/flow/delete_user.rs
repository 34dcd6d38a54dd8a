//! Deleting one's own account: asks once more who it is, ends all sessions, removes every row but the audit.
//!
//! What goes with the account's row is said by the schema (`ON DELETE CASCADE`); a test walks all tables and looks for
//! what is left.

use jotgate_token::{reason, revocation::Kind};
use secrecy::SecretString;

use super::{
    Client,
    audit::Event,
    authenticate::Caller,
    end_session::{EndReason, Ending, end_all_sessions},
    mail::{self, Letter, To},
    mail_language,
    prove_password::{Attempt, Proven, prove_password},
    revocations,
    throttle::Counted,
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    store::{StoreError, Tx, users},
};

/// The role that may administer.
pub const ADMIN: &str = "admin";

/// What the deletion of one's own account brings.
#[derive(Debug)]
pub struct DeleteMe {
    /// The password, of an account that has one.
    pub password: Option<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Deletes the caller's account.
///
/// # Errors
/// `password.wrong`, `login.throttled`; without a password `aud.mismatch` and `stepup.required`; `role.missing` for the
/// last administrator.
pub async fn delete_me(app: &App, caller: &Caller, input: DeleteMe) -> Result<()> {
    let proven = ask_again(app, caller, input.password, &input.client).await?;
    let now = app.clock.now_ms();
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::Deleted,
        at: now,
        request_id: Some(input.client.request_id),
    };
    let (of, caller) = (app.clone(), caller.row.clone());
    let removed = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            let settled = match &proven {
                Some(proven) => proven.settle(tx, now).await?,
                None => users::hold(tx, caller.id, caller.credential_epoch).await?,
            };
            if settled { remove(&of, tx, &caller, &ending).await } else { Ok(Removed::Changed) }
        })
        .await?;
    removed.into_result()
}

/// Whoever found an open browser must not be able to delete the account: the password, or where there is none a login
/// a moment ago.
async fn ask_again(
    app: &App,
    caller: &Caller,
    password: Option<SecretString>,
    client: &Client,
) -> Result<Option<Proven>> {
    if !caller.has_password() {
        caller.require_exact_audience(app)?;
        return caller.require_recent(app).map(|()| None);
    }
    let attempt = Attempt {
        user: Some(caller.row.clone()),
        named: &caller.row.email_key,
        password: password.unwrap_or_default(),
        client,
        wrong: &reason::PASSWORD_WRONG,
    };
    prove_password(app, attempt).await.map(Some)
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
    // Read again, because the role may have come after the caller was read.
    let Some(user) = users::by_id(tx, user.id).await? else { return Ok(Removed::Changed) };
    if is_last_administrator(tx, &user).await? {
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
    Counted::forget_account(app, tx, &user.id.to_string()).await?;
    // Only where the address is known to be theirs: who signs up with another's and deletes that again must not be able
    // to have mails sent there.
    if user.email_verified {
        let to = To { user: None, address: &user.email, language: mail_language(&user) };
        mail::post(app, tx, to, Letter::AccountDeleted).await?;
    }
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
