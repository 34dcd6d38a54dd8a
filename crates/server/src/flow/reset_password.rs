//! Choosing a new password with what came by mail (OWASP, forgot password).
//!
//! A reset ends every session and voids every other link, and opens no session: whoever reads the mail logs in with the
//! new password, and with the second factor if there is one. Factors stay, because a mailbox alone must not take them
//! away; except where the address was never proven before, because then a stranger may have set them up.

use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client, User,
    audit::Event,
    confirm_email::prove_first,
    end_session::{EndReason, Ending, end_all_sessions},
    link::{Good, Purpose, Shown, present, use_up},
    mail::{self, Letter, To},
    sign_up::accept_password,
    throttle::Counted,
};
use crate::{
    app::App,
    error::Result,
    store::{StoreError, Tx, challenges, links, users},
};

/// What a reset brings.
#[derive(Debug)]
pub struct ResetPassword {
    /// The link or the code.
    pub shown: Shown,
    /// The password from now on.
    pub new: SecretString,
    /// Who asks.
    pub client: Client,
}

/// Sets the password.
///
/// # Errors
/// `link.used`, `link.expired`, `link.code_wrong`, `login.throttled`, `password.*`, `server.busy`. A password that is
/// refused does not use the link up.
pub async fn reset_password(app: &App, input: ResetPassword) -> Result<User> {
    let ResetPassword { shown, new, client } = input;
    let good = check(app, shown, client.clone()).await?;
    let hash = accept_password(app, new, &good.user.email, good.user.username.as_deref()).await?;
    let of = app.clone();
    let reset = app.store.write(async move |tx: &mut Tx<'_>| {
        if !use_up(&of, tx, &good).await? {
            return Ok(Err((&reason::LINK_USED).into()));
        }
        set(&of, tx, &good, &hash, &client).await.map(Ok)
    });
    reset.await?
}

async fn check(app: &App, shown: Shown, client: Client) -> Result<Good> {
    let of = app.clone();
    let looked = app.store.write(async move |tx: &mut Tx<'_>| {
        present(&of, tx, &[Purpose::ResetPassword], &shown, &client).await
    });
    looked.await?
}

async fn set(
    app: &App,
    tx: &mut Tx<'_>,
    good: &Good,
    hash: &str,
    client: &Client,
) -> Result<User, StoreError> {
    let (now, user) = (app.clock.now_ms(), &good.user);
    if !users::set_password(tx, user.id, user.credential_epoch, hash, now).await? {
        return Err(StoreError::Conflict);
    }
    let request_id = Some(client.request_id.clone());
    let ending = Ending { user: user.id, reason: EndReason::PasswordReset, at: now, request_id };
    end_all_sessions(app, tx, None, &ending).await?;
    let user = prove_first(app, tx, user, client).await?;
    links::void_all(tx, user.id).await?;
    challenges::delete_by_user(tx, user.id).await?;
    // Whoever guessed at the old password has no say in when the owner may use the new one.
    Counted::forget_account(app, tx, &user.id.0.to_string()).await?;
    Event::new("password.reset", now).user(user.id).request(&client.request_id).write(app, tx).await?;
    let letter = Letter::PasswordChanged { seen: mail::seen(client, now) };
    mail::post(app, tx, To::owner(&user, client.language), letter).await?;
    Ok(User::from(&user))
}
