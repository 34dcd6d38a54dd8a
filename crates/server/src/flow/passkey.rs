//! Passkeys (WebAuthn Level 3): asking for one, and believing it. What is done with a believed one stands in the files below.
//!
//! A challenge is a row: named by a random token of which only the digest is kept, good for five minutes and for one answer,
//! right or wrong. The check itself is in `app::passkeys`; here stands whose passkey it has to be.

pub mod enrol;
pub mod log_in;
pub mod manage;
pub mod only;

use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Client,
    audit::Event,
    mail::{self, FactorChange},
    second_factor::tell,
};
use crate::{
    app::{
        App,
        passkeys::{Asked, Disbelieved, Used, invalid},
    },
    error::{Error, Refused, Result},
    rule::authentication::Method,
    store::{
        StoreError, Tx, UserId,
        challenges::{self, ChallengeRow},
        passkeys::{self, PasskeyRow},
        users::{self, UserRow},
    },
};

/// A question for a browser.
#[derive(Debug)]
pub struct Given {
    /// Names the question when it is answered.
    pub challenge_token: SecretString,
    /// The argument of `navigator.credentials`.
    pub options: Value,
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; none before its first use.
    pub last_used_at: Option<i64>,
}

/// A passkey that proved itself a moment ago. [`settle`](Proven::settle) makes it count.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Its owner, as read together with it.
    pub user: UserRow,
    passkey: PasskeyRow,
    used: Used,
}

/// What kind of answer a challenge waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A passkey that shows who somebody is.
    Prove,
    /// A new passkey.
    Enrol,
}

impl From<PasskeyRow> for PasskeyView {
    fn from(row: PasskeyRow) -> Self {
        Self { id: row.id, name: row.name, created_at: row.created_at, last_used_at: row.last_used_at }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Prove => "passkey",
            Self::Enrol => "passkey_enrolment",
        }
    }
}

/// Asks whoever is there for any passkey of this server: for a login without a name, and for a step-up.
///
/// # Errors
/// `passkey.unsupported_host`.
pub async fn ask(app: &App) -> Result<Given> {
    give(app, Kind::Prove, None, app.passkeys.ask([])?).await
}

/// Asks for one of a user's passkeys, as a second factor: none when there are none, or none that could answer here. The
/// caller keeps the state.
#[must_use]
pub fn ask_for(app: &App, held: &[PasskeyRow]) -> Option<Asked> {
    let ids = held.iter().map(|passkey| passkey.credential_id.as_slice());
    if held.is_empty() { None } else { app.passkeys.ask(ids).ok() }
}

/// Believes an answer to a question whose state is given, or says why not. With `of`, only a passkey of that user will do;
/// without, the device has to say whose it is.
///
/// # Errors
/// `passkey.invalid`, `passkey.unsupported_host`.
pub async fn prove(
    app: &App,
    state: &str,
    answer: Value,
    of: Option<UserId>,
    client: &Client,
) -> Result<Proven> {
    let answer = app.passkeys.read(answer)?;
    let id = answer.credential_id().to_vec();
    let found = app.store.read(async move |tx: &mut Tx<'_>| {
        let Some(passkey) = passkeys::by_credential_id(tx, &id).await? else { return Ok(None) };
        Ok(users::by_id(tx, passkey.user_id).await?.map(|user| (passkey, user)))
    });
    let Some((passkey, user)) = found.await? else {
        return Err(invalid("No account here has this passkey.")
            .hint("It may have been removed here; remove it on the device as well.")
            .into());
    };
    // The handle is what the device was given when the key was made. A key of one account that is shown with the handle
    // of another is nobody's.
    let handle = answer.user_handle();
    let fits = match of {
        Some(of) => of == user.id && handle.is_none_or(|handle| handle == user.id.0.as_bytes()),
        None => handle.is_some_and(|handle| handle == user.id.0.as_bytes()),
    };
    if !fits {
        return Err(invalid("The passkey is of another account.").into());
    }
    match app.passkeys.check(state, &answer, &passkey.credential) {
        Ok(used) if user.disabled_at.is_none() => Ok(Proven { user, passkey, used }),
        Ok(_) => Err(invalid("The account is disabled.").into()),
        Err(Disbelieved::Refused(error)) => Err(error),
        Err(Disbelieved::Copied) => {
            note_copy(app, &user, &passkey, client).await?;
            Err(invalid("The counter of the passkey did not rise: there may be a copy of it.")
                .hint("Remove this passkey and make a new one. Its owner has been told.")
                .into())
        }
    }
}

