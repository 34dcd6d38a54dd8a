//! Changing what an account says about itself.

use jotgate_token::reason;
use serde_json::{Map, Value};

use super::{User, authenticate::Caller, sign_up::bad_body};
use crate::{
    app::App,
    error::{Refused, Result},
    rule::identity::{self, Username},
    store::{
        StoreError, Tx,
        users::{self, Profile, Updated},
    },
    text::Language,
};

/// What may be changed; what is `None` stays, what is `Some(None)` goes.
#[derive(Debug, Clone, Default)]
pub struct ChangeMe {
    /// The name to be called by.
    pub name: Option<Option<String>>,
    /// The name to log in with.
    pub username: Option<Option<String>>,
    /// The language of pages and mails; the inner `None` follows the browser.
    pub language: Option<Option<Language>>,
    /// The user's own data, replaced as a whole.
    pub data: Option<Map<String, Value>>,
}

/// The most that `data` may hold, in bytes of JSON.
pub const MAX_DATA: usize = 4096;

/// Whether this can be a name to be called by.
#[must_use]
pub fn is_name(text: &str) -> bool {
    identity::name(text).is_ok()
}

/// Whether this can be a name to log in with.
#[must_use]
pub fn is_username(text: &str) -> bool {
    Username::parse(text).is_ok()
}

/// Changes the caller's profile and answers it.
///
/// # Errors
/// `request.body`, `request.too_large`, `signup.taken` for a username.
pub async fn change_me(app: &App, caller: &Caller, change: ChangeMe) -> Result<User> {
    let name = change
        .name
        .map(|name| name.as_deref().map(identity::name).transpose())
        .transpose()
        .map_err(bad_body)?;
    let username = change
        .username
        .map(|name| name.as_deref().map(Username::parse).transpose())
        .transpose()
        .map_err(bad_body)?;
    let language = change.language.map(|language| language.map(|language| language.code().to_owned()));
    let data = change.data.map(|data| Value::Object(data).to_string());
    if data.as_ref().is_some_and(|data| data.len() > MAX_DATA) {
        return Err(Refused::new(&reason::REQUEST_TOO_LARGE)
            .expected("data of at most 4096 bytes of JSON")
            .into());
    }
    let (id, now) = (caller.row.id, app.clock.now_ms());
    let changed = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            let Some(row) = users::by_id(tx, id).await? else { return Ok((Updated::Gone, None)) };
            let profile = Profile {
                name: name.clone().unwrap_or(row.name),
                username: username.as_ref().map_or(row.username, |u| u.as_ref().map(|u| u.shown.clone())),
                username_key: username
                    .as_ref()
                    .map_or(row.username_key, |u| u.as_ref().map(|u| u.key.clone())),
                language: language.clone().unwrap_or(row.language),
                data: data.clone().unwrap_or(row.data),
            };
            let updated = users::update_profile(tx, id, &profile, now).await?;
            Ok((updated, users::by_id(tx, id).await?))
        })
        .await;
    match changed {
        Ok((Updated::Done, Some(row))) => Ok(User::from(&row)),
        // Two at once for one name: the unique index decides, and the slower one reads as taken.
        Ok((Updated::UsernameTaken, _)) | Err(StoreError::Conflict) => {
            Err(Refused::new(&reason::SIGNUP_TAKEN).detail("this username is taken").into())
        }
        Ok(_) => Err((&reason::REVOKED_SESSION).into()),
        Err(error) => Err(error.into()),
    }
}
