//! `GET /v1/sessions` and `DELETE /v1/sessions/{id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use jotgate_token::reason;
use serde::Serialize;
use uuid::Uuid;

use super::Id;
use crate::{
    error::Error,
    flow::sessions::{SessionView, end_session_of, list_sessions},
    http::{bearer::Bearer, front::Front, view::rfc_3339, visit::Visit},
};

pub(in crate::http) async fn list(
    State(front): State<Front>,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    let sessions = list_sessions(&front.app, &caller).await?;
    Ok(Json(List { sessions: sessions.iter().map(Line::of).collect() }).into_response())
}

pub(in crate::http) async fn delete(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Id(id): Id,
) -> Result<Response, Error> {
    let id = id.ok_or(&reason::SESSION_UNKNOWN)?;
    end_session_of(&front.app, &caller, id, visit.client()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Serialize)]
struct List<'a> {
    sessions: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    current: bool,
    client: &'a str,
    user_agent: Option<&'a str>,
    ip: Option<&'a str>,
    created_at: String,
    last_seen_at: String,
}

impl<'a> Line<'a> {
    fn of(session: &'a SessionView) -> Self {
        Self {
            id: session.id,
            current: session.current,
            client: &session.client,
            user_agent: session.user_agent.as_deref(),
            ip: session.ip.as_deref(),
            created_at: rfc_3339(session.created_at),
            last_seen_at: rfc_3339(session.last_seen_at),
        }
    }
}
