//! What is asked for in the name of a mail address: written down as it came, done after the answer.
//!
//! Who the address belongs to, if to anybody, is looked up by a job and not by the request. So the answer to a forgotten
//! password, a mailed code, a sign-up is the same for everybody, and takes as long: the request never knows. It is written
//! before it is answered, so a server that is killed in between does it when it is back.

mod answer;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use jotgate_token::reason;

pub use answer::answer_mail_requests;

use super::{
    Client, mail,
    throttle::{CountedMail, Room, take_reminder},
};
use crate::{
    app::{
        App,
        keyring::{MasterKeys, SealedName},
    },
    error::{Error, Refused, Result},
    rule::identity::Email,
    store::{
        StoreError, Tx,
        mail_requests::{self, MailRequestRow},
        users::UserRow,
    },
};

/// A mail that somebody wants to have sent.
#[derive(Debug)]
pub struct RequestMail {
    /// What for.
    pub wanted: Wanted,
    /// To whom.
    pub email: String,
    /// Who asks.
    pub client: Client,
}

/// What a mail is wanted for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Wanted {
    /// To confirm the address of an account.
    Verification,
    /// To choose a new password.
    Reset,
    /// To log in.
    LoginCode,
    /// To make an account.
    SignUp(Box<NewUser>),
    /// To give an account this address.
    AnotherAddress {
        /// The account.
        user: Uuid,
        /// Its epoch when it was asked: void after a change of password.
        credential_epoch: i64,
    },
}

/// An account as it will be, if nobody has the address. Its `Debug` shows nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewUser {
    pub(super) username: Option<(String, String)>,
    pub(super) name: Option<String>,
    pub(super) password_hash: String,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewUser([REDACTED])")
    }
}

/// A request as it is kept.
#[derive(Serialize, Deserialize)]
struct Asked {
    wanted: Wanted,
    shown: String,
    key: String,
    language: String,
    request_id: String,
}

/// Writes the request down, unless this address or this network has had too many.
///
/// # Errors
/// `mail.not_configured`, `signup.email_invalid` for what is no address, `mail.throttled` for the network. An address
/// that had too many is not told: it is not known whose it is.
pub async fn request_mail(app: &App, asked: RequestMail) -> Result<()> {
    mail::require(app)?;
    let RequestMail { wanted, email, client } = asked;
    let email =
        Email::parse(&email).map_err(|detail| Refused::new(&reason::SIGNUP_EMAIL_INVALID).detail(detail))?;
    let counted = CountedMail::new(app, &email.key, client.ip);
    let asked = Asked {
        wanted,
        shown: email.shown,
        key: email.key,
        language: client.language.code().into(),
        request_id: client.request_id,
    };
    let row = seal(app, &asked);
    let room = app.store.write(async move |tx: &mut Tx<'_>| {
        let room = counted.take(tx, row.created_at).await?;
        if room == Room::Taken {
            mail_requests::insert(tx, &row).await?;
        }
        Ok(room)
    });
    match room.await? {
        Room::NotForNetwork(left) => Err(throttled(left)),
        Room::Taken | Room::NotForAddress => {
            app.mail_requests.notify_one();
            Ok(())
        }
    }
}

/// The answer to somebody who knows the password of an account whose address is not proven: a mail is on its way, at
/// most one every few minutes.
///
/// # Errors
/// As [`request_mail`], except that a network that asked too often is not refused: nothing is sent.
pub(super) async fn remind(app: &App, user: &UserRow, client: &Client) -> Result<Refused> {
    let (of, id, now) = (app.clone(), user.id, app.clock.now_ms());
    let due = app.store.write(async move |tx: &mut Tx<'_>| take_reminder(&of, tx, id, now).await);
    if due.await? {
        let (email, client) = (user.email.clone(), client.clone());
        match request_mail(app, RequestMail { wanted: Wanted::Verification, email, client }).await {
            Err(Error::Refused(refused)) if refused.reason == &reason::MAIL_THROTTLED => {}
            asked => asked?,
        }
    }
    Ok(Refused::new(&reason::LOGIN_EMAIL_UNVERIFIED))
}

fn throttled(left: i64) -> Error {
    Refused::new(&reason::MAIL_THROTTLED).retry_after_ms(left).into()
}

fn seal(app: &App, asked: &Asked) -> MailRequestRow {
    let id = app.new_id();
    let plain = serde_json::to_vec(asked).expect("texts and numbers always have a JSON form");
    let sealed = app.keyring.master().seal(app.random_bytes(), name(&id.to_string()), &plain);
    MailRequestRow { id, sealed, created_at: app.clock.now_ms() }
}

fn open(app: &App, row: &MailRequestRow) -> Option<Asked> {
    let plain = app.keyring.master().open(name(&row.id.to_string()), &row.sealed).ok()?;
    serde_json::from_slice(plain.as_ref()).ok()
}

/// Seals what waits under another master key. What does not open could not have been done before either.
pub(super) async fn reseal_all(
    app: &App,
    tx: &mut Tx<'_>,
    old: &MasterKeys,
    new: &MasterKeys,
) -> Result<(), StoreError> {
    for row in mail_requests::oldest(tx, u32::MAX).await? {
        let id = row.id.to_string();
        if let Ok(plain) = old.open(name(&id), &row.sealed) {
            let sealed = new.seal(app.random_bytes(), name(&id), plain.as_ref());
            mail_requests::reseal(tx, row.id, &sealed).await?;
        }
    }
    Ok(())
}

fn name(id: &str) -> SealedName<'_> {
    SealedName { issuer: "mail request", id }
}
