//! Changing the password, and setting the first one: shows once more who it is, ends every session, opens a new one.
//!
//! The credential epoch rises in the same transaction, so that whatever was in flight with the old password comes too
//! late (I8).

use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Client, Delivery, Session,
    audit::Event,
    authenticate::Caller,
    end_session::{EndReason, Ending, end_all_sessions},
    mail::{self, Letter, To},
    open_session,
    prove_password::{Attempt, Proven, prove_password},
    second_factor::demand,
    sign_up::accept_password,
};
use crate::{
    app::App,
    error::{Refused, Result},
    rule::authentication::{self, Method},
    store::{
        StoreError, Tx,
        users::{self, UserRow},
    },
};

/// What a password change brings.
#[derive(Debug)]
pub struct ChangePassword {
    /// The password so far, of an account that has one.
    pub current: Option<SecretString>,
    /// The password from now on.
    pub new: SecretString,
    /// Who asks.
    pub client: Client,
}

/// Changes the caller's password, or sets the first one, and answers a new session; all others end.
///
/// # Errors
/// `password.*`, `login.throttled`, `server.busy`; for the first one `aud.mismatch` and `stepup.required`.
pub async fn change_password(app: &App, caller: &Caller, input: ChangePassword) -> Result<Session> {
    let current = input.current.unwrap_or_default();
    if current.expose_secret() == input.new.expose_secret() {
        let same = Refused::new(&reason::PASSWORD_WRONG).detail("the new password is the old one");
        return Err(same.hint("choose another").into());
    }
    let proven = if caller.has_password() {
        let attempt = Attempt {
            user: Some(caller.row.clone()),
            named: &caller.row.email_key,
            password: current,
            client: &input.client,
            wrong: &reason::PASSWORD_WRONG,
        };
        Some(prove_password(app, attempt).await?)
    } else {
        demand(app, caller).await?;
        None
    };
    let hash = accept_password(app, input.new, &caller.user.email, caller.user.username.as_deref()).await?;
    replace(app, caller, Replacing { proven, hash }, input.client).await
}

/// What takes the place of the password.
#[derive(Debug, Clone)]
struct Replacing {
    /// The old password, where it was asked for.
    proven: Option<Proven>,
    /// The new one's hash.
    hash: String,
}

async fn replace(app: &App, caller: &Caller, replacing: Replacing, client: Client) -> Result<Session> {
    let now = app.clock.now_ms();
    let mut user = caller.row.clone();
    user.credential_epoch += 1;
    let session = successor(app, caller, &user, &client, replacing.proven.is_some());
    let replaced = {
        let (of, before, session) = (app.clone(), caller.row.clone(), session.clone());
        app.store
            .write(async move |tx: &mut Tx<'_>| {
                if !replacing.settle(tx, &before, now).await? {
                    return Ok(false);
                }
                let request_id = Some(client.request_id.clone());
                let ending =
                    Ending { user: before.id, reason: EndReason::PasswordChange, at: now, request_id };
                end_all_sessions(&of, tx, None, &ending).await?;
                let kind = if before.password_hash.is_some() { "password.changed" } else { "password.added" };
                let event = Event::new(kind, now).user(ending.user);
                event.request(&client.request_id).write(&of, tx).await?;
                let letter = Letter::PasswordChanged { seen: mail::seen(&client, now) };
                mail::post(&of, tx, To::owner(&before, client.language), letter).await?;
                open_session::write(&of, tx, &session, &client).await?;
                Ok(true)
            })
            .await?
    };
    if !replaced {
        let refused = Refused::new(&reason::PASSWORD_WRONG);
        return Err(refused.detail("the password was changed meanwhile").into());
    }
    app.counters.sessions_opened.add();
    open_session::hand_out(app, &user, session, now).await
}

/// The session that goes on in place of the caller's.
fn successor(
    app: &App,
    caller: &Caller,
    user: &UserRow,
    client: &Client,
    proven: bool,
) -> open_session::NewSession {
    let opening = open_session::Opening {
        delivery: Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body),
        audience: caller.session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        methods: vec![Method::Password],
        at: app.clock.now_ms(),
    };
    let mut session = open_session::prepare(app, user, client, opening);
    // A password alone must not make a login with two factors look like one of this moment, nor take the second factor
    // out of it.
    if !proven || authentication::is_strong(&caller.session.amr) {
        session.row.amr.clone_from(&caller.session.amr);
        session.row.auth_time = caller.session.auth_time;
    }
    session
}

impl Replacing {
    /// Puts the new password in the place of the one that was read; false when that is no longer the one.
    async fn settle(&self, tx: &mut Tx<'_>, before: &UserRow, now: i64) -> Result<bool, StoreError> {
        let from = before.credential_epoch;
        let held = match &self.proven {
            Some(proven) => proven.settle(tx, now).await?,
            None => users::hold(tx, before.id, from).await?,
        };
        if !held {
            return Ok(false);
        }
        users::set_password(tx, before.id, from, &self.hash, now).await
    }
}
