//! Writing down what happened, in the same transaction as what happened.
//!
//! Events name accounts and sessions by id; details hold no address, token or password, because the audit outlives the
//! account it speaks of.

use serde_json::{Value, json};

use crate::{
    app::App,
    store::{
        SessionId, StoreError, Tx, UserId,
        audit::{self, AuditRow},
    },
};

/// One thing worth remembering.
#[derive(Debug, Clone)]
pub struct Event {
    kind: &'static str,
    at: i64,
    user: Option<UserId>,
    session: Option<SessionId>,
    request_id: Option<String>,
    detail: Value,
}

impl Event {
    /// An event of this kind at this time (Unix milliseconds).
    #[must_use]
    pub fn new(kind: &'static str, at: i64) -> Self {
        Self { kind, at, user: None, session: None, request_id: None, detail: json!({}) }
    }

    /// The account concerned.
    #[must_use]
    pub fn user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// The session concerned.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// The request that caused it.
    #[must_use]
    pub fn request(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// What else helps to understand it.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Writes it down.
    ///
    /// # Errors
    /// When the database does.
    pub async fn write(&self, app: &App, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row = AuditRow {
            id: app.new_id(),
            at: self.at,
            kind: self.kind.into(),
            user_id: self.user,
            session_id: self.session,
            request_id: self.request_id.clone(),
            detail: self.detail.to_string(),
        };
        audit::insert(tx, &row).await
    }
}
