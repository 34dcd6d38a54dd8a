//! What machines ask: is it alive, is it ready, how much has it done.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use jotgate_token::reason;
use serde_json::json;

use super::{bearer::Bearer, front::Front};
use crate::{
    error::Error,
    flow::{delete_user::ADMIN, ready::ready},
};

/// The process answers; nothing else is asked, so that a slow database does not get the server killed.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether requests can be served: 503 takes this node out of the load balancer.
pub(super) async fn readiness(State(front): State<Front>) -> Response {
    let Err(problems) = ready(&front.app).await else {
        return Json(json!({"status": "ready"})).into_response();
    };
    for problem in &problems {
        tracing::warn!(check = problem.check, found = problem.found, "not ready");
    }
    // Only the names: what was found can name hosts, and the probe asks without a token.
    let checks: Vec<_> = problems.iter().map(|problem| problem.check).collect();
    let mut answer = Json(json!({"status": "not ready", "failed": checks})).into_response();
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// `/metrics` on the public listener: for administrators, and not there at all when it has a listener of its own.
pub(super) async fn metrics_for_administrators(
    State(front): State<Front>,
    bearer: Result<Bearer, Error>,
) -> Result<Response, Error> {
    if front.app.config.metrics.listen.is_some() {
        return Err((&reason::REQUEST_NOT_FOUND).into());
    }
    let Bearer(caller) = bearer?;
    caller.require_exact_audience(&front.app)?;
    caller.require_role(ADMIN)?;
    Ok(metrics(State(front)).await)
}

/// `/metrics` on its own listener, which only the operator's network reaches.
pub(super) async fn metrics(State(front): State<Front>) -> Response {
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], front.metrics.text(&front.app)).into_response()
}
