//! The set-up link: how the first administrator comes to be, and how an operator who lost the password gets back in.
//!
//! Whoever can make a link can read the data folder, so the link may do what that person could do anyway. One hour,
//! single use, and a new one voids the old; only its digest is stored.

use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client, User,
    audit::Event,
    delete_user::ADMIN,
    end_session::{EndReason, Ending, end_all_sessions},
    operator::{assign_roles, vouched},
    second_factor::reset::remove_all,
    sign_up::{NewAccount, insert, prepare},
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    rule::identity::Email,
    store::{
        StoreError, Tx,
        links::{self, LinkRow},
        users::{self, Inserted, UserRow},
    },
};

/// What the form on the set-up page brings.
#[derive(Debug)]
pub struct UseSetupLink {
    /// The token of the link.
    pub token: SecretString,
    /// The administrator's address.
    pub email: String,
    /// The administrator's password.
    pub password: SecretString,
    /// Who asks.
    pub client: Client,
}

/// Makes a new link and voids the old one.
///
/// # Errors
/// When the database does.
pub async fn make_setup_link(app: &App) -> Result<String> {
    let token = base64url::encode(&app.random_bytes::<32>());
    let now = app.clock.now_ms();
    let link = LinkRow {
        token_hash: digest(&token).to_vec(),
        kind: KIND.into(),
        user_id: None,
        created_at: now,
        expires_at: now + LIFETIME,
        used_at: None,
        code_hash: None,
        address: None,
        tries: 0,
        credential_epoch: None,
        data: "{}".into(),
    };
    let of = app.clone();
    app.store
        .write(async move |tx: &mut Tx<'_>| {
            links::insert(tx, &link).await?;
            Event::new("setup_link.made", now).write(&of, tx).await
        })
        .await?;
    Ok(format!("{}/setup/{token}", app.config.issuer.as_str()))
}

/// Whether anybody can administer yet.
///
/// # Errors
/// When the database does.
pub async fn has_administrator(app: &App) -> Result<bool> {
    Ok(app.store.read(async move |tx: &mut Tx<'_>| users::any_with_role(tx, ADMIN).await).await?)
}

/// Whether a link still works, without using it.
///
/// # Errors
/// `link.used`, `link.expired`.
pub async fn check_setup_link(app: &App, token: &str) -> Result<()> {
    let (hash, now) = (digest(token), app.clock.now_ms());
    let link = app.store.read(async move |tx: &mut Tx<'_>| links::by_hash(tx, &hash).await).await?;
    match link {
        Some(link) if link.kind == KIND && link.used_at.is_some() => Err(unusable(&reason::LINK_USED)),
        Some(link) if link.kind == KIND && link.expires_at > now => Ok(()),
        _ => Err(unusable(&reason::LINK_EXPIRED)),
    }
}

/// Makes the administrator and uses up the link, in one transaction.
///
/// # Errors
/// `link.used`, `link.expired`, `signup.email_invalid`, `password.*`.
pub async fn use_setup_link(app: &App, input: UseSetupLink) -> Result<User> {
    use secrecy::ExposeSecret;
    check_setup_link(app, input.token.expose_secret()).await?;
    let now = app.clock.now_ms();
    let hash = digest(input.token.expose_secret());
    let email = Email::parse(&input.email)
        .map_err(|detail| Refused::new(&reason::SIGNUP_EMAIL_INVALID).detail(detail))?;
    let who = NewAccount { email: email.shown, username: None, name: None, roles: vec![ADMIN.into()] };
    let mut new = prepare(app, who, input.password, now).await?;
    new.email_verified = vouched(app);
    let (of, request_id) = (app.clone(), input.client.request_id);
    let made = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            if !links::mark_used(tx, &hash, now).await? {
                return Ok(None);
            }
            let user = match insert(&of, tx, &new, Some(&request_id)).await? {
                Inserted::Done => new.clone(),
                Inserted::EmailTaken | Inserted::UsernameTaken => promote(&of, tx, &new, &request_id).await?,
            };
            Event::new("setup_link.used", now).user(user.id).request(&request_id).write(&of, tx).await?;
            Ok(Some(user))
        })
        .await?;
    made.map(|row| User::from(&row)).ok_or_else(|| unusable(&reason::LINK_USED))
}

/// An account with this address exists: it becomes an administrator with the new password and no second factor, and is
/// let in again.
async fn promote(app: &App, tx: &mut Tx<'_>, new: &UserRow, request_id: &str) -> Result<UserRow, StoreError> {
    let user = users::by_email_key(tx, &new.email_key).await?.ok_or(StoreError::Conflict)?;
    let now = new.created_at;
    let hash = new.password_hash.as_deref().unwrap_or_default();
    if !users::set_password(tx, user.id, user.credential_epoch, hash, now).await? {
        return Err(StoreError::Conflict);
    }
    let ending = Ending {
        user: user.id,
        reason: EndReason::PasswordSet,
        at: now,
        request_id: Some(request_id.into()),
    };
    end_all_sessions(app, tx, None, &ending).await?;
    let mut roles = user.roles.clone();
    if !roles.iter().any(|role| role == ADMIN) {
        roles.push(ADMIN.into());
    }
    assign_roles(app, tx, &user, &roles, now).await?;
    // Whoever lost the phone gets in as well; who can make such a link can read the database anyway.
    remove_all(tx, user.id).await?;
    users::set_disabled(tx, user.id, None, now).await?;
    users::by_id(tx, user.id).await?.ok_or(StoreError::Conflict)
}

fn unusable(reason: &'static reason::Reason) -> Error {
    Refused::new(reason).hint("make a new one with `jotgate admin setup-link`").into()
}

fn digest(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

const KIND: &str = "set_up";

/// One hour, in milliseconds.
const LIFETIME: i64 = 3_600_000;
