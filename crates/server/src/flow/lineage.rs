//! The story of a session for `jotgate why`: when it was opened, how it was refreshed, how it ended. No token.

use uuid::Uuid;

use crate::{
    app::App,
    error::{Error, Result},
    rule::refresh::{By, Superseded},
    store::{
        SessionId, Tx,
        audit::{self, AuditRow},
        sessions::{self, SessionRow},
    },
};

/// What is known about a session. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// When it was opened.
    pub opened_at: i64,
    /// The live generation of its refresh token.
    pub generation: u64,
    /// When that generation was made.
    pub rotated_at: i64,
    /// When it ends if it is not refreshed.
    pub until: i64,
    /// When it ended and why.
    pub ended: Option<(i64, String)>,
    /// The generations remembered, oldest first.
    pub replaced: Vec<Replaced>,
    /// What the audit says, oldest first: time, event, request.
    pub events: Vec<(i64, String, Option<String>)>,
}

/// A generation that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Which.
    pub generation: u64,
    /// When.
    pub at: i64,
    /// What the refresh carried that replaced it.
    pub carried: &'static str,
}

/// Tells the story of a session, if its row is still there.
///
/// # Errors
/// When the database does, or its row cannot be read.
pub async fn lineage(app: &App, session: Uuid) -> Result<Option<Lineage>> {
    let id = SessionId(session);
    let read = app.store.read(async move |tx: &mut Tx<'_>| {
        Ok((sessions::by_id(tx, id).await?, audit::list_by_session(tx, id, EVENTS).await?))
    });
    let (row, events) = read.await?;
    row.map(|row| told(row, events)).transpose()
}

fn told(row: SessionRow, events: Vec<AuditRow>) -> Result<Lineage> {
    let recent: Vec<Superseded> = serde_json::from_str(&row.recent)
        .map_err(|error| Error::Internal(format!("the remembered generations of a session: {error}")))?;
    let carried = |by: &By| match by {
        By::NoKey => "no Idempotency-Key",
        By::Key(_) => "an Idempotency-Key",
        By::SpentKey => "an Idempotency-Key used too often",
    };
    let replaced = recent
        .iter()
        .map(|one| Replaced { generation: one.generation, at: one.at, carried: carried(&one.by) })
        .collect();
    Ok(Lineage {
        opened_at: row.created_at,
        generation: row.generation,
        rotated_at: row.rotated_at,
        until: row.idle_until.min(row.absolute_until),
        ended: row.revoked_at.map(|at| (at, row.revoke_reason.unwrap_or_default())),
        replaced,
        events: events.into_iter().rev().map(|event| (event.at, event.kind, event.request_id)).collect(),
    })
}

/// More than a session with an honest client ever has.
const EVENTS: u32 = 50;
