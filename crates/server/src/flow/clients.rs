//! Registering programs that get tokens for themselves, and taking that back.
//!
//! Used by the command line and by `flow::admin`, so that both change a client in one way. A secret is shown once, when it
//! is made. Whatever narrows a client takes its tokens back: the epoch is raised and told to the revocation feed.

mod change;

use std::time::Duration;

use jotgate_jose::{JwkSet, KeySet, primitive::base64url};
use jotgate_token::{access::CLIENT_PREFIX, reason, revocation::Kind};
use secrecy::SecretString;

use super::{
    authenticate_client::digest_of_secret, operator::By, revocations::announce, sign_up::bad_body,
    throttle::millis,
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    rule::client as rule,
    store::{
        StoreError, Tx,
        clients::{self, ClientRow},
    },
};

pub use change::{ChangeClient, change_client};

/// A client as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientView {
    /// Its `client_id`.
    pub id: String,
    /// How it shows who it is.
    pub auth: ClientAuth,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// For whom its tokens may be; empty for those in `[tokens] audience`.
    pub audiences: Vec<String>,
    /// The names (`kid`) of its keys; empty for a client with a secret.
    pub keys: Vec<String>,
    /// Until when the secret before is good too, in Unix milliseconds.
    pub old_secret_until: Option<i64>,
    /// When it was disabled.
    pub disabled_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
}

/// How a client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// With a secret.
    Secret,
    /// With assertions signed by its private key.
    PrivateKeyJwt,
}

impl ClientAuth {
    /// The word used in requests, at the command line and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Secret, Self::PrivateKeyJwt].into_iter().find(|auth| auth.name() == name)
    }
}

/// A client to register.
#[derive(Debug, Clone, Default)]
pub struct AddClient {
    /// Its name, which is its `client_id`.
    pub id: String,
    /// Words of scope.
    pub scopes: Vec<String>,
    /// Names of audiences; none for those in `[tokens] audience`.
    pub audiences: Vec<String>,
    /// Its public keys, a JWK or a JWK Set: then it has no secret.
    pub jwks: Option<String>,
}

/// A client with its new secret, which nobody can be shown again.
#[derive(Debug)]
pub struct WithSecret {
    /// The client.
    pub client: ClientView,
    /// The secret; none for a client with keys of its own.
    pub secret: Option<SecretString>,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Copy)]
pub struct RotateSecret {
    /// How long the secret so far is good beside the new one.
    pub keep_old: Duration,
    /// Whether the tokens so far are taken back, as after a leak.
    pub revoke_tokens: bool,
}

/// Registers a client.
///
/// # Errors
/// `request.body` for a name that is taken or unfit, and for keys that cannot be used.
pub async fn add_client(app: &App, input: AddClient, by: By) -> Result<WithSecret> {
    let now = app.clock.now_ms();
    let jwks = input.jwks.as_deref().map(public_keys).transpose()?;
    let secret = jwks.is_none().then(|| new_secret(app));
    let auth = if secret.is_some() { ClientAuth::Secret } else { ClientAuth::PrivateKeyJwt };
    let row = ClientRow {
        id: rule::id(&input.id).map_err(bad_body)?,
        auth: auth.name().into(),
        scopes: rule::scopes(&input.scopes).map_err(bad_body)?,
        audiences: rule::audiences(&input.audiences).map_err(bad_body)?,
        secret_hash: secret.as_ref().map(digest_of_secret),
        previous_hash: None,
        previous_until: 0,
        jwks,
        epoch: now.div_euclid(1000),
        disabled_at: None,
        created_at: now,
        updated_at: now,
    };
    let (of, new) = (app.clone(), row.clone());
    let added = app.store.write(async move |tx: &mut Tx<'_>| {
        if !clients::insert(tx, &new).await? {
            return Ok(false);
        }
        by.on_client("client.added", now, &new.id).write(&of, tx).await?;
        Ok(true)
    });
    if !added.await? {
        return Err(bad_body("there is a client of this name").into());
    }
    Ok(WithSecret { client: view(app, &row), secret })
}

