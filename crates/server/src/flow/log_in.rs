//! Logging in with a password.

use jotgate_token::reason;
use secrecy::SecretString;

use super::{Client, Delivery, Session, issue, log_out::Leaving, open_session, prove_password};
use crate::{
    app::App,
    error::Result,
    rule::identity::{Email, Username},
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

/// Opens a session for whoever knows the password.
///
/// # Errors
/// `login.failed`, `login.throttled`, `request.body`, `server.busy`.
pub async fn log_in(app: &App, input: LogIn) -> Result<Session> {
    let now = app.clock.now_ms();
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
    let opening = open_session::Opening {
        delivery: input.delivery,
        audience,
        methods: open_session::PASSWORD,
        at: now,
    };
    let session = open_session::prepare(app, &proven.user, &input.client, opening);
    let leaving = Leaving::replaced(app, input.replaces, now, &input.client).await;
    let opened = {
        let (of, client, proven, session) = (app.clone(), input.client, proven.clone(), session.clone());
        app.store
            .write(async move |tx: &mut Tx<'_>| {
                if !proven.settle(tx, now).await? {
                    return Ok(false);
                }
                leaving.end(&of, tx).await?;
                open_session::write(&of, tx, &session, &client).await?;
                Ok(true)
            })
            .await?
    };
    if !opened {
        return Err((&reason::LOGIN_FAILED).into());
    }
    app.counters.logins.add();
    app.counters.sessions_opened.add();
    open_session::hand_out(app, &proven.user, session, now).await
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
