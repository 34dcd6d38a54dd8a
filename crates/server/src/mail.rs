//! What mails say: one [`Letter`] a kind, written in the language of whoever gets it, as plain text and as HTML.
//!
//! Nothing that a stranger may choose stands in a mail: no name of an account, no `User-Agent` as it came. Because
//! anybody can have a mail sent to any address by asking for an account there, and must not be able to write in it.
//! Not for: to whom and when (`flow::mail`), and how mails travel (`app::mailer`).

mod layout;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::Language;

/// A mail, with what it has to say. A link and its code are secrets: [`Letter`] has no `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub enum Letter {
    /// The address is to be confirmed.
    VerifyEmail {
        /// The page that confirms it.
        url: String,
        /// What to type instead.
        code: String,
        /// How long both work.
        good_for: Duration,
    },
    /// Somebody wanted to sign up with an address that has an account.
    AlreadyRegistered {
        /// Where to log in.
        login_url: String,
        /// Where to ask for a new password.
        forgot_url: String,
    },
    /// A new password was asked for.
    ResetPassword {
        /// The page that sets it.
        url: String,
        /// What to type instead.
        code: String,
        /// How long both work.
        good_for: Duration,
    },
    /// A login by mail was asked for.
    LoginCode {
        /// The page that logs in.
        url: String,
        /// What to type instead.
        code: String,
        /// How long both work.
        good_for: Duration,
    },
    /// The account is to have this address from now on.
    ChangeEmail {
        /// The page that confirms it.
        url: String,
        /// What to type instead.
        code: String,
        /// How long both work.
        good_for: Duration,
    },
    /// The account has another address now; this goes to the old one.
    EmailChanged {
        /// The new address.
        new: String,
        /// Who did it.
        seen: Seen,
    },
    /// A login from a device that the account does not know.
    NewDevice {
        /// Who did it.
        seen: Seen,
    },
    /// A refresh token came out of turn, and its session was ended.
    ReuseAlarm {
        /// Who presented it.
        seen: Seen,
    },
    /// The password was changed or set anew.
    PasswordChanged {
        /// Who did it.
        seen: Seen,
    },
    /// Something about the second factors changed.
    FactorChanged {
        /// What.
        change: FactorChange,
        /// Who did it.
        seen: Seen,
    },
    /// The account is gone. It goes to the address that the account had.
    AccountDeleted,
    /// What `jotgate doctor mail --to` sends.
    Test,
}

/// What changed about the factors of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorChange {
    /// An authenticator app was confirmed.
    TotpAdded,
    /// It was removed.
    TotpRemoved,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey came with a counter that had not risen: there may be a copy of it.
    PasskeyCopied,
    /// New recovery codes took the place of the old ones.
    CodesMade,
    /// A recovery code was used.
    CodeUsed {
        /// How many are left.
        left: u32,
    },
    /// An administrator removed all of them.
    Reset,
}

/// Who did something, as far as it can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The `User-Agent` header; the mail names it only as far as it is known.
    pub user_agent: Option<String>,
    /// The network address.
    pub ip: Option<String>,
}

/// A mail as it is sent, and as it is sealed until then. No `Debug`, as the links in it open accounts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Who sends mails.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// What people call the service.
    pub service: &'a str,
    /// Its address, without a slash at the end.
    pub issuer: &'a str,
}

impl Letter {
    /// Which mail it is, for the database, the log and the metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::ResetPassword { .. } => "reset_password",
            Self::LoginCode { .. } => "login_code",
            Self::ChangeEmail { .. } => "change_email",
            Self::EmailChanged { .. } => "email_changed",
            Self::NewDevice { .. } => "new_device",
            Self::ReuseAlarm { .. } => "reuse_alarm",
            Self::PasswordChanged { .. } => "password_changed",
            Self::FactorChanged { .. } => "factor_changed",
            Self::AccountDeleted => "account_deleted",
            Self::Test => "test",
        }
    }

    /// Writes it to an address.
    #[must_use]
    pub fn write(&self, to: &str, language: Language, sender: Sender<'_>) -> Written {
        let content = words::content(self, language, sender);
        Written {
            to: to.to_owned(),
            subject: one_line(&content.subject),
            text: layout::text(&content),
            html: layout::html(&content),
        }
    }
}

/// A header has one line, whatever somebody got into it.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
