//! Proving a password: throttles, then the hash, then the counters. The one place a typed password is compared.
//!
//! Login, password change and deletion all come through here, because a thief with an access token must not be able to
//! guess the password faster than a stranger can. Unknown account and wrong password answer alike, and not before the
//! slowest kind of hash in use would have (catalogue row 106).

use std::time::Duration;

use jotgate_token::reason::Reason;
use secrecy::SecretString;

use super::{Client, audit::Event, imported_passwords, throttle::Counted};
use crate::{
    app::{App, hasher::Checked},
    error::{Refused, Result},
    store::{
        StoreError, Tx,
        users::{self, UserRow},
    },
};

/// One typed password.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The account, if there is one.
    pub user: Option<UserRow>,
    /// What was typed to name it, normalised: counted when there is no account.
    pub named: &'a str,
    /// The typed password.
    pub password: SecretString,
    /// Who typed it.
    pub client: &'a Client,
    /// What to answer when it is wrong.
    pub wrong: &'static Reason,
}

/// A password that was right for this account a moment ago. [`settle`](Proven::settle) makes it count.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The account, as read together with its hash.
    pub user: UserRow,
    counted: Counted,
    renewed: Option<String>,
}

/// Proves the password.
///
/// # Errors
/// `login.throttled`, `server.busy`, or the attempt's own reason.
pub async fn prove_password(app: &App, attempt: Attempt<'_>) -> Result<Proven> {
    let now = app.clock.now_ms();
    let Attempt { user, named, password, client, wrong } = attempt;
    let id = user.as_ref().map(|user| user.id);
    let account = id.map_or_else(|| named.to_owned(), |id| id.0.to_string());
    let counted = Counted::new(app, &account, client.ip).with_device(client.device.as_ref());
    let looked = {
        let (app, counted) = (app.clone(), counted.clone());
        let of = app.clone();
        app.store.read(async move |tx: &mut Tx<'_>| counted.look(&of, tx, id, now).await).await?
    };
    looked.admit(app, now).inspect_err(|_| app.counters.logins_throttled.add())?;

    let start = moment();
    let stored =
        user.as_ref().filter(|user| user.disabled_at.is_none()).and_then(|user| user.password_hash.clone());
    let checked = match stored {
        Some(stored) => imported_passwords::check(app, password.clone(), &stored).await?,
        None => app.hasher.verify_nobody(password.clone()).await.map(|()| Checked::Wrong)?,
    };
    match (checked, user) {
        (Checked::Right, Some(user)) => Ok(Proven { user, counted, renewed: None }),
        (Checked::RightButOld, Some(user)) => {
            let renewed = Some(app.hasher.hash(password, app.random_bytes()).await?);
            Ok(Proven { user, counted, renewed })
        }
        _ => {
            write_failure(app, counted, id, client).await?;
            wait_for_the_slowest(app, &password, start).await;
            Err(Refused::new(wrong).into())
        }
    }
}

async fn write_failure(
    app: &App,
    counted: Counted,
    id: Option<crate::store::UserId>,
    client: &Client,
) -> Result<()> {
    let now = app.clock.now_ms();
    let (of, request_id) = (app.clone(), client.request_id.clone());
    app.counters.logins_failed.add();
    app.store
        .write(async move |tx: &mut Tx<'_>| {
            counted.failed(&of, tx, now).await?;
            // Written for an account that does not exist too: guessing names is worth knowing of, and must take as long.
            let event = Event::new("login.failed", now).request(&request_id);
            id.map_or(event.clone(), |id| event.user(id)).write(&of, tx).await
        })
        .await?;
    Ok(())
}

impl Proven {
    /// Makes the proof count inside the caller's transaction: `false` when the account was disabled, deleted or got
    /// another password since it was read, because a login in flight must not survive a password change (I8).
    ///
    /// # Errors
    /// When the database does.
    pub async fn settle(&self, tx: &mut Tx<'_>, now: i64) -> Result<bool, StoreError> {
        if !users::hold(tx, self.user.id, self.user.credential_epoch).await? {
            return Ok(false);
        }
        self.count(tx).await?;
        self.counted.remember_address(tx, self.user.id, now).await?;
        Ok(true)
    }

    /// The same for an account that the transaction holds already, and for a login that is not over yet: an address from
    /// which only the password was right is none that the account knows.
    ///
    /// # Errors
    /// When the database does.
    pub(super) async fn count(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        if let (Some(old), Some(new)) = (&self.user.password_hash, &self.renewed) {
            users::rehash(tx, self.user.id, old, new).await?;
        }
        self.counted.succeeded(tx).await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the answer's delay is real time, whatever the server's clock says"
)]
fn moment() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

async fn wait_for_the_slowest(app: &App, password: &SecretString, start: tokio::time::Instant) {
    let deadline: Duration = app.hasher.slowest(password);
    tokio::time::sleep_until(start + deadline).await;
}
