//! Mails: written in the transaction that causes them, sealed, and delivered later by a job.
//!
//! Because the two must not part: a mail about something that was rolled back would be a lie, and something done whose
//! mail was lost with a killed process would leave somebody without a link, or without a warning.

pub mod deliver;
pub mod doctor;
pub mod kept;
mod seal;

use jotgate_token::reason;

use super::Client;
use crate::{
    app::App,
    error::{Refused, Result},
    mail::{Sender, Written},
    store::{
        StoreError, Tx,
        outbox::{self, OutboxRow},
        users::UserRow,
    },
    text::Language,
};

pub use crate::mail::{FactorChange, Letter, Seen};
pub(super) use seal::reseal_all;

/// To whom a mail goes.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// About whose account it is: its mails go with it. None when the account is not to tell about this one.
    pub user: Option<&'a UserRow>,
    /// The address, which need not be that of the account.
    pub address: &'a str,
    /// What its reader reads.
    pub language: Language,
}

impl<'a> To<'a> {
    /// To the address of an account, in the language its owner chose, or else in this one.
    #[must_use]
    pub fn owner(user: &'a UserRow, otherwise: Language) -> Self {
        let language = user.language.as_deref().and_then(Language::parse).unwrap_or(otherwise);
        Self { user: Some(user), address: &user.email, language }
    }
}

/// What becomes of mails on this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They are sent.
    Smtp,
    /// They wait here until somebody at this machine reads them.
    Inbox,
    /// None is written: nobody has said how to send them.
    Nowhere,
}

/// Writes a mail, in the transaction of what it tells about.
///
/// Where mail is not configured nothing is written: what cannot do without asks [`require`] first.
///
/// # Errors
/// When the database does.
pub async fn post(app: &App, tx: &mut Tx<'_>, to: To<'_>, letter: Letter) -> Result<(), StoreError> {
    let now = app.clock.now_ms();
    let next_at = match way(app) {
        Way::Nowhere => return Ok(()),
        Way::Smtp => Some(now),
        Way::Inbox => None,
    };
    let written = letter.write(to.address, to.language, sender(app));
    let id = app.new_id();
    // What tells that an account is gone must not go with it.
    let user = to.user.filter(|_| !matches!(letter, Letter::AccountDeleted));
    let row = OutboxRow {
        id,
        user_id: user.map(|user| user.id),
        kind: letter.kind().into(),
        sealed: Some(seal::seal(app, id, &written)),
        created_at: now,
        attempts: 0,
        next_at,
        sent_at: None,
        given_up_at: None,
        last_error: None,
    };
    if next_at.is_some() {
        app.store.posted();
    }
    outbox::insert(tx, &row).await
}

/// What becomes of mails here.
#[must_use]
pub fn way(app: &App) -> Way {
    match app.config.mail {
        Some(_) => Way::Smtp,
        None if app.config.issuer.is_loopback() => Way::Inbox,
        None => Way::Nowhere,
    }
}

/// Refuses what cannot be done without mail.
///
/// # Errors
/// `mail.not_configured`.
pub fn require(app: &App) -> Result<()> {
    match way(app) {
        Way::Nowhere => Err(Refused::new(&reason::MAIL_NOT_CONFIGURED).into()),
        Way::Smtp | Way::Inbox => Ok(()),
    }
}

/// Who asked, as a mail tells it.
#[must_use]
pub fn seen(client: &Client, at: i64) -> Seen {
    Seen { at, user_agent: client.user_agent.clone(), ip: Some(client.ip.to_string()) }
}

fn sender(app: &App) -> Sender<'_> {
    let issuer = &app.config.issuer;
    Sender { service: &app.config.pages.service_name, issuer: issuer.as_str() }
}
