//! The one way in and out: every request passes here before its handler and every answer after it.
//!
//! In: id and client address, body bound, Host, preflight, time limit. Out: refusals become problem documents,
//! then CORS and security headers, the request id, metrics and one line of the log. One function in place of a
//! stack of layers, so that the order is read from top to bottom.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, Version, header};
use jotgate_token::reason;
use tracing::Instrument;

use super::{
    accept,
    front::Front,
    layer::{body, cors, request_id::X_REQUEST_ID, security},
    pages::frame::Frame,
    problem::{self, Refusal},
    visit::Visit,
};
use crate::error::Error;

/// What is remembered of a request while its handler has it.
pub(super) struct Asked {
    pub(super) method: &'static str,
    /// The route's pattern, never the path: paths hold ids and link tokens.
    pub(super) route: String,
    pub(super) wants_page: bool,
    pub(super) http1: bool,
    /// What the page of a refusal stands in, where it would be a page.
    pub(super) frame: Option<Frame>,
    origin: Option<HeaderValue>,
}

impl Asked {
    fn of(front: &Front, request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
        let wants_page = accept::wants_page(request.uri().path(), request.headers());
        Self {
            method: known(request.method()),
            route: route.to_owned(),
            wants_page,
            frame: wants_page.then(|| Frame::of(front, request.uri(), request.headers()).without_query()),
            http1: request.version() < Version::HTTP_2,
            origin: request.headers().get(header::ORIGIN).cloned(),
        }
    }
}

pub(super) async fn gate(State(front): State<Front>, request: Request, next: Next) -> Response {
    #[expect(clippy::disallowed_methods, reason = "only a duration is measured")]
    let started = std::time::Instant::now();
    let visit = Visit::begin(&front, &request);
    let asked = Asked::of(&front, &request);
    let span = tracing::info_span!("request", id = visit.request_id());
    let passed = pass(&front, visit.clone(), request, next).instrument(span.clone()).await;
    let _entered = span.enter();
    let mut answer = passed.unwrap_or_else(IntoResponse::into_response);
    if let Some(Refusal(refused)) = answer.extensions_mut().remove() {
        answer = problem::render(&front, &visit, &asked, &refused, answer);
    }
    let headers = answer.headers_mut();
    cors::expose(&front.origins, asked.origin.as_ref(), headers);
    security::add(headers, front.app.config.issuer.is_https());
    if let Ok(id) = HeaderValue::from_str(visit.request_id()) {
        headers.insert(X_REQUEST_ID, id);
    }
    let status = answer.status().as_u16();
    let elapsed = started.elapsed();
    front.metrics.answered(asked.method, &asked.route, status, elapsed);
    tracing::info!(
        target: "jotgate::access",
        method = asked.method, route = asked.route, status,
        ip = %visit.ip(), microseconds = elapsed.as_micros()
    );
    answer
}

async fn pass(front: &Front, visit: Visit, request: Request, next: Next) -> Result<Response, Error> {
    let limits = &front.app.config.http;
    let (mut request, fits) = body::bound(request, limits.max_body_bytes);
    if !PROBES.contains(&request.uri().path()) {
        front.hosts.check(&request)?;
    }
    if let Some(answer) = cors::preflight(&front.origins, request.method(), request.headers()) {
        return answer;
    }
    fits?;
    request.extensions_mut().insert(visit);
    match tokio::time::timeout(limits.request_timeout, next.run(request)).await {
        Ok(answer) => Ok(answer),
        Err(_) => Err((&reason::REQUEST_TIMEOUT).into()),
    }
}

/// Asked by machines that know an address and no name.
const PROBES: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// Metrics and the log name only methods that exist, because a made-up one would be a new time series.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER")
}

/// Adds one header with a value made of visible ASCII; anything else would be a fault of ours and is left out.
pub(super) fn set(answer: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
