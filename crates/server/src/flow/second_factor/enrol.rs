//! Adding an authenticator app: the secret is shown once, and counts only when a code of it came back, because an app
//! that did not scan it would lock its owner out.

use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::json;

use super::{
    Factor, demand,
    recovery::NewCodes,
    tell,
    totp::{self, NewSecret},
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::{
        Client,
        audit::Event,
        authenticate::Caller,
        keys,
        mail::{self, FactorChange},
    },
    store::{
        StoreError, Tx,
        factors::{self, Enrolled},
        recovery_codes, totp_secrets, users,
    },
};

/// Makes a secret for the caller's authenticator app; an earlier one that was not confirmed is void.
///
/// # Errors
/// `mfa.already`, `stepup.required`, `aud.mismatch`.
pub async fn begin_totp(app: &App, caller: &Caller) -> Result<NewSecret> {
    demand(app, caller).await?;
    let secret = zeroize::Zeroizing::new(app.random_bytes());
    let shown = totp::shown(app, &secret, &caller.row.email)?;
    let (user, now) = (caller.row.id, app.clock.now_ms());
    let sealed = totp::seal(app, user, &secret);
    let of = app.clone();
    let inserted = app.store.write(async move |tx: &mut Tx<'_>| {
        // Sealed with a key that was changed a moment ago it would never open again.
        if !keys::has_current_master(&of, tx).await? {
            return Ok(Err(Refused::new(&reason::KEYS_UNAVAILABLE).retry_after_ms(60_000).into()));
        }
        let inserted = totp_secrets::insert(tx, user, &sealed, now).await?;
        Ok(if inserted { Ok(()) } else { Err(already()) })
    });
    inserted.await??;
    Ok(shown)
}

/// The secret that is being added, to be shown again when a code of it was wrong; none when there is none.
///
/// # Errors
/// `stepup.required`, `aud.mismatch`.
pub async fn begun_totp(app: &App, caller: &Caller) -> Result<Option<NewSecret>> {
    demand(app, caller).await?;
    let user = caller.row.id;
    let found = app.store.read(async move |tx: &mut Tx<'_>| totp_secrets::by_user(tx, user).await).await?;
    let Some(row) = found.filter(|row| row.confirmed_at.is_none()) else { return Ok(None) };
    let secret = totp::open(app, user, &row.sealed)?;
    totp::shown(app, &secret, &caller.row.email).map(Some)
}

/// Confirms it with a code; the answer is the recovery codes, when there were none before.
///
/// # Errors
/// `mfa.code_wrong`, `mfa.already`, `mfa.not_enrolled` when it was not begun, `stepup.required`, `aud.mismatch`.
pub async fn confirm_totp(
    app: &App,
    caller: &Caller,
    code: SecretString,
    client: Client,
) -> Result<Option<Vec<String>>> {
    demand(app, caller).await?;
    let added = Added { factor: Factor::Totp, codes: NewCodes::make(app, caller.row.id), client };
    let (of, user) = (app.clone(), caller.row.clone());
    let confirmed = app.store.write(async move |tx: &mut Tx<'_>| {
        // A password changed meanwhile takes the right to add a factor with it.
        if !users::hold(tx, user.id, user.credential_epoch).await? {
            return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
        }
        match totp_secrets::by_user(tx, user.id).await? {
            None => return Ok(Err(not_begun())),
            Some(row) if row.confirmed_at.is_some() => return Ok(Err(already())),
            Some(_) => {}
        }
        let before = factors::by_user(tx, user.id).await?;
        if !totp::take(&of, tx, user.id, &code).await? {
            return Ok(Err((&reason::MFA_CODE_WRONG).into()));
        }
        totp_secrets::confirm(tx, user.id, of.clock.now_ms()).await?;
        added.settle(&of, tx, &user, before).await.map(Ok)
    });
    confirmed.await?
}

/// A factor that is being added.
pub(in crate::flow) struct Added {
    pub(in crate::flow) factor: Factor,
    /// Made before the transaction; written where the account has none that are left.
    pub(in crate::flow) codes: NewCodes,
    pub(in crate::flow) client: Client,
}

impl Added {
    /// What every new factor brings, in the transaction that adds it: recovery codes with the first one, and the
    /// account's record of it. `before` is what was enrolled until now.
    pub(in crate::flow) async fn settle(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        user: &users::UserRow,
        before: Enrolled,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let now = app.clock.now_ms();
        Event::new("factor.added", now)
            .user(user.id)
            .request(&self.client.request_id)
            .detail(json!({ "factor": self.factor.name() }))
            .write(app, tx)
            .await?;
        let change = match self.factor {
            Factor::Passkey => FactorChange::PasskeyAdded,
            Factor::Totp | Factor::RecoveryCode => FactorChange::TotpAdded,
        };
        tell(app, tx, user, change, mail::seen(&self.client, now)).await?;
        if before.any() {
            return Ok(None);
        }
        recovery_codes::replace(tx, user.id, &self.codes.hashes(), now).await?;
        Ok(Some(self.codes.shown.clone()))
    }
}

fn already() -> Error {
    Refused::new(&reason::MFA_ALREADY)
        .detail("This account has an authenticator app.")
        .hint("Remove it first, then add the other one.")
        .into()
}

fn not_begun() -> Error {
    Refused::new(&reason::MFA_NOT_ENROLLED)
        .detail("No authenticator app is being added to this account.")
        .hint("Ask for a secret with `POST /v1/mfa/totp`, and confirm it within the day.")
        .into()
}
