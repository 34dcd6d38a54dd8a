//! Asking for another address. It takes effect when that address has proven itself (`flow::confirm_email`).

use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client,
    authenticate::Caller,
    mail_request::{RequestMail, Wanted, request_mail},
    prove_password::{Attempt, prove_password},
};
use crate::{
    app::App,
    error::{Refused, Result},
    rule::identity::Email,
    store::Tx,
};

/// What a change of address brings.
#[derive(Debug)]
pub struct ChangeEmail {
    /// The address from then on.
    pub email: String,
    /// The password, unless the last login was a moment ago.
    pub password: Option<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Sends a link to the new address. Whether it has an account already is not said: its owner is told.
///
/// # Errors
/// `password.wrong`, `stepup.required` without a password and a recent login, `signup.email_invalid`, `login.throttled`,
/// `mail.throttled`, `mail.not_configured`.
pub async fn change_email(app: &App, caller: &Caller, input: ChangeEmail) -> Result<()> {
    let ChangeEmail { email, password, client } = input;
    let invalid = |detail| Refused::new(&reason::SIGNUP_EMAIL_INVALID).detail(detail);
    if Email::parse(&email).map_err(invalid)?.key == caller.row.email_key {
        return Err(invalid("the account has this address").into());
    }
    match password {
        None => caller.require_recent(app)?,
        Some(password) => {
            let attempt = Attempt {
                user: Some(caller.row.clone()),
                named: &caller.row.email_key,
                password,
                client: &client,
                wrong: &reason::PASSWORD_WRONG,
            };
            let proven = prove_password(app, attempt).await?;
            let now = app.clock.now_ms();
            if !app.store.write(async move |tx: &mut Tx<'_>| proven.settle(tx, now).await).await? {
                return Err((&reason::PASSWORD_WRONG).into());
            }
        }
    }
    let wanted =
        Wanted::AnotherAddress { user: caller.row.id.0, credential_epoch: caller.row.credential_epoch };
    request_mail(app, RequestMail { wanted, email, client }).await
}
