//! Making an account and its first session.
//!
//! Mode `open` says when an address is taken, and the documentation says so: hiding it takes a mail loop, which a server
//! without mail does not have.

use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Client, Delivery,
    audit::Event,
    enter::{Entrance, LoggedIn, enter},
    issue,
    link::{self, Purpose},
    mail::{self, To},
    throttle::{CountedMail, Room},
};
use crate::{
    app::App,
    config::{PasswordProfile, SignupMode},
    error::{Error, Refused, Result},
    rule::{
        authentication::Method,
        identity::{self, Email, Username},
        password,
    },
    store::{
        StoreError, Tx, UserId,
        users::{self, Inserted, UserRow},
    },
};

/// What a sign-up brings.
#[derive(Debug)]
pub struct SignUp {
    /// The address.
    pub email: String,
    /// A name to log in with.
    pub username: Option<String>,
    /// A name to be called by.
    pub name: Option<String>,
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

/// Makes the account and opens its first session.
///
/// # Errors
/// `signup.closed`, `signup.taken`, `signup.email_invalid`, `password.*`, `request.body`, `server.busy`.
pub async fn sign_up(app: &App, input: SignUp) -> Result<LoggedIn> {
    if app.config.signup.mode != SignupMode::Open {
        return Err(Refused::new(&reason::SIGNUP_CLOSED).hint("an administrator adds accounts here").into());
    }
    let now = app.clock.now_ms();
    let audience = issue::audience(app, input.audience.as_deref())?;
    let who =
        NewAccount { email: input.email, username: input.username, name: input.name, roles: Vec::new() };
    let user = prepare(app, who, input.password, now).await?;
    let entrance = Entrance {
        user: user.clone(),
        is_new: true,
        methods: vec![Method::Password],
        delivery: input.delivery,
        audience,
        replaces: input.replaces,
        continues: None,
        stale: &reason::SIGNUP_TAKEN,
        client: input.client.clone(),
    };
    let of = app.clone();
    let entered = enter(app, entrance, async move |tx: &mut Tx<'_>| {
        let inserted = insert(&of, tx, &user, Some(&input.client.request_id)).await?;
        if inserted == Inserted::Done {
            ask_to_confirm(&of, tx, &user, &input.client).await?;
        }
        Ok(taken(inserted))
    });
    let entered = entered.await?;
    app.counters.sign_ups.add();
    Ok(entered)
}

/// Sends the link that confirms the address, where there is mail and room for one more. Without it the account is made
/// all the same: here nobody waits for the proof.
async fn ask_to_confirm(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    client: &Client,
) -> Result<(), StoreError> {
    let counted = CountedMail::new(app, &user.email_key, client.ip);
    if mail::require(app).is_err() || counted.take(tx, user.created_at).await? != Room::Taken {
        return Ok(());
    }
    let to = Email { shown: user.email.clone(), key: user.email_key.clone() };
    let made = link::make(app, tx, Purpose::VerifyEmail, user, &to).await?;
    mail::post(app, tx, To::owner(user, client.language), made.letter(Purpose::VerifyEmail)).await
}

/// A new account, as somebody typed it.
#[derive(Debug)]
pub(super) struct NewAccount {
    pub(super) email: String,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) roles: Vec<String>,
}

/// Checks what was typed, hashes the password and makes the row, not yet written.
pub(super) async fn prepare(app: &App, who: NewAccount, password: SecretString, now: i64) -> Result<UserRow> {
    let (email, username, name) = read(&who)?;
    let shown = username.as_ref().map(|username| username.shown.as_str());
    let password_hash = Some(accept_password(app, password, &email.shown, shown).await?);
    let (username, username_key) = username.map(|username| (username.shown, username.key)).unzip();
    Ok(UserRow { username, username_key, name, password_hash, roles: who.roles, ..row(app, email, now) })
}

/// Reads what was typed.
pub(super) fn read(who: &NewAccount) -> Result<(Email, Option<Username>, Option<String>)> {
    let email = Email::parse(&who.email)
        .map_err(|detail| Refused::new(&reason::SIGNUP_EMAIL_INVALID).detail(detail))?;
    let username = who.username.as_deref().map(Username::parse).transpose().map_err(bad_body)?;
    let name = who.name.as_deref().map(identity::name).transpose().map_err(bad_body)?;
    Ok((email, username, name))
}

/// The row of a new account that has only an address.
pub(super) fn row(app: &App, email: Email, now: i64) -> UserRow {
    UserRow {
        id: UserId(app.new_id()),
        email: email.shown,
        email_key: email.key,
        username: None,
        username_key: None,
        name: None,
        password_hash: None,
        email_verified: false,
        roles: Vec::new(),
        data: "{}".into(),
        disabled_at: None,
        credential_epoch: 0,
        authz_epoch: 0,
        created_at: now,
        updated_at: now,
        language: None,
    }
}

/// Writes the row and its audit event.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    request_id: Option<&str>,
) -> Result<Inserted, StoreError> {
    let inserted = users::insert(tx, user).await?;
    if inserted == Inserted::Done {
        let event = Event::new("user.created", user.created_at).user(user.id);
        let event = request_id.map_or(event.clone(), |id| event.request(id));
        event.write(app, tx).await?;
    }
    Ok(inserted)
}

pub(super) fn taken(inserted: Inserted) -> Result<()> {
    let which = match inserted {
        Inserted::Done => return Ok(()),
        Inserted::EmailTaken => "this e-mail address has an account",
        Inserted::UsernameTaken => "this username is taken",
    };
    Err(Refused::new(&reason::SIGNUP_TAKEN).detail(which).hint("log in, or choose another").into())
}

pub(super) fn bad_body(detail: &'static str) -> Refused {
    Refused::new(&reason::REQUEST_BODY).detail(detail)
}

/// Checks a new password against the rules and hashes it.
pub(super) async fn accept_password(
    app: &App,
    password: SecretString,
    email: &str,
    username: Option<&str>,
) -> Result<String> {
    check_password(app, &password, email, username)?;
    app.hasher.hash(password, app.random_bytes()).await
}

/// Checks a new password against the rules.
pub(super) fn check_password(
    app: &App,
    password: &SecretString,
    email: &str,
    username: Option<&str>,
) -> Result<()> {
    let rules = &app.config.passwords;
    let min_length = match rules.profile {
        Some(PasswordProfile::Nist) => rules.min_length.max(15),
        None => rules.min_length,
    };
    let policy = password::Policy {
        min_length,
        max_length: rules.max_length,
        email,
        username,
        service: app.config.issuer.host(),
    };
    password::check(&password::normalize(password.expose_secret()), policy)
        .map_err(|weak| Error::from(Refused::new(weak.reason).detail(weak.detail)))
}
