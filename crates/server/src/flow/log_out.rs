//! Logging out: of one session or of all.
//!
//! Any token with valid tags ends its session, also a superseded one: whoever wants to leave may leave. Doing it twice is
//! no error, because the first answer may have been lost.

use jotgate_token::{
    reason,
    refresh::{self, Opened},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Client,
    authenticate::Caller,
    end_session::{EndReason, Ending, end_all_sessions, end_session},
    open_session::page_hash,
    presented::find,
    refresh::Presented,
};
use crate::{
    app::App,
    error::Result,
    store::{
        SessionId, StoreError, Tx,
        sessions::{self, SessionRow},
        users,
    },
};

/// What a logout brings.
#[derive(Debug)]
pub struct LogOut {
    /// The refresh token or tokens.
    pub presented: Presented,
    /// Who asks.
    pub client: Client,
}

/// Ends the sessions of the presented refresh tokens.
///
/// # Errors
/// `refresh.invalid` when none of them was made here.
pub async fn log_out(app: &App, input: LogOut) -> Result<()> {
    let at = app.clock.now_ms();
    let pages = page_hashes(&input.presented);
    let opened = match find(app, &input.presented).await.readable() {
        Err(_) if !pages.is_empty() => Vec::new(),
        found => found?,
    };
    let leaving =
        Leaving { opened, pages, reason: EndReason::LogOut, at, request_id: input.client.request_id };
    let of = app.clone();
    let genuine = app.store.write(async move |tx: &mut Tx<'_>| leaving.end(&of, tx).await).await?;
    if genuine { Ok(()) } else { Err((&reason::REFRESH_INVALID).into()) }
}

/// Tokens whose sessions end because whoever holds them wants that.
#[derive(Debug, Clone)]
pub(super) struct Leaving {
    pub(super) opened: Vec<Opened>,
    /// The digests of page tokens.
    pub(super) pages: Vec<[u8; 32]>,
    pub(super) reason: EndReason,
    pub(super) at: i64,
    pub(super) request_id: String,
}

impl Leaving {
    /// The sessions a browser held before somebody logged in anew, by refresh tokens and page tokens.
    pub(super) async fn replaced(app: &App, tokens: Vec<SecretString>, at: i64, client: &Client) -> Self {
        let presented = Presented::Cookies(tokens);
        let pages = page_hashes(&presented);
        let opened = find(app, &presented).await.readable().unwrap_or_default();
        Self { opened, pages, reason: EndReason::Replaced, at, request_id: client.request_id.clone() }
    }

    /// Ends them in the caller's transaction; whether any of the tokens was made here.
    ///
    /// # Errors
    /// When the database does.
    pub(super) async fn end(&self, app: &App, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let mut genuine = false;
        for one in &self.opened {
            let id = SessionId::from(one.session());
            let Some(session) = sessions::by_id(tx, id).await? else {
                // Cleaned up long ago: it is over, which is what was asked for.
                genuine = true;
                continue;
            };
            if app.keyring.refresh().confirm(one, &session.salt).is_err() {
                continue;
            }
            genuine = true;
            self.end_one(app, tx, &session).await?;
        }
        for hash in &self.pages {
            if let Some((session, _)) = sessions::by_page_hash(tx, hash).await? {
                genuine = true;
                self.end_one(app, tx, &session).await?;
            }
        }
        Ok(genuine)
    }

    async fn end_one(&self, app: &App, tx: &mut Tx<'_>, session: &SessionRow) -> Result<(), StoreError> {
        let request_id = Some(self.request_id.clone());
        let ending = Ending { user: session.user_id, reason: self.reason, at: self.at, request_id };
        end_session(app, tx, session.id, &ending).await.map(drop)
    }
}

/// The page tokens among a browser's cookies: whatever is no refresh token.
fn page_hashes(presented: &Presented) -> Vec<[u8; 32]> {
    let Presented::Cookies(tokens) = presented else { return Vec::new() };
    let pages = tokens.iter().filter(|token| !token.expose_secret().starts_with(refresh::PREFIX));
    pages.map(page_hash).collect()
}

/// Ends the session of the caller's access token.
///
/// # Errors
/// When the database does.
pub async fn log_out_caller(app: &App, caller: &Caller, client: Client) -> Result<()> {
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::LogOut,
        at: app.clock.now_ms(),
        request_id: Some(client.request_id),
    };
    let (of, session) = (app.clone(), caller.session.id);
    app.store.write(async move |tx: &mut Tx<'_>| end_session(&of, tx, session, &ending).await).await?;
    Ok(())
}

/// Ends every session of the caller, this one too, and raises the credential epoch, so that a login or refresh in flight
/// comes too late (I8).
///
/// # Errors
/// `stepup.required`, `aud.mismatch`.
pub async fn log_out_everywhere(app: &App, caller: &Caller, client: Client) -> Result<()> {
    caller.require_exact_audience(app)?;
    caller.require_recent(app)?;
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::LogOutEverywhere,
        at: app.clock.now_ms(),
        request_id: Some(client.request_id),
    };
    let of = app.clone();
    app.store
        .write(async move |tx: &mut Tx<'_>| {
            users::raise_credential_epoch(tx, ending.user, ending.at).await?;
            end_all_sessions(&of, tx, None, &ending).await
        })
        .await?;
    Ok(())
}
