//! The second factor of a login: what is enrolled, what is asked for, and what was shown.
//!
//! RFC 6238 for codes of an authenticator app, NIST SP 800-63B-4 sections 2.2 and 3.2.2 for what bounds guessing. A passkey
//! is one of the answers; whether to believe it stands in `flow::passkey`. Not for: which methods make two factors
//! (`rule::authentication`).

pub mod answer;
pub mod challenge;
pub mod enrol;
pub mod manage;
pub mod recovery;
pub mod reset;
pub mod totp;

use secrecy::SecretString;
use serde_json::Value;

use crate::{
    app::App,
    error::{Refused, Result},
    flow::{
        authenticate::Caller,
        mail::{self, FactorChange, Letter, Seen, To},
        mail_language,
    },
    rule::authentication,
    store::{
        StoreError, Tx, UserId,
        factors::{self, Enrolled},
        users::UserRow,
    },
};
use jotgate_token::reason;

/// A second factor that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

impl Factor {
    /// The word in answers and in the audit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// What is still missing, and how to bring it.
#[derive(Debug)]
pub struct Demand {
    /// Names this login until the factor is shown. Good once.
    pub mfa_token: SecretString,
    /// Any one of these will do.
    pub methods: Vec<Factor>,
    /// For so many seconds.
    pub expires_in: i64,
    /// What the browser's passkey function is called with, where a passkey is one of the methods.
    pub passkey_options: Option<Value>,
}

/// What a user has enrolled.
///
/// # Errors
/// When the database does.
pub async fn enrolled(app: &App, user: UserId) -> Result<Enrolled> {
    Ok(app.store.read(async move |tx: &mut Tx<'_>| factors::by_user(tx, user).await).await?)
}

/// Tells the owner of a change, in the transaction that makes it: who did not do it has to learn of it.
///
/// # Errors
/// When the database does.
pub(in crate::flow) async fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    change: FactorChange,
    seen: Seen,
) -> Result<(), StoreError> {
    // Only where the address is known to be theirs: who signs up with another's must not be able to have mails sent there.
    if !user.email_verified {
        return Ok(());
    }
    let to = To { user: Some(user), address: &user.email, language: mail_language(user) };
    mail::post(app, tx, to, Letter::FactorChanged { change, seen }).await
}

/// What every change of factors demands: a caller for this server alone, there a moment ago, and, where a factor is
/// enrolled, with that factor. Otherwise whoever has the password of a session that is open since before could take the
/// second factor away.
///
/// # Errors
/// `aud.mismatch`, `stepup.required`.
pub async fn demand(app: &App, caller: &Caller) -> Result<Enrolled> {
    caller.require_exact_audience(app)?;
    caller.require_recent(app)?;
    let enrolled = enrolled(app, caller.row.id).await?;
    if enrolled.any() && !authentication::is_strong(&caller.session.amr) {
        return Err(Refused::new(&reason::STEPUP_REQUIRED)
            .detail("This session was opened without the second factor, and the account has one by now.")
            .hint(
                "Send the password to `POST /v1/stepup` and show the second factor, then repeat the request.",
            )
            .into());
    }
    Ok(enrolled)
}
