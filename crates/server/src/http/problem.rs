//! Refusals as HTTP: problem documents (RFC 9457), challenges (RFC 6750 section 3), the record for `jotgate why`.
//!
//! A handler's error travels to the gate as an extension of an empty answer and becomes a document here, in the
//! one place that knows the request's id: so every refusal, whoever made it, looks alike and is recorded.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use jotgate_token::reason::Reason;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    front::Front,
    gate::{Asked, set},
    oauth, pages,
    visit::Visit,
};
use crate::{
    app::refusals,
    error::{Error, Refused},
};

/// A refusal on its way to the gate.
#[derive(Clone, Debug)]
pub(super) struct Refusal(pub(super) Arc<Refused>);

/// Beside a [`Refusal`]: the answer has its page already, such as the form with what is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept;

/// Beside a [`Refusal`]: members of the document that only this caller may see. They are never recorded.
#[derive(Clone)]
pub(super) struct Extra(pub(super) Arc<Map<String, Value>>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if !matches!(self, Self::Refused(_)) {
            tracing::error!(error = %self, "a request could not be served");
        }
        let refused = self.into_refused();
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = status(refused.reason);
        answer.extensions_mut().insert(Refusal(Arc::new(refused)));
        answer
    }
}

/// RFC 9457; the order of members is the order of reading.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    reason: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<&'a str>,
    hint: &'a str,
    #[serde(flatten)]
    extra: Option<&'a Map<String, Value>>,
}

/// Fills the answer that carried the refusal; headers that it already has (`Allow`, cookies) stay.
pub(super) fn render(
    front: &Front,
    visit: &Visit,
    asked: &Asked,
    refused: &Refused,
    mut answer: Response,
) -> Response {
    record(front, visit, asked, refused);
    front.metrics.refused(refused.reason.code);
    *answer.status_mut() = status(refused.reason);
    head(asked, refused, &mut answer);
    if answer.extensions_mut().remove::<Kept>().is_some() && asked.wants_page {
        return answer;
    }
    let extra = answer.extensions_mut().remove::<Extra>();
    let Reason { code, status: number, title, meaning, mend, .. } = *refused.reason;
    let problem = Problem {
        r#type: format!("{}/reasons/{code}", front.app.config.issuer),
        title,
        status: number,
        detail: refused.detail.as_deref().unwrap_or(meaning),
        reason: code,
        request_id: visit.request_id(),
        expected: refused.expected.as_deref(),
        received: refused.received.as_deref(),
        hint: refused.hint.as_deref().unwrap_or(mend),
        extra: extra.as_ref().map(|Extra(members)| &**members),
    };
    let (kind, body) = match &asked.frame {
        None if asked.route.starts_with("/oauth/") => {
            let body =
                oauth::refusal::Body::of(refused, front.app.config.issuer.as_str(), visit.request_id());
            ("application/json", serde_json::to_string(&body).unwrap_or_default())
        }
        Some(frame) => (
            "text/html; charset=utf-8",
            pages::refusal(frame, refused, problem.detail, problem.hint, visit.request_id()),
        ),
        None => ("application/problem+json", serde_json::to_string(&problem).unwrap_or_default()),
    };
    *answer.body_mut() = Body::from(body);
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().append(header::VARY, HeaderValue::from(header::ACCEPT));
    answer
}

fn head(asked: &Asked, refused: &Refused, answer: &mut Response) {
    let challenge =
        challenge(refused, &asked.route).filter(|_| !answer.headers().contains_key(header::WWW_AUTHENTICATE));
    if let Some(challenge) = challenge {
        set(answer, header::WWW_AUTHENTICATE, &challenge);
    }
    // 503 without a time makes some clients give up and others hammer.
    let wait = refused.retry_after.or((refused.reason.status == 503).then_some(1));
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    // What is left of the request is not worth waiting for; HTTP/2 ends the stream by itself.
    if asked.http1 && matches!(refused.reason.status, 408 | 413) {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The `WWW-Authenticate` of this refusal. All text in it comes from the catalogue, none from the request, but for the
/// scope that was asked for, which is words of printable ASCII.
fn challenge(refused: &Refused, route: &str) -> Option<String> {
    let reason = refused.reason;
    let about_password = ["login.", "refresh.", "oauth.", "passkey.", "mfa."]
        .iter()
        .any(|group| reason.code.starts_with(group));
    let ours = about_password || matches!(route, "/v1/login" | "/v1/login/mfa" | "/v1/refresh");
    let error = match (reason.status, reason.code) {
        (401, _) if ours => return Some(format!("Jotgate realm=\"jotgate\", error=\"{}\"", reason.code)),
        (401, "token.missing" | "token.scheme") => return Some("Bearer realm=\"jotgate\"".to_owned()),
        (401, "stepup.required") => "insufficient_user_authentication",
        (401, _) => "invalid_token",
        (400, "token.repeated") => "invalid_request",
        (403, "scope.missing" | "role.missing") => "insufficient_scope",
        _ => return None,
    };
    let scope = refused.expected.as_deref().filter(|_| reason.code == "scope.missing");
    let scope = scope.map(|scope| format!(", scope=\"{}\"", quotable(scope))).unwrap_or_default();
    Some(format!(
        "Bearer realm=\"jotgate\", error=\"{error}\", error_description=\"{}\"{scope}",
        quotable(reason.title)
    ))
}

/// RFC 6750 section 3: `error_description` holds neither quotes, backslashes nor anything beyond ASCII.
fn quotable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' }).collect()
}

fn record(front: &Front, visit: &Visit, asked: &Asked, refused: &Refused) {
    front.app.refusals.record(refusals::Refusal {
        at: front.app.clock.now_ms(),
        request_id: visit.request_id().to_owned(),
        reason: refused.reason.code.to_owned(),
        status: refused.reason.status,
        route: format!("{} {}", asked.method, asked.route),
        detail: refused.detail.clone(),
        expected: refused.expected.clone(),
        received: refused.received.clone(),
        hint: refused.hint.clone(),
        session: refused.session.map(|session| session.0.hyphenated().to_string()),
    });
}

fn status(reason: &Reason) -> StatusCode {
    StatusCode::from_u16(reason.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use jotgate_token::reason;

    use super::*;

    #[test]
    fn every_401_has_a_challenge_and_never_basic() {
        for reason in reason::ALL {
            for route in ["/v1/login", "/v1/me"] {
                let challenge = challenge(&Refused::new(reason), route);
                assert_eq!(challenge.is_some(), reason.status == 401 || challenge.is_some(), "{reason}");
                if reason.status == 401 {
                    let challenge = challenge.unwrap();
                    assert!(
                        challenge.starts_with("Bearer ") || challenge.starts_with("Jotgate "),
                        "{challenge}"
                    );
                    assert!(challenge.bytes().all(|b| (0x20..0x7f).contains(&b)));
                    assert_eq!(challenge.matches('"').count() % 2, 0);
                }
            }
        }
    }

    #[test]
    fn no_token_is_challenged_without_an_error() {
        assert_eq!(
            challenge(&Refused::new(&reason::TOKEN_MISSING), "/v1/me").unwrap(),
            "Bearer realm=\"jotgate\""
        );
        assert_eq!(quotable("a \"b\" \\ é"), "a 'b' ' '");
    }
}
