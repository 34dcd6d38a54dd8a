//! Looking at factors, removing them, and new recovery codes.

use jotgate_token::reason;
use serde_json::json;

use super::{Factor, demand, recovery::NewCodes, tell};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::{
        Client,
        audit::Event,
        authenticate::Caller,
        end_session::{EndReason, Ending, end_all_sessions},
        mail::{self, FactorChange},
    },
    store::{
        SessionId, StoreError, Tx, challenges, factors, passkeys,
        passkeys::PasskeyRow,
        recovery_codes::{self, Left},
        totp_secrets::{self, TotpSecretRow},
        users::{self, UserRow},
    },
};

/// The factors of an account.
#[derive(Debug)]
pub struct Factors {
    /// The authenticator app, once it is confirmed.
    pub totp: Option<TotpSecretRow>,
    /// The passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// The recovery codes, if there ever were any.
    pub recovery_codes: Option<Left>,
    /// Whether a role of the account wants a second factor.
    pub required: bool,
}

/// The caller's factors.
///
/// # Errors
/// When the database does.
pub async fn list(app: &App, caller: &Caller) -> Result<Factors> {
    of(app, &caller.row).await
}

/// The factors of this account.
///
/// # Errors
/// When the database does.
pub async fn of(app: &App, user: &UserRow) -> Result<Factors> {
    let id = user.id;
    let required = user.roles.iter().any(|role| app.config.mfa.required_for.contains(role));
    let found = app.store.read(async move |tx: &mut Tx<'_>| {
        Ok(Factors {
            totp: totp_secrets::by_user(tx, id).await?.filter(|row| row.confirmed_at.is_some()),
            passkeys: passkeys::list_by_user(tx, id).await?,
            recovery_codes: recovery_codes::left(tx, id).await?,
            required,
        })
    });
    Ok(found.await?)
}

/// Removes the caller's authenticator app. All other sessions end: whoever took the phone may have one.
///
/// # Errors
/// `mfa.not_enrolled`, `stepup.required`, `aud.mismatch`.
pub async fn remove_totp(app: &App, caller: &Caller, client: Client) -> Result<()> {
    demand(app, caller).await?;
    let removed = Removed { factor: Factor::Totp, keep: caller.session.id, client };
    let (of, user) = (app.clone(), caller.row.clone());
    let done = app.store.write(async move |tx: &mut Tx<'_>| {
        if !users::hold(tx, user.id, user.credential_epoch).await? {
            return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
        }
        if !totp_secrets::delete(tx, user.id).await? {
            return Ok(Err(not_enrolled("This account has no authenticator app.")));
        }
        removed.settle(&of, tx, &user).await.map(Ok)
    });
    done.await?
}

/// Makes ten new recovery codes; the ones before are void.
///
/// # Errors
/// `mfa.not_enrolled`, `stepup.required`, `aud.mismatch`.
pub async fn renew_recovery_codes(app: &App, caller: &Caller, client: Client) -> Result<Vec<String>> {
    demand(app, caller).await?;
    let codes = NewCodes::make(app, caller.row.id);
    let (of, user, hashes, now) = (app.clone(), caller.row.clone(), codes.hashes(), app.clock.now_ms());
    let done = app.store.write(async move |tx: &mut Tx<'_>| {
        if !users::hold(tx, user.id, user.credential_epoch).await? {
            return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
        }
        if !factors::by_user(tx, user.id).await?.any() {
            return Ok(Err(not_enrolled(
                "Recovery codes stand in for a second factor, and this account has none.",
            )));
        }
        recovery_codes::replace(tx, user.id, &hashes, now).await?;
        tell(&of, tx, &user, FactorChange::CodesMade, mail::seen(&client, now)).await?;
        Event::new("recovery_codes.made", now)
            .user(user.id)
            .request(&client.request_id)
            .write(&of, tx)
            .await
            .map(Ok)
    });
    done.await??;
    Ok(codes.shown)
}

/// A factor that is being removed by its owner.
pub(in crate::flow) struct Removed {
    pub(in crate::flow) factor: Factor,
    /// The session of whoever removes it, which goes on.
    pub(in crate::flow) keep: SessionId,
    pub(in crate::flow) client: Client,
}

impl Removed {
    /// What every removal brings, in the transaction that removes it: all other sessions and every login half way end,
    /// and with the last factor the recovery codes go, which stood in for it.
    pub(in crate::flow) async fn settle(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        user: &UserRow,
    ) -> Result<(), StoreError> {
        let now = app.clock.now_ms();
        challenges::delete_by_user(tx, user.id).await?;
        if !factors::by_user(tx, user.id).await?.any() {
            recovery_codes::delete_by_user(tx, user.id).await?;
        }
        let request_id = Some(self.client.request_id.clone());
        let ending = Ending { user: user.id, reason: EndReason::FactorRemoved, at: now, request_id };
        end_all_sessions(app, tx, Some(self.keep), &ending).await?;
        let change = match self.factor {
            Factor::Passkey => FactorChange::PasskeyRemoved,
            Factor::Totp | Factor::RecoveryCode => FactorChange::TotpRemoved,
        };
        tell(app, tx, user, change, mail::seen(&self.client, now)).await?;
        Event::new("factor.removed", now)
            .user(user.id)
            .session(self.keep)
            .request(&self.client.request_id)
            .detail(json!({ "factor": self.factor.name() }))
            .write(app, tx)
            .await
    }
}

fn not_enrolled(detail: &str) -> Error {
    Refused::new(&reason::MFA_NOT_ENROLLED).detail(detail).into()
}
