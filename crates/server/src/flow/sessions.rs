//! Where am I signed in: the caller's live sessions, and ending one of them.

use jotgate_token::reason;
use uuid::Uuid;

use super::{
    Client,
    authenticate::Caller,
    end_session::{EndReason, Ending, end_all_sessions, end_session},
};
use crate::{
    app::App,
    error::Result,
    rule::device,
    store::{SessionId, Tx, sessions},
};

pub use crate::rule::device::Device;

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id, the `sid` of its tokens.
    pub id: Uuid,
    /// Whether the caller's token belongs to it.
    pub current: bool,
    /// The client that opened it.
    pub client: String,
    /// The browser or program, as it named itself.
    pub user_agent: Option<String>,
    /// The browser and what it runs on, when both are known.
    pub device: Option<Device>,
    /// The address it was opened from.
    pub ip: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; moves at most hourly.
    pub last_seen_at: i64,
}

/// The caller's live sessions, newest first.
///
/// # Errors
/// When the database does.
pub async fn list_sessions(app: &App, caller: &Caller) -> Result<Vec<SessionView>> {
    let (user, now) = (caller.row.id, app.clock.now_ms());
    let rows = app.store.read(async move |tx: &mut Tx<'_>| sessions::list_live(tx, user, now).await).await?;
    let view = |row: sessions::SessionRow| SessionView {
        id: row.id.0,
        current: row.id == caller.session.id,
        client: row.client,
        device: row.user_agent.as_deref().and_then(device::known),
        user_agent: row.user_agent,
        ip: row.ip,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
    };
    Ok(rows.into_iter().filter(|row| row.credential_epoch == caller.row.credential_epoch).map(view).collect())
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// `session.unknown`, also for sessions of others, because their existence is nobody's business.
pub async fn end_session_of(app: &App, caller: &Caller, id: Uuid, client: Client) -> Result<()> {
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::EndedByUser,
        at: app.clock.now_ms(),
        request_id: Some(client.request_id),
    };
    let (of, id) = (app.clone(), SessionId(id));
    let ended = app
        .store
        .write(async move |tx: &mut Tx<'_>| match sessions::by_id(tx, id).await? {
            Some(session) if session.user_id == ending.user => end_session(&of, tx, id, &ending).await,
            _ => Ok(false),
        })
        .await?;
    if ended { Ok(()) } else { Err((&reason::SESSION_UNKNOWN).into()) }
}

/// Ends all of the caller's sessions but the one that asks, and answers how many.
///
/// # Errors
/// When the database does.
pub async fn end_other_sessions(app: &App, caller: &Caller, client: Client) -> Result<usize> {
    let ending = Ending {
        user: caller.row.id,
        reason: EndReason::EndedByUser,
        at: app.clock.now_ms(),
        request_id: Some(client.request_id),
    };
    let (of, this) = (app.clone(), caller.session.id);
    let ended =
        app.store.write(async move |tx: &mut Tx<'_>| end_all_sessions(&of, tx, Some(this), &ending).await);
    Ok(ended.await?)
}
