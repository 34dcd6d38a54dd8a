//! What an administrator may do over HTTP: the operator's steps behind three demands.
//!
//! The token must be for this server alone, the login recent, and the role the database's, not the token's.

use uuid::Uuid;

use super::{
    Client,
    authenticate::Caller,
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

/// Changes roles, or disables or enables.
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
    let by = || By { request_id: Some(client.request_id.clone()), administrator: Some(caller.user.id) };
    if let Some(roles) = &change.roles {
        operator::set_roles(app, id, roles, by()).await?;
    }
    if let Some(disabled) = change.disabled {
        operator::set_disabled(app, id, disabled, by()).await?;
    }
    operator::find_user(app, &id.to_string()).await
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
