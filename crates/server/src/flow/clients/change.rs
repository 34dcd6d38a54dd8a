//! Changing what a client may do, and how it shows who it is.

use jotgate_jose::{Jwk, JwkSet};

use super::{ClientView, find_client, public_keys, take_back, unknown};
use crate::{
    app::App,
    error::Result,
    flow::{client_token::usual, operator::By, sign_up::bad_body},
    rule::client as rule,
    store::{
        StoreError, Tx,
        clients::{self, ClientRow},
    },
};

/// Changes of a client; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeClient {
    /// All its words of scope from now on.
    pub scopes: Option<Vec<String>>,
    /// All its audiences from now on.
    pub audiences: Option<Vec<String>>,
    /// All its public keys from now on, for a client that has keys.
    pub jwks: Option<String>,
    /// Whether it is disabled.
    pub disabled: Option<bool>,
}

/// Changes what a client may do. Tokens that were given for more, or to a client that is now disabled, are taken back.
///
/// # Errors
/// `request.not_found`, `request.body`.
pub async fn change_client(app: &App, id: &str, change: ChangeClient, by: By) -> Result<ClientView> {
    let now = app.clock.now_ms();
    let new = New {
        scopes: change.scopes.as_deref().map(rule::scopes).transpose().map_err(bad_body)?,
        audiences: change.audiences.as_deref().map(rule::audiences).transpose().map_err(bad_body)?,
        jwks: change.jwks.as_deref().map(public_keys).transpose()?,
        disabled: change.disabled,
    };
    let (of, name) = (app.clone(), id.to_owned());
    let changed = app.store.write(async move |tx: &mut Tx<'_>| {
        let Some(before) = clients::by_id(tx, &name).await? else { return Ok(Changed::Unknown) };
        if new.jwks.is_some() && before.jwks.is_none() {
            return Ok(Changed::HasNoKeys);
        }
        let narrows = apply(&of, tx, &before, &new, now).await?;
        for kind in new.kinds() {
            by.on_client(kind, now, &name).write(&of, tx).await?;
        }
        if narrows {
            take_back(&of, tx, &name, now).await?;
        }
        Ok(Changed::Done)
    });
    match changed.await? {
        Changed::Done => find_client(app, id).await,
        Changed::Unknown => Err(unknown()),
        Changed::HasNoKeys => Err(bad_body("this client has a secret and no keys").into()),
    }
}

/// Changes that hold to the rules.
struct New {
    scopes: Option<Vec<String>>,
    audiences: Option<Vec<String>>,
    jwks: Option<String>,
    disabled: Option<bool>,
}

enum Changed {
    Done,
    Unknown,
    HasNoKeys,
}

impl New {
    /// What happens, for the audit.
    fn kinds(&self) -> impl Iterator<Item = &'static str> {
        let is_changed = self.scopes.is_some() || self.audiences.is_some() || self.jwks.is_some();
        let disabled = self.disabled.map(|on| if on { "client.disabled" } else { "client.enabled" });
        is_changed.then_some("client.changed").into_iter().chain(disabled)
    }
}

/// Writes the changes; answers whether something is taken away: a word, an audience, a key, or everything.
async fn apply(
    app: &App,
    tx: &mut Tx<'_>,
    before: &ClientRow,
    new: &New,
    now: i64,
) -> Result<bool, StoreError> {
    let mut narrows = false;
    if new.scopes.is_some() || new.audiences.is_some() {
        let scopes = new.scopes.as_ref().unwrap_or(&before.scopes);
        let audiences = new.audiences.as_ref().unwrap_or(&before.audiences);
        narrows |= lacks(scopes, &before.scopes);
        narrows |= lacks(usual(app, audiences), usual(app, &before.audiences));
        clients::set_rights(tx, &before.id, scopes, audiences, now).await?;
    }
    if let Some(jwks) = &new.jwks {
        narrows |= lacks(&thumbprints(Some(jwks)), &thumbprints(before.jwks.as_ref()));
        clients::set_keys(tx, &before.id, jwks, now).await?;
    }
    if let Some(disabled) = new.disabled {
        narrows |= disabled;
        clients::set_disabled(tx, &before.id, disabled.then_some(now), now).await?;
    }
    Ok(narrows)
}

fn thumbprints(jwks: Option<&String>) -> Vec<String> {
    let set = jwks.and_then(|json| JwkSet::parse(json).ok());
    set.map(|set| set.keys().iter().map(Jwk::thumbprint).collect()).unwrap_or_default()
}

fn lacks(now: &[String], before: &[String]) -> bool {
    before.iter().any(|one| !now.contains(one))
}
