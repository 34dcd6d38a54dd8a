//! Links in mails, and the codes beside them: what proves that somebody reads the mail of an address.
//!
//! A link is good once, for one purpose, for a while, and as long as the account has the address and the credentials
//! it had when the link was made (OWASP, forgot password). Only digests are kept. The code is for people who read their
//! mail on another device; 40 bits are not much, so five tries and it is void. The link itself is not: otherwise
//! five guesses by a stranger would break what the owner has in the inbox.

mod present;

use std::time::Duration;

use jotgate_jose::primitive::{base64url, constant_time_eq, sha256};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub(super) use present::present;

use crate::{
    app::App,
    error::Error,
    flow::mail::Letter,
    rule::identity::Email,
    store::{
        StoreError, Tx,
        links::{self, LinkRow},
        users::{self, UserRow},
    },
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms the address of an account.
    VerifyEmail,
    /// Lets choose a new password.
    ResetPassword,
    /// Gives an account another address.
    ChangeEmail,
    /// Logs in.
    LogIn,
}

/// What goes into the mail. Its `Debug` shows nothing, because what is shown ends in a log.
pub struct Made {
    /// The address of the page that does it.
    pub url: String,
    /// The code, as `XXXX-XXXX`.
    pub code: String,
}

/// What somebody has of a link.
#[derive(Debug, Clone)]
pub enum Shown {
    /// The secret in the link.
    Token(SecretString),
    /// The address the mail went to, and the code in it, however it was typed.
    Code {
        /// The address.
        email: String,
        /// The code.
        code: SecretString,
    },
}

/// A link that is good now. [`use_up`] makes it count.
#[derive(Debug, Clone)]
pub struct Good {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is, as read just now.
    pub user: UserRow,
    /// The address it was sent to.
    pub to: Email,
    token_hash: Vec<u8>,
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It has done its work.
    Used,
    /// It is over, void, for something else, or never was.
    Expired,
    /// No mail to this address holds this code. Nothing more is said: whether there was such a mail is nobody's business.
    WrongCode,
}

/// What a link remembers of the mail it went out with.
#[derive(Serialize, Deserialize)]
struct Sent {
    shown: String,
    key: String,
}

/// Makes a link to be mailed to this address and voids the older ones of the same purpose.
///
/// # Errors
/// A conflict when the account is disabled, gone or changed since it was read.
pub async fn make(
    app: &App,
    tx: &mut Tx<'_>,
    purpose: Purpose,
    user: &UserRow,
    to: &Email,
) -> Result<Made, StoreError> {
    if !users::hold(tx, user.id, user.credential_epoch).await? {
        return Err(StoreError::Conflict);
    }
    let (token, code) = (base64url::encode(&app.random_bytes::<32>()), new_code(app.random_bytes()));
    let now = app.clock.now_ms();
    let sent = Sent { shown: to.shown.clone(), key: to.key.clone() };
    let link = LinkRow {
        token_hash: sha256(token.as_bytes()).to_vec(),
        kind: purpose.kind().into(),
        user_id: Some(user.id),
        created_at: now,
        expires_at: now + purpose.lifetime(),
        used_at: None,
        code_hash: Some(code_digest(app, purpose, &to.key, &code)),
        address: Some(address_digest(app, purpose, &to.key)),
        tries: 0,
        credential_epoch: Some(user.credential_epoch),
        data: serde_json::to_string(&sent).expect("two strings always have a JSON form"),
    };
    links::insert(tx, &link).await?;
    let url = format!("{}{}?token={token}", app.config.issuer.as_str(), purpose.path());
    Ok(Made { url, code: format!("{}-{}", &code[..4], &code[4..]) })
}

/// Finds out whether a link is good for one of these purposes. A typed code costs a try unless it was right, so it wants
/// a transaction that commits whatever the answer is; a token changes nothing.
///
/// # Errors
/// When the database does.
pub async fn look(
    app: &App,
    tx: &mut Tx<'_>,
    purposes: &[Purpose],
    shown: &Shown,
) -> Result<Result<Good, Unusable>, StoreError> {
    let found = match shown {
        Shown::Token(token) => by_token(app, tx, purposes, token).await?,
        Shown::Code { email, code } => by_code(app, tx, purposes, email, code).await?,
    };
    let (purpose, row) = match found {
        Ok(found) => found,
        Err(unusable) => return Ok(Err(unusable)),
    };
    Ok(whose(tx, purpose, row).await?.ok_or(match shown {
        Shown::Token(_) => Unusable::Expired,
        Shown::Code { .. } => Unusable::WrongCode,
    }))
}

