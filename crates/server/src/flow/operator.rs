//! What an operator at the machine may do with accounts: the same steps as over HTTP, without a caller.
//!
//! Used by the command line and by `flow::admin`, so that both change an account in one way.

use jotgate_token::{reason, revocation::Kind};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    User,
    audit::Event,
    delete_user::{is_last_administrator, last_administrator, remove},
    end_session::{EndReason, Ending, end_all_sessions},
    mail::{FactorChange, Seen},
    revocations,
    second_factor::{enrolled, reset::remove_all, tell},
    sign_up::{NewAccount, accept_password, bad_body, insert, prepare, taken},
};
use crate::{
    app::App,
    config::SignupMode,
    error::{Refused, Result},
    rule::identity::{self, Email, Username},
    store::{
        StoreError, Tx, UserId,
        factors::Enrolled,
        users::{self, UserRow},
    },
};

/// An account as an administrator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserView {
    /// The account.
    pub user: User,
    /// When it was disabled, in Unix milliseconds.
    pub disabled_at: Option<i64>,
}

impl From<&UserRow> for UserView {
    fn from(row: &UserRow) -> Self {
        Self { user: User::from(row), disabled_at: row.disabled_at }
    }
}

/// An account to add.
#[derive(Debug)]
pub struct AddUser {
    /// The address.
    pub email: String,
    /// A name to log in with.
    pub username: Option<String>,
    /// A name to be called by.
    pub name: Option<String>,
    /// What it may do.
    pub roles: Vec<String>,
    /// The password.
    pub password: SecretString,
}

/// Who changes an account, for the audit.
#[derive(Debug, Clone, Default)]
pub struct By {
    /// The administrator's request; none at the command line.
    pub request_id: Option<String>,
    /// The administrator; none at the command line.
    pub administrator: Option<Uuid>,
}

impl By {
    pub(super) fn event(&self, kind: &'static str, at: i64, user: UserId) -> Event {
        self.told(Event::new(kind, at).user(user).detail(serde_json::json!({ "by": self.name() })))
    }

    /// What happened to a client.
    pub(super) fn on_client(&self, kind: &'static str, at: i64, client: &str) -> Event {
        self.told(Event::new(kind, at).detail(serde_json::json!({ "by": self.name(), "client": client })))
    }

    fn told(&self, event: Event) -> Event {
        self.request_id.iter().fold(event, Event::request)
    }

    /// The administrator's id, or that it was whoever has the machine.
    pub(super) fn name(&self) -> String {
        self.administrator.map_or_else(|| "operator".to_owned(), |id| id.to_string())
    }
}

/// Adds an account, whatever the sign-up mode.
///
/// # Errors
/// `signup.taken`, `signup.email_invalid`, `password.*`, `request.body`.
pub async fn add_user(app: &App, input: AddUser) -> Result<UserView> {
    let now = app.clock.now_ms();
    let roles = accept_roles(&input.roles)?;
    let who = NewAccount { email: input.email, username: input.username, name: input.name, roles };
    let mut row = prepare(app, who, input.password, now).await?;
    row.email_verified = vouched(app);
    let (of, new) = (app.clone(), row.clone());
    taken(app.store.write(async move |tx: &mut Tx<'_>| insert(&of, tx, &new, None).await).await?)?;
    app.counters.sign_ups.add();
    Ok(UserView::from(&row))
}

/// Whether an operator's word for an address is enough: where only proven addresses get in, whom the operator adds must
/// get in.
pub(super) fn vouched(app: &App) -> bool {
    app.config.signup.mode == SignupMode::Verified
}

/// Finds an account by id, address or username.
///
/// # Errors
/// `request.not_found`.
pub async fn find_user(app: &App, named: &str) -> Result<UserView> {
    let named = named.trim().to_owned();
    let found = app.store.read(async move |tx: &mut Tx<'_>| {
        if let Ok(id) = Uuid::parse_str(&named) {
            return users::by_id(tx, UserId(id)).await;
        }
        if let Ok(email) = Email::parse(&named) {
            return users::by_email_key(tx, &email.key).await;
        }
        match Username::parse(&named) {
            Ok(username) => users::by_username_key(tx, &username.key).await,
            Err(_) => Ok(None),
        }
    });
    found.await?.map(|row| UserView::from(&row)).ok_or_else(|| unknown().into())
}

/// Accounts in the order they were made, from behind `after`.
///
/// # Errors
/// When the database does.
pub async fn list_users(app: &App, after: Option<Uuid>, limit: u32) -> Result<Vec<UserView>> {
    let rows =
        app.store.read(async move |tx: &mut Tx<'_>| users::list(tx, after.map(UserId), limit).await).await?;
    Ok(rows.iter().map(UserView::from).collect())
}

/// Sets a new password and ends all sessions.
///
/// # Errors
/// `password.*`, `request.not_found`.
pub async fn set_password(app: &App, id: Uuid, password: SecretString) -> Result<()> {
    let found = find_user(app, &id.to_string()).await?;
    let hash = accept_password(app, password, &found.user.email, found.user.username.as_deref()).await?;
    change(app, id, By::default(), Change::Password(hash)).await.map(drop)
}

/// Sets the roles; access tokens with the old ones end at once here and wherever the feed is followed, elsewhere when
/// they expire.
///
/// # Errors
/// `request.body`, `request.not_found`, `role.missing` for the last administrator.
pub async fn set_roles(app: &App, id: Uuid, roles: &[String], by: By) -> Result<UserView> {
    change(app, id, by, Change::Roles(accept_roles(roles)?)).await
}

/// Disables an account, which ends all its sessions, or enables it.
///
/// # Errors
/// `request.not_found`, `role.missing` for the last administrator.
pub async fn set_disabled(app: &App, id: Uuid, disabled: bool, by: By) -> Result<UserView> {
    change(app, id, by, Change::Disabled(disabled)).await
}

/// Removes all second factors and ends all sessions, for whoever lost them: the password alone lets in then. Whoever
/// calls has made sure who asks, because this is what a thief would ask for.
///
/// # Errors
/// `request.not_found`.
pub async fn reset_factors(app: &App, id: Uuid, by: By) -> Result<UserView> {
    change(app, id, by, Change::NoFactors).await
}

/// What second factors an account has.
///
/// # Errors
/// When the database does.
pub async fn factors(app: &App, id: Uuid) -> Result<Enrolled> {
    enrolled(app, UserId(id)).await
}

/// Deletes an account.
///
/// # Errors
/// `request.not_found`, `role.missing` for the last administrator.
pub async fn delete_user(app: &App, id: Uuid) -> Result<()> {
    let (of, now) = (app.clone(), app.clock.now_ms());
    let removed = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            let Some(user) = users::by_id(tx, UserId(id)).await? else { return Ok(None) };
            let ending = Ending { user: user.id, reason: EndReason::Deleted, at: now, request_id: None };
            remove(&of, tx, &user, &ending).await.map(Some)
        })
        .await?;
    removed.ok_or_else(unknown)?.into_result()
}