impl Proven {
    /// What was shown, for the session.
    #[must_use]
    pub fn method(&self) -> Method {
        Method::Passkey { backed_up: self.used.backed_up, user_verified: self.used.user_verified }
    }

    /// Makes the use count inside the caller's transaction. Refused when the same passkey was used or removed since it was
    /// read: of two answers that show one counter, one is a copy's.
    ///
    /// # Errors
    /// When the database does.
    pub async fn settle(&self, tx: &mut Tx<'_>, now: i64) -> Result<Result<()>, StoreError> {
        let (id, read) = (self.passkey.id, &self.passkey.credential);
        let counted = passkeys::mark_used(tx, id, read, &self.used.credential, now).await?;
        Ok(if counted { Ok(()) } else { Err(invalid("The passkey was used or removed meanwhile.").into()) })
    }
}

/// A passkey that may have been copied: refused, written down, and its owner told.
async fn note_copy(app: &App, user: &UserRow, passkey: &PasskeyRow, client: &Client) -> Result<()> {
    let now = app.clock.now_ms();
    tracing::warn!(user = %user.id, passkey = %passkey.id, "the counter of a passkey did not rise: it may have been copied");
    let event = Event::new("passkey.copied", now)
        .user(user.id)
        .request(&client.request_id)
        .detail(json!({ "passkey": passkey.id }));
    let (of, user, seen) = (app.clone(), user.clone(), mail::seen(client, now));
    let noted = app.store.write(async move |tx: &mut Tx<'_>| {
        event.write(&of, tx).await?;
        tell(&of, tx, &user, FactorChange::PasskeyCopied, seen.clone()).await
    });
    Ok(noted.await?)
}

async fn give(app: &App, kind: Kind, user_id: Option<UserId>, asked: Asked) -> Result<Given> {
    let token = base64url::encode(&app.random_bytes::<32>());
    let now = app.clock.now_ms();
    let row = ChallengeRow {
        token_hash: sha256(token.as_bytes()),
        kind: kind.name().into(),
        user_id,
        state: asked.state,
        tries: 0,
        created_at: now,
        expires_at: now + CHALLENGE_LIFETIME,
    };
    app.store.write(async move |tx: &mut Tx<'_>| challenges::insert(tx, &row).await).await?;
    Ok(Given { challenge_token: token.into(), options: asked.options })
}

/// Takes a challenge: it is gone from then on, whatever the answer is worth, so that nobody tries twice.
async fn take(app: &App, kind: Kind, user: Option<UserId>, token: &SecretString) -> Result<String> {
    let (hash, now) = (sha256(token.expose_secret().as_bytes()), app.clock.now_ms());
    let taken = app.store.write(async move |tx: &mut Tx<'_>| {
        let Some(row) = challenges::by_hash(tx, &hash).await? else { return Ok(None) };
        // One that waits for something else is left alone: it is another call's.
        if row.kind != kind.name() || row.user_id != user {
            return Ok(None);
        }
        Ok(challenges::use_up(tx, &hash, now).await?.then_some(row.state))
    });
    let over = || -> Error {
        Refused::new(&reason::LINK_EXPIRED)
            .detail("The challenge was answered before, or is older than five minutes.")
            .hint("Ask for new options and let the user try again.")
            .into()
    };
    taken.await?.ok_or_else(over)
}

/// As long as browsers wait for the user (WebAuthn Level 3 section 15.1), in milliseconds.
const CHALLENGE_LIFETIME: i64 = 300_000;
