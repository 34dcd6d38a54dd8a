//! The refresh tokens of a request: which were made here, and which of them count. No row is read for that (I4).

use jotgate_token::{
    reason,
    refresh::{OpenError, Opened},
};
use secrecy::{ExposeSecret, SecretString};

use super::keys;
use crate::{
    app::App,
    error::{Refused, Result},
    rule::key_life::MAX_LAG,
};

/// Where the refresh token came from.
#[derive(Debug)]
pub enum Presented {
    /// The request's body: one token.
    Body(SecretString),
    /// Its cookies: the slots may hold several, of which the newest counts.
    Cookies(Vec<SecretString>),
}

/// What was found among the presented tokens.
pub(super) struct Found {
    /// Those whose first tag is good, newest session first, and of one session the highest generation first.
    opened: Vec<Opened>,
    /// One more names a key of ours that is not loaded.
    one_is_unknown: bool,
}

impl Found {
    /// All of them, for whoever must have the newest: while one cannot be read, an older one in its place could look
    /// like a theft.
    ///
    /// # Errors
    /// `refresh.invalid` when there is none; `keys.unavailable` when one names a key that is not loaded.
    pub(super) fn all(self) -> Result<Vec<Opened>> {
        if self.one_is_unknown {
            // Not a 401, because the token may be good and a client would forget it.
            let refused = Refused::new(&reason::KEYS_UNAVAILABLE).retry_after_ms(5_000);
            return Err(refused.detail("the key of this token is not loaded on this server yet").into());
        }
        if self.opened.is_empty() {
            let refused = Refused::new(&reason::REFRESH_INVALID);
            return Err(refused.detail("this refresh token was not made here or was damaged").into());
        }
        Ok(self.opened)
    }

    /// Those that can be read, for whoever means every one of them.
    ///
    /// # Errors
    /// As [`Found::all`], when none can be read.
    pub(super) fn readable(self) -> Result<Vec<Opened>> {
        if self.opened.is_empty() { self.all() } else { Ok(self.opened) }
    }
}

/// Looks at the presented tokens. Asks the database only for a key of ours that is not loaded, and then seldom.
pub(super) async fn find(app: &App, presented: &Presented) -> Found {
    let texts: &[SecretString] = match presented {
        Presented::Body(text) => std::slice::from_ref(text),
        Presented::Cookies(texts) => texts,
    };
    let mut found = Found { opened: Vec::new(), one_is_unknown: false };
    for text in texts {
        match open_one(app, text.expose_secret()).await {
            Ok(one) => found.opened.push(one),
            Err(OpenError::UnknownKey(_)) => found.one_is_unknown = true,
            Err(OpenError::Malformed | OpenError::Forged) => {}
        }
    }
    found.opened.sort_by_key(|one| std::cmp::Reverse((one.session(), one.generation())));
    found
}

async fn open_one(app: &App, text: &str) -> Result<Opened, OpenError> {
    let first = app.keyring.refresh().open(text);
    let Err(OpenError::UnknownKey(id)) = first else { return first };
    let id = *id.as_bytes();
    // A server that has lost touch with the database may have missed another master key: it cannot tell.
    let can_tell = app.keyring.is_fresh(app.clock.now_ms(), MAX_LAG);
    if app.keyring.has_ended(id) || (can_tell && !app.keyring.master().made_key_id(id)) {
        return Err(OpenError::Forged);
    }
    if app.keyring.may_reload(app.clock.now_ms()) && keys::reload(app).await.is_ok() {
        let again = app.keyring.refresh().open(text);
        return if app.keyring.has_ended(id) { Err(OpenError::Forged) } else { again };
    }
    first
}
