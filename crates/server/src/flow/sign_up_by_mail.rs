//! Asking for an account where only proven addresses get in (sign-up mode `verified`).
//!
//! What is checked here are the things that say nothing about anybody: the form of the address, the password, whether the
//! username is free. Whether the address has an account is found out after the answer, by `flow::mail_request`.

use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client,
    mail_request::{NewUser, RequestMail, Wanted, request_mail},
    sign_up::{NewAccount, check_password, read, taken},
};
use crate::{
    app::App,
    config::SignupMode,
    error::{Refused, Result},
    store::{
        Tx,
        users::{self, Inserted},
    },
};

/// What such a sign-up brings.
#[derive(Debug)]
pub struct SignUpByMail {
    /// The address.
    pub email: String,
    /// A name to log in with.
    pub username: Option<String>,
    /// A name to be called by.
    pub name: Option<String>,
    /// The password.
    pub password: SecretString,
    /// Who asks.
    pub client: Client,
}

/// Has a mail sent to the address: with a link that confirms it, or with the news that it has an account.
///
/// # Errors
/// `signup.closed`, `signup.taken` for the username, `signup.email_invalid`, `password.*`, `request.body`, `server.busy`,
/// `mail.not_configured`, `mail.throttled`.
pub async fn sign_up_by_mail(app: &App, input: SignUpByMail) -> Result<()> {
    if app.config.signup.mode != SignupMode::Verified {
        return Err(Refused::new(&reason::SIGNUP_CLOSED).hint("an administrator adds accounts here").into());
    }
    let SignUpByMail { email, username, name, password, client } = input;
    let (email, username, name) = read(&NewAccount { email, username, name, roles: Vec::new() })?;
    let username = username.map(|username| (username.shown, username.key));
    if let Some((_, key)) = username.clone() {
        let free = app.store.read(async move |tx: &mut Tx<'_>| users::by_username_key(tx, &key).await);
        if free.await?.is_some() {
            return taken(Inserted::UsernameTaken);
        }
    }
    check_password(app, &password, &email.shown, username.as_ref().map(|(shown, _)| shown.as_str()))?;
    let password_hash = app.hasher.hash(password, salt(app, &email.key)).await?;
    let wanted = Wanted::SignUp(Box::new(NewUser { username, name, password_hash }));
    request_mail(app, RequestMail { wanted, email: email.shown, client }).await
}

/// The same for the same address, so that somebody who signs up again with the same password is known by the hash: the
/// password itself is not kept until then. Nobody else has this salt.
fn salt(app: &App, key: &str) -> [u8; 16] {
    let digest = app.keyring.master().counter("sign-up salt", &[key]);
    std::array::from_fn(|n| digest[n])
}
