//! What an administrator may do over HTTP: the operator's steps behind three demands.
//!
//! The token must be for this server alone, the login recent, and the role the database's, not the token's.

use uuid::Uuid;

use super::{
    Client,
    authenticate::Caller,
    clients::{self, AddClient, ChangeClient, ClientView, RotateSecret, WithSecret},
    delete_user::ADMIN,
    operator::{self, By, UserView},
};
use crate::{app::App, error::Result};

/// What an administrator changes; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeUser {
    /// All roles from now on.
    pub roles: Option<Vec<String>>,
    /// Whether the account is disabled.
    pub disabled: Option<bool>,
    /// Whether all second factors are to be removed.
    pub reset_factors: bool,
}

/// Accounts, oldest first, from behind `after`.
///
/// # Errors
/// `role.missing`, `stepup.required`, `aud.mismatch`.
pub async fn list_users(
    app: &App,
    caller: &Caller,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<UserView>> {
    demand(app, caller)?;
    operator::list_users(app, after, limit).await
}

/// One account.
///
/// # Errors
/// As [`list_users`], and `request.not_found`.
pub async fn show_user(app: &App, caller: &Caller, id: Uuid) -> Result<UserView> {
    demand(app, caller)?;
    operator::find_user(app, &id.to_string()).await
}

/// Changes roles, disables or enables, or removes all second factors.
///
/// # Errors
/// As [`show_user`], and `request.body`.
pub async fn change_user(
    app: &App,
    caller: &Caller,
    id: Uuid,
    change: ChangeUser,
    client: Client,
) -> Result<UserView> {
    demand(app, caller)?;
    let by = by(caller, client);
    if let Some(roles) = &change.roles {
        operator::set_roles(app, id, roles, by.clone()).await?;
    }
    if let Some(disabled) = change.disabled {
        operator::set_disabled(app, id, disabled, by.clone()).await?;
    }
    if change.reset_factors {
        operator::reset_factors(app, id, by).await?;
    }
    operator::find_user(app, &id.to_string()).await
}

/// Clients by name, from behind `after`.
///
/// # Errors
/// As [`list_users`].
pub async fn list_clients(
    app: &App,
    caller: &Caller,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<ClientView>> {
    demand(app, caller)?;
    clients::list_clients(app, after, limit).await
}

/// Registers a client.
///
/// # Errors
/// As [`list_users`], and `request.body`.
pub async fn add_client(app: &App, caller: &Caller, input: AddClient, client: Client) -> Result<WithSecret> {
    demand(app, caller)?;
    clients::add_client(app, input, by(caller, client)).await
}

/// One client.
///
/// # Errors
/// As [`show_user`].
pub async fn show_client(app: &App, caller: &Caller, id: &str) -> Result<ClientView> {
    demand(app, caller)?;
    clients::find_client(app, id).await
}

/// Changes a client.
///
/// # Errors
/// As [`change_user`].
pub async fn change_client(
    app: &App,
    caller: &Caller,
    id: &str,
    change: ChangeClient,
    client: Client,
) -> Result<ClientView> {
    demand(app, caller)?;
    clients::change_client(app, id, change, by(caller, client)).await
}

/// Makes a new secret for a client.
///
/// # Errors
/// As [`change_user`].
pub async fn rotate_secret(
    app: &App,
    caller: &Caller,
    id: &str,
    how: RotateSecret,
    client: Client,
) -> Result<WithSecret> {
    demand(app, caller)?;
    clients::rotate_secret(app, id, how, by(caller, client)).await
}

/// Deletes a client.
///
/// # Errors
/// As [`show_user`].
pub async fn delete_client(app: &App, caller: &Caller, id: &str, client: Client) -> Result<()> {
    demand(app, caller)?;
    clients::delete_client(app, id, by(caller, client)).await
}

fn by(caller: &Caller, client: Client) -> By {
    By { request_id: Some(client.request_id), administrator: Some(caller.user.id) }
}

/// The three demands, also of whoever reads the metrics.
///
/// # Errors
/// `role.missing`, `stepup.required`, `aud.mismatch`.
pub fn demand(app: &App, caller: &Caller) -> Result<()> {
    caller.require_exact_audience(app)?;
    caller.require_role(ADMIN)?;
    caller.require_recent(app)
}
