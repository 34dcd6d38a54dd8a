//! The use cases: the order of steps and the transaction, one a file, each reading like prose.
//!
//! A flow knows nothing of HTTP and writes no SQL: it asks `rule` for decisions and `store` for rows. All take the
//! [`App`](crate::app::App) and a struct named after the verb, and answer `Result<_, Error>`.

pub mod account;
pub mod admin;
pub mod audit;
pub mod authenticate;
pub mod authenticate_client;
pub mod change_email;
pub mod change_password;
pub mod clean_up;
pub mod client_token;
pub mod clients;
pub mod confirm_email;
pub mod delete_user;
mod device;
pub mod discover;
pub mod end_session;
pub mod enter;
pub mod export;
pub mod export_users;
pub mod import_users;
pub mod imported_passwords;
pub mod issue;
pub mod keys;
pub mod lineage;
pub mod link;
pub mod live;
pub mod log_in;
pub mod log_in_by_mail;
pub mod log_out;
pub mod mail;
pub mod mail_request;
pub mod open;
pub mod open_session;
pub mod operator;
pub mod passkey;
mod presented;
pub mod prove_password;
pub mod ready;
pub mod refresh;
pub mod reset_password;
pub mod revocations;
pub mod second_factor;
pub mod sessions;
pub mod set_up;
pub mod sign_up;
pub mod sign_up_by_mail;
pub mod status_list;
pub mod step_up;
pub mod throttle;
pub mod verify;

use std::net::IpAddr;

use jotgate_token::refresh::RefreshToken;
use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{store::users::UserRow, text::Language};

/// Who asks, for throttles, the session list and the audit.
#[derive(Debug, Clone)]
pub struct Client {
    /// The address, after trusted proxies.
    pub ip: IpAddr,
    /// The `User-Agent` header, cut to a sane length.
    pub user_agent: Option<String>,
    /// The language it is asked in, for mails to somebody who has chosen none.
    pub language: Language,
    /// The id of the request.
    pub request_id: String,
    /// The cookie by which a browser is known again; opens nothing.
    pub device: Option<SecretString>,
}

/// How tokens reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Both tokens in the body.
    Body,
    /// The refresh token in an HttpOnly cookie.
    Cookie,
    /// Both tokens in HttpOnly cookies.
    Cookies,
}

impl Delivery {
    /// The word used in requests and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Cookie => "cookie",
            Self::Cookies => "cookies",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Body, Self::Cookie, Self::Cookies].into_iter().find(|delivery| delivery.name() == name)
    }
}

/// What a login, a refresh or a password change hands out.
#[derive(Debug)]
pub struct Session {
    /// The JWT for APIs.
    pub access_token: AccessToken,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// The token for the next refresh.
    pub refresh_token: RefreshToken,
    /// Seconds until the session ends if it is not refreshed.
    pub refresh_expires_in: i64,
    /// The cookie by which this browser is known again, for a login that travels in cookies.
    pub device: Option<SecretString>,
    /// The generation of `refresh_token`.
    pub refresh_generation: u64,
    /// What signs the browser in to the pages, where cookies were asked for; only at the opening.
    pub page_token: Option<SecretString>,
    /// How the tokens are to be delivered.
    pub delivery: Delivery,
    /// The account.
    pub user: User,
}

/// A signed access token. Its `Debug` shows nothing, because what is shown ends in a log.
#[derive(Clone)]
pub struct AccessToken(String);

impl AccessToken {
    pub(crate) fn new(token: String) -> Self {
        Self(token)
    }

    /// The token, to be sent to the client and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken([REDACTED])")
    }
}

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The `sub` of its tokens.
    pub id: Uuid,
    /// The address, as typed.
    pub email: String,
    /// The name to log in with, if any.
    pub username: Option<String>,
    /// The name to be called by, if any.
    pub name: Option<String>,
    /// The language that was chosen for pages and mails, if one was.
    pub language: Option<Language>,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// What the account may do.
    pub roles: Vec<String>,
    /// What the user keeps here.
    pub data: Map<String, Value>,
    /// Unix milliseconds.
    pub created_at: i64,
}

impl From<&UserRow> for User {
    fn from(row: &UserRow) -> Self {
        Self {
            id: row.id.0,
            email: row.email.clone(),
            username: row.username.clone(),
            name: row.name.clone(),
            language: chosen_language(row),
            email_verified: row.email_verified,
            roles: row.roles.clone(),
            data: data(row),
            created_at: row.created_at,
        }
    }
}

/// The language that the user chose, if one.
fn chosen_language(row: &UserRow) -> Option<Language> {
    row.language.as_deref().and_then(Language::parse)
}

/// The language of mails to the user.
pub(crate) fn mail_language(row: &UserRow) -> Language {
    chosen_language(row).unwrap_or_default()
}

/// The user's own data. What is not an object any more reads as empty, because a damaged note must not lock anybody out.
fn data(row: &UserRow) -> Map<String, Value> {
    serde_json::from_str(&row.data).unwrap_or_default()
}

/// A time out of the database, which no caller chooses and which fits a calendar, in UTC with milliseconds.
#[must_use]
pub fn rfc_3339(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_show_milliseconds_in_utc() {
        assert_eq!(super::rfc_3339(1_700_000_000_000), "2023-11-14T22:13:20.000Z");
        assert_eq!(super::rfc_3339(i64::MAX), "");
    }
}