/// Looks at a link without using it, for the page that shows what it would do.
///
/// # Errors
/// `link.used`, `link.expired`.
pub async fn peek(app: &App, purposes: &'static [Purpose], token: SecretString) -> Result<Good, Error> {
    let (of, shown) = (app.clone(), Shown::Token(token));
    let looked = app.store.read(async move |tx: &mut Tx<'_>| look(&of, tx, purposes, &shown).await);
    Ok(looked.await??)
}

/// Uses the link up, in the transaction that does what it is for: false when another did a moment ago.
///
/// # Errors
/// When the database does.
pub async fn use_up(app: &App, tx: &mut Tx<'_>, good: &Good) -> Result<bool, StoreError> {
    // The user's row first, as everybody who changes both does: in another order two would wait for each other.
    if !users::hold(tx, good.user.id, good.user.credential_epoch).await? {
        return Ok(false);
    }
    links::mark_used(tx, &good.token_hash, app.clock.now_ms()).await
}

type Found = Result<(Purpose, LinkRow), Unusable>;

async fn by_token(
    app: &App,
    tx: &mut Tx<'_>,
    purposes: &[Purpose],
    token: &SecretString,
) -> Result<Found, StoreError> {
    let row = links::by_hash(tx, &sha256(token.expose_secret().as_bytes())).await?;
    let purpose_of = |row: &LinkRow| purposes.iter().copied().find(|purpose| purpose.kind() == row.kind);
    let Some((purpose, row)) = row.and_then(|row| Some((purpose_of(&row)?, row))) else {
        return Ok(Err(Unusable::Expired));
    };
    Ok(if row.used_at.is_some() {
        Err(Unusable::Used)
    } else if row.expires_at <= app.clock.now_ms() {
        Err(Unusable::Expired)
    } else {
        Ok((purpose, row))
    })
}

async fn by_code(
    app: &App,
    tx: &mut Tx<'_>,
    purposes: &[Purpose],
    email: &str,
    code: &SecretString,
) -> Result<Found, StoreError> {
    let key = key_of(email);
    let code = typed_code(code.expose_secret());
    let mut right = Err(Unusable::WrongCode);
    for &purpose in purposes {
        let digest = code_digest(app, purpose, &key, &code);
        for row in links::try_code(tx, &address_digest(app, purpose, &key), app.clock.now_ms()).await? {
            let same = row.code_hash.as_deref().is_some_and(|hash| constant_time_eq(hash, &digest));
            if same && row.tries <= MOST_TRIES {
                links::give_back_try(tx, &row.token_hash).await?;
                right = Ok((purpose, row));
            }
        }
    }
    Ok(right)
}

/// What is no address is looked for all the same, so that it takes as long.
fn key_of(email: &str) -> String {
    Email::parse(email).map_or_else(|_| email.to_owned(), |email| email.key)
}

/// The link with its user, unless something happened to the user since it was made.
async fn whose(tx: &mut Tx<'_>, purpose: Purpose, row: LinkRow) -> Result<Option<Good>, StoreError> {
    let (Some(id), Ok(sent)) = (row.user_id, serde_json::from_str::<Sent>(&row.data)) else {
        return Ok(None);
    };
    let Some(user) = users::by_id(tx, id).await? else { return Ok(None) };
    let same_user = user.disabled_at.is_none() && row.credential_epoch == Some(user.credential_epoch);
    // Else whoever reads the mail of an address the account once had could take the account.
    let same_address = purpose == Purpose::ChangeEmail || user.email_key == sent.key;
    let to = Email { shown: sent.shown, key: sent.key };
    Ok((same_user && same_address).then_some(Good { purpose, user, to, token_hash: row.token_hash }))
}

impl Purpose {
    fn kind(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::LogIn => "log_in",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => "/verify-email",
            Self::ResetPassword => "/reset",
            Self::LogIn => "/login/code",
        }
    }

    /// How long it works, in milliseconds. What opens an account by itself is short; an address may be confirmed when
    /// its owner is back at a computer.
    #[must_use]
    pub fn lifetime(self) -> i64 {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => 24 * HOUR,
            Self::ResetPassword => HOUR,
            Self::LogIn => HOUR / 6,
        }
    }
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made([REDACTED])")
    }
}

impl Made {
    /// The page that does it, within this site.
    #[must_use]
    pub fn path(&self) -> String {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned())
    }

    /// The mail that brings it.
    #[must_use]
    pub fn letter(self, purpose: Purpose) -> Letter {
        let Self { url, code } = self;
        let good_for = Duration::from_millis(purpose.lifetime().unsigned_abs());
        match purpose {
            Purpose::VerifyEmail => Letter::VerifyEmail { url, code, good_for },
            Purpose::ResetPassword => Letter::ResetPassword { url, code, good_for },
            Purpose::ChangeEmail => Letter::ChangeEmail { url, code, good_for },
            Purpose::LogIn => Letter::LoginCode { url, code, good_for },
        }
    }
}

/// An HMAC, because eight characters under a plain digest are found by trying them all.
fn code_digest(app: &App, purpose: Purpose, key: &str, code: &str) -> Vec<u8> {
    app.keyring.master().counter("link code", &[purpose.kind(), key, code]).to_vec()
}

fn address_digest(app: &App, purpose: Purpose, key: &str) -> Vec<u8> {
    app.keyring.master().counter("link address", &[purpose.kind(), key]).to_vec()
}

/// Five bits a character, so that none is more likely than another.
fn new_code(random: [u8; 5]) -> String {
    let [a, b, c, d, e] = random;
    let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    (0..8).rev().map(|n| char::from(ALPHABET[(bits >> (5 * n)) as usize & 31])).collect()
}

/// What was typed, in the form in which codes are made: people write small letters and leave the hyphen out.
fn typed_code(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).take(2 * 8).map(|c| c.to_ascii_uppercase()).collect()
}

/// Without 0, 1, I and O, which look like others.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const MOST_TRIES: i64 = 5;
const HOUR: i64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eight_characters_that_are_not_mistaken_for_others() {
        assert_eq!(new_code([0; 5]), "22222222");
        assert_eq!(new_code([255; 5]), "ZZZZZZZZ");
        assert_eq!(new_code([0, 0, 0, 0, 33]), "22222233");
        assert_eq!(ALPHABET.iter().collect::<std::collections::BTreeSet<_>>().len(), 32);
    }

    #[test]
    fn a_code_may_be_typed_small_and_with_or_without_its_hyphen() {
        for typed in ["ABCD-2345", "abcd2345", " abcd 2345 ", "ABCD\u{2013}2345"] {
            assert_eq!(typed_code(typed), "ABCD2345");
        }
        assert_ne!(typed_code("ABCD-23450"), "ABCD2345");
    }
}
