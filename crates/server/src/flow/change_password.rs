//! Changing the password: proves the old one, ends every session, opens a new one.
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
    prove_password::{Attempt, prove_password},
    sign_up::accept_password,
};
use crate::{
    app::App,
    error::{Refused, Result},
    rule::authentication::{self, Method},
    store::{Tx, users},
};

/// What a password change brings.
#[derive(Debug)]
pub struct ChangePassword {
    /// The password so far.
    pub current: SecretString,
    /// The password from now on.
    pub new: SecretString,
    /// Who asks.
    pub client: Client,
}

/// Changes the caller's password and answers a new session; all others end.
///
/// # Errors
/// `password.*`, `login.throttled`, `server.busy`.
pub async fn change_password(app: &App, caller: &Caller, input: ChangePassword) -> Result<Session> {
    let now = app.clock.now_ms();
    if input.current.expose_secret() == input.new.expose_secret() {
        let same = Refused::new(&reason::PASSWORD_WRONG).detail("the new password is the old one");
        return Err(same.hint("choose another").into());
    }
    let proven = prove_password(
        app,
        Attempt {
            user: Some(caller.row.clone()),
            named: &caller.row.email_key,
            password: input.current,
            client: &input.client,
            wrong: &reason::PASSWORD_WRONG,
        },
    )
    .await?;
    let hash = accept_password(app, input.new, &caller.user.email, caller.user.username.as_deref()).await?;
    let mut user = proven.user.clone();
    user.credential_epoch += 1;
    let opening = open_session::Opening {
        delivery: Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body),
        audience: caller.session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        methods: vec![Method::Password],
        at: now,
    };
    let mut session = open_session::prepare(app, &user, &input.client, opening);
    if authentication::is_strong(&caller.session.amr) {
        // The session showed two factors and goes on as one that did; when it did so does not move, because of the two
        // only the password was shown now.
        session.row.amr.clone_from(&caller.session.amr);
        session.row.auth_time = caller.session.auth_time;
    }
    let changed = {
        let (of, client, session) = (app.clone(), input.client, session.clone());
        app.store
            .write(async move |tx: &mut Tx<'_>| {
                let from = proven.user.credential_epoch;
                if !proven.settle(tx, now).await?
                    || !users::set_password(tx, proven.user.id, from, &hash, now).await?
                {
                    return Ok(false);
                }
                let request_id = Some(client.request_id.clone());
                let ending =
                    Ending { user: proven.user.id, reason: EndReason::PasswordChange, at: now, request_id };
                end_all_sessions(&of, tx, None, &ending).await?;
                Event::new("password.changed", now)
                    .user(ending.user)
                    .request(&client.request_id)
                    .write(&of, tx)
                    .await?;
                let letter = Letter::PasswordChanged { seen: mail::seen(&client, now) };
                mail::post(&of, tx, To::owner(&proven.user, client.language), letter).await?;
                open_session::write(&of, tx, &session, &client).await?;
                Ok(true)
            })
            .await?
    };
    if !changed {
        return Err(Refused::new(&reason::PASSWORD_WRONG)
            .detail("the password was changed meanwhile")
            .into());
    }
    app.counters.sessions_opened.add();
    open_session::hand_out(app, &user, session, now).await
}
