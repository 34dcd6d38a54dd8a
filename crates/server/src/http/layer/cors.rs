//! CORS (Fetch standard): pages of the configured origins may read answers; others are told so by a preflight.
//!
//! Only exact origins, never `*`, never a pattern; credentials for all of them, because an origin that is let
//! in at all is let in to log its users in. Each answer varies by `Origin`, so that no cache mixes them up.

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jotgate_token::reason;

use crate::{
    config::Config,
    error::{Error, Refused},
};

/// The origins whose pages may use this server: the issuer's own and the configured ones.
#[derive(Debug)]
pub(crate) struct Origins {
    allowed: Vec<HeaderValue>,
}

impl Origins {
    pub(crate) fn new(config: &Config) -> Self {
        let own = config.issuer.as_str();
        let texts = std::iter::once(own).chain(config.http.origins.iter().map(crate::config::Origin::as_str));
        Self { allowed: texts.filter_map(|text| HeaderValue::from_str(text).ok()).collect() }
    }

    pub(crate) fn allow(&self, origin: &HeaderValue) -> bool {
        self.allowed.contains(origin)
    }

    /// What a refusal prints as expected.
    pub(crate) fn listed(&self) -> String {
        let texts: Vec<_> = self.allowed.iter().filter_map(|origin| origin.to_str().ok()).collect();
        texts.join(" or ")
    }
}

/// The answer to a preflight; none when the request is no preflight.
pub(crate) fn preflight(
    origins: &Origins,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Result<Response, Error>> {
    let origin = headers.get(header::ORIGIN)?;
    if method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    if !origins.allow(origin) {
        let refused = Refused::new(&reason::REQUEST_ORIGIN)
            .detail("A page of an origin that is not configured asked whether it may call this address.")
            .expected(origins.listed());
        return Some(Err(refused.into()));
    }
    let mut answer = Response::default();
    *answer.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Idempotency-Key, DPoP"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Some(Ok(answer))
}

/// Marks the answer as readable for the page that asked, if its origin is allowed.
pub(crate) fn expose(origins: &Origins, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
    answer.append(header::VARY, HeaderValue::from(header::ORIGIN));
    let Some(origin) = origin.filter(|origin| origins.allow(origin)) else { return };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    // Reading across origins is what CORS just allowed; the resource policy must not take it back.
    answer.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
}

const EXPOSED: &str = "Retry-After, WWW-Authenticate, DPoP-Nonce, Date, X-Request-Id";