/// One client.
///
/// # Errors
/// `request.not_found`.
pub async fn find_client(app: &App, id: &str) -> Result<ClientView> {
    let id = id.to_owned();
    let found = app.store.read(async move |tx: &mut Tx<'_>| clients::by_id(tx, &id).await).await?;
    found.map(|row| view(app, &row)).ok_or_else(unknown)
}

/// Clients by name, from behind `after`.
///
/// # Errors
/// When the database does.
pub async fn list_clients(app: &App, after: Option<&str>, limit: u32) -> Result<Vec<ClientView>> {
    let after = after.unwrap_or_default().to_owned();
    let rows = app.store.read(async move |tx: &mut Tx<'_>| clients::list(tx, &after, limit).await).await?;
    Ok(rows.iter().map(|row| view(app, row)).collect())
}

/// Makes a new secret. The one so far stays good for a while, so that a service can be changed over without a gap; a
/// third is never good.
///
/// # Errors
/// `request.not_found`; `request.body` for a client with keys of its own.
pub async fn rotate_secret(app: &App, id: &str, how: RotateSecret, by: By) -> Result<WithSecret> {
    let now = app.clock.now_ms();
    let secret = new_secret(app);
    let (hash, until) = (digest_of_secret(&secret), now.saturating_add(millis(how.keep_old)));
    let (of, name) = (app.clone(), id.to_owned());
    let rotated = app.store.write(async move |tx: &mut Tx<'_>| {
        if !clients::set_secret(tx, &name, &hash, until, now).await? {
            return Ok(false);
        }
        if how.revoke_tokens {
            take_back(&of, tx, &name, now).await?;
        }
        by.on_client("client.secret_rotated", now, &name).write(&of, tx).await?;
        Ok(true)
    });
    let is_rotated = rotated.await?;
    let client = find_client(app, id).await?;
    match is_rotated {
        true => Ok(WithSecret { client, secret: Some(secret) }),
        false => Err(bad_body("this client has keys of its own and no secret").into()),
    }
}

/// Deletes a client and takes its tokens back.
///
/// # Errors
/// `request.not_found`.
pub async fn delete_client(app: &App, id: &str, by: By) -> Result<()> {
    let (of, name, now) = (app.clone(), id.to_owned(), app.clock.now_ms());
    let deleted = app.store.write(async move |tx: &mut Tx<'_>| {
        if clients::by_id(tx, &name).await?.is_none() {
            return Ok(false);
        }
        take_back(&of, tx, &name, now).await?;
        by.on_client("client.deleted", now, &name).write(&of, tx).await?;
        clients::delete(tx, &name, now).await
    });
    if deleted.await? { Ok(()) } else { Err(unknown()) }
}

/// Ends all tokens of a client: those of a lower epoch no longer count.
async fn take_back(app: &App, tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), StoreError> {
    // Never below the clock, so that tokens of a time that a restored backup forgot stay behind.
    let Some(epoch) = clients::raise_epoch(tx, id, now.div_euclid(1000)).await? else { return Ok(()) };
    announce(app, tx, Kind::Subject, &format!("{CLIENT_PREFIX}{id}"), epoch).await
}

/// 32 random bytes behind a prefix by which scanners of source code know a leaked one.
fn new_secret(app: &App) -> SecretString {
    SecretString::from(format!("{SECRET_PREFIX}{}", base64url::encode(&app.random_bytes::<32>())))
}

/// The keys as they are kept: public, asymmetric, each good for one algorithm.
fn public_keys(json: &str) -> Result<String> {
    let unfit = |why: String| Error::from(bad_body("the keys of the client cannot be used").hint(why));
    let set = JwkSet::parse(json)
        .or_else(|_| jotgate_jose::Jwk::parse(json).map(|key| JwkSet::new([key])))
        .map_err(|error| unfit(format!("expected a JWK or a JWK Set: {error}")))?;
    if set.keys().iter().any(jotgate_jose::Jwk::is_private) {
        return Err(unfit(
            "this holds a private or a secret key; give the public half (jotgate key convert)".into(),
        ));
    }
    let usable = KeySet::from(&set);
    if let Some(flaw) = usable.unusable().first() {
        return Err(unfit(flaw.error().to_string()));
    }
    if usable.keys().is_empty() || usable.keys().iter().any(|key| key.algorithm().is_symmetric()) {
        return Err(unfit("there is no public key in it".into()));
    }
    set.to_json().map_err(|error| unfit(error.to_string()))
}

fn view(app: &App, row: &ClientRow) -> ClientView {
    let keys = row.jwks.as_deref().and_then(|json| JwkSet::parse(json).ok());
    let name = |key: &jotgate_jose::Jwk| key.kid().map_or_else(|| key.thumbprint(), str::to_owned);
    let now = app.clock.now_ms();
    ClientView {
        id: row.id.clone(),
        auth: if row.jwks.is_some() { ClientAuth::PrivateKeyJwt } else { ClientAuth::Secret },
        scopes: row.scopes.clone(),
        audiences: row.audiences.clone(),
        keys: keys.map(|set| set.keys().iter().map(name).collect()).unwrap_or_default(),
        old_secret_until: row.previous_hash.map(|_| row.previous_until).filter(|until| *until > now),
        disabled_at: row.disabled_at,
        created_at: row.created_at,
    }
}

fn unknown() -> Error {
    Refused::new(&reason::REQUEST_NOT_FOUND).detail("there is no such client").into()
}

/// Begins every secret.
pub const SECRET_PREFIX: &str = "jgc_";
