//! Logging in with a password.

use jotgate_token::reason;
use secrecy::SecretString;

pub use super::enter::LoggedIn;
use super::{
    Client, Delivery,
    enter::{Entrance, enter},
    issue,
    mail_request::remind,
    prove_password,
};
use crate::{
    app::App,
    config::SignupMode,
    error::Result,
    rule::{
        authentication::Method,
        identity::{Email, Username},
    },
    store::{
        Tx,
        users::{self, UserRow},
    },
};

/// What a login brings.
#[derive(Debug)]
pub struct LogIn {
    /// Who.
    pub login: Login,
    /// The password.
    pub password: SecretString,
    /// How the tokens are to travel.
    pub delivery: Delivery,
    /// For which APIs.
    pub audience: Option<Vec<String>>,
    /// The refresh tokens the same browser held, whose sessions end: they could come back when this one is over.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// How the account is named.
#[derive(Debug, Clone)]
pub enum Login {
    /// By its address.
    Email(String),
    /// By its username; an address is understood here too, because many forms have one field for both.
    Username(String),
}

/// Opens a session for whoever knows the password, or asks for the second factor.
///
/// # Errors
/// `login.failed`, `login.throttled`, `login.email_unverified`, `request.body`, `server.busy`.
pub async fn log_in(app: &App, input: LogIn) -> Result<LoggedIn> {
    let audience = issue::audience(app, input.audience.as_deref())?;
    let name = Name::of(&input.login);
    let user = find(app, name.clone()).await?;
    let proven = prove_password::prove_password(
        app,
        prove_password::Attempt {
            user,
            named: name.text(),
            password: input.password,
            client: &input.client,
            wrong: &reason::LOGIN_FAILED,
        },
    )
    .await?;
    if app.config.signup.mode == SignupMode::Verified && !proven.user.email_verified {
        return Err(remind(app, &proven.user, &input.client).await?.into());
    }
    let entrance = Entrance {
        user: proven.user.clone(),
        is_new: false,
        methods: vec![Method::Password],
        delivery: input.delivery,
        audience,
        replaces: input.replaces,
        continues: None,
        stale: &reason::LOGIN_FAILED,
        client: input.client,
    };
    let entered = enter(app, entrance, async move |tx: &mut Tx<'_>| proven.count(tx).await.map(Ok)).await?;
    app.counters.logins.add();
    Ok(entered)
}

/// The name in the form in which it is unique.
#[derive(Debug, Clone)]
enum Name {
    Email(String),
    Username(String),
    /// Nothing an account could be called.
    Impossible(String),
}

impl Name {
    fn of(login: &Login) -> Self {
        let (Login::Email(text) | Login::Username(text)) = login;
        let parsed = match login {
            Login::Username(_) if !text.contains('@') => {
                Username::parse(text).map(|name| Self::Username(name.key))
            }
            _ => Email::parse(text).map(|email| Self::Email(email.key)),
        };
        parsed.unwrap_or_else(|_| Self::Impossible(text.trim().to_lowercase()))
    }

    fn text(&self) -> &str {
        let (Self::Email(text) | Self::Username(text) | Self::Impossible(text)) = self;
        text
    }
}

async fn find(app: &App, name: Name) -> Result<Option<UserRow>> {
    let found = app.store.read(async move |tx: &mut Tx<'_>| match &name {
        Name::Email(key) => users::by_email_key(tx, key).await,
        Name::Username(key) => users::by_username_key(tx, key).await,
        // Asked all the same, so that an impossible name takes as long as an unknown one.
        Name::Impossible(key) => users::by_email_key(tx, key).await.map(|_| None),
    });
    Ok(found.await?)
}
