//! The browsers an account was used from, told by a cookie of their own that outlives sessions.
//!
//! Two things follow from it: the throttle lets such a browser go on while strangers are refused, and a login from
//! anywhere else is told to the owner. The cookie opens nothing. Only its digest with the account's id is kept, so that
//! the database does not tell which accounts share a browser.

use jotgate_jose::primitive::{base64url, sha256};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Client, Delivery,
    mail::{self, Letter, To},
    throttle::Counted,
};
use crate::{
    app::App,
    store::{StoreError, Tx, UserId, devices, users::UserRow},
    text::Language,
};

/// The cookie that a browser keeps from this login on: its own if it has one. Nothing for clients without cookies.
pub(super) fn of(app: &App, delivery: Delivery, client: &Client) -> Option<SecretString> {
    match delivery {
        Delivery::Body => None,
        Delivery::Cookie | Delivery::Cookies => {
            let fresh = || SecretString::from(base64url::encode(&app.random_bytes::<32>()));
            Some(client.device.clone().unwrap_or_else(fresh))
        }
    }
}

/// Whether an account was used from this browser within a year.
pub(super) async fn is_known(
    tx: &mut Tx<'_>,
    user: UserId,
    device: Option<&SecretString>,
    now: i64,
) -> Result<bool, StoreError> {
    match device {
        Some(device) => devices::is_known(tx, user, &digest(user, device), now - KEPT_MS).await,
        None => Ok(false),
    }
}

/// Whether this login comes from where the account was never used, and it was used before. Ask before what counts the
/// login has run, because that remembers the address.
pub(super) async fn is_strange(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    client: &Client,
    now: i64,
) -> Result<bool, StoreError> {
    let counted = Counted::new(app, &user.id.0.to_string(), client.ip);
    Ok(!counted.knows_address(app, tx, user.id, now).await?
        && !is_known(tx, user.id, client.device.as_ref(), now).await?
        && devices::was_used(tx, user.id).await?)
}

/// Remembers where a login came from.
pub(super) async fn remember(
    app: &App,
    tx: &mut Tx<'_>,
    (user, client): (UserId, &Client),
    device: Option<&SecretString>,
    now: i64,
) -> Result<(), StoreError> {
    if let Some(device) = device {
        let agent = client.user_agent.as_deref();
        devices::remember(tx, user, &digest(user, device), agent, now).await?;
    }
    let counted = Counted::new(app, &user.0.to_string(), client.ip);
    counted.remember_address(tx, user, now).await
}

/// Tells the owner of a strange login.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    client: &Client,
    now: i64,
) -> Result<(), StoreError> {
    // Not in the language of whoever asks: that may be a thief.
    let to = To::owner(user, Language::default());
    mail::post(app, tx, to, Letter::NewDevice { seen: mail::seen(client, now) }).await
}

fn digest(user: UserId, device: &SecretString) -> [u8; 32] {
    sha256(&[user.0.as_bytes(), device.expose_secret().as_bytes()].concat())
}

/// How long a browser is remembered, in milliseconds.
pub(super) const KEPT_MS: i64 = 365 * 86_400_000;