#[derive(Debug, Clone)]
enum Change {
    Password(String),
    Roles(Vec<String>),
    Disabled(bool),
    NoFactors,
}

enum Changed {
    Done(Box<UserRow>),
    Unknown,
    LastAdministrator,
}

async fn change(app: &App, id: Uuid, by: By, change: Change) -> Result<UserView> {
    let (of, now) = (app.clone(), app.clock.now_ms());
    let changed = app.store.write(async move |tx: &mut Tx<'_>| {
        apply(&of, tx, Asked { id: UserId(id), now, by: &by }, &change).await
    });
    match changed.await? {
        Changed::Done(row) => Ok(UserView::from(&*row)),
        Changed::Unknown => Err(unknown().into()),
        Changed::LastAdministrator => Err(last_administrator()),
    }
}

struct Asked<'a> {
    id: UserId,
    now: i64,
    by: &'a By,
}

async fn apply(app: &App, tx: &mut Tx<'_>, asked: Asked<'_>, change: &Change) -> Result<Changed, StoreError> {
    let Asked { id, now, by } = asked;
    let Some(user) = users::by_id(tx, id).await? else { return Ok(Changed::Unknown) };
    let keeps_administering = match change {
        Change::Password(_) | Change::Disabled(false) | Change::NoFactors => true,
        Change::Roles(roles) => roles.iter().any(|role| role == super::delete_user::ADMIN),
        Change::Disabled(true) => false,
    };
    if !keeps_administering && is_last_administrator(tx, &user).await? {
        return Ok(Changed::LastAdministrator);
    }
    let (kind, ends) = match change {
        Change::Password(hash) => {
            if !users::set_password(tx, id, user.credential_epoch, hash, now).await? {
                return Err(StoreError::Conflict);
            }
            ("password.set", Some(EndReason::PasswordSet))
        }
        Change::Roles(roles) => {
            assign_roles(app, tx, &user, roles, now).await?;
            ("user.roles", None)
        }
        Change::Disabled(true) => {
            users::set_disabled(tx, id, Some(now), now).await?;
            ("user.disabled", Some(EndReason::Disabled))
        }
        Change::Disabled(false) => {
            users::set_disabled(tx, id, None, now).await?;
            ("user.enabled", None)
        }
        Change::NoFactors => {
            users::raise_credential_epoch(tx, id, now).await?;
            remove_all(tx, id).await?;
            // Nothing of who did it: to the owner it is whoever runs the service.
            tell(app, tx, &user, FactorChange::Reset, Seen { at: now, user_agent: None, ip: None }).await?;
            ("factors.reset", Some(EndReason::FactorRemoved))
        }
    };
    if let Some(reason) = ends {
        let ending = Ending { user: id, reason, at: now, request_id: by.request_id.clone() };
        end_all_sessions(app, tx, None, &ending).await?;
    }
    by.event(kind, now, id).write(app, tx).await?;
    Ok(users::by_id(tx, id).await?.map_or(Changed::Unknown, |row| Changed::Done(Box::new(row))))
}

/// Sets roles and takes back the access tokens with the old ones, wherever they are.
pub(super) async fn assign_roles(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    roles: &[String],
    now: i64,
) -> Result<(), StoreError> {
    // Never below the clock, so that tokens of a time that a restored backup forgot stay behind.
    match users::set_roles(tx, user.id, roles, now.div_euclid(1000), now).await? {
        Some(epoch) => revocations::announce(app, tx, Kind::Subject, &user.id.to_string(), epoch).await,
        None => Err(StoreError::Conflict),
    }
}

fn accept_roles(roles: &[String]) -> Result<Vec<String>> {
    let mut accepted: Vec<String> = Vec::new();
    for role in roles {
        let role = identity::role(role).map_err(bad_body)?;
        if !accepted.contains(&role) {
            accepted.push(role);
        }
    }
    if accepted.len() > MAX_ROLES {
        return Err(bad_body("an account has at most 32 roles; every token carries them").into());
    }
    Ok(accepted)
}

fn unknown() -> Refused {
    Refused::new(&reason::REQUEST_NOT_FOUND).detail("there is no such account")
}

/// Tokens carry the roles, and tokens must stay small.
pub(super) const MAX_ROLES: usize = 32;
