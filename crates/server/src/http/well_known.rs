//! The documents under `/.well-known/`: the key set (RFC 7517) and the metadata (RFC 8414).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jotgate_jose::primitive::{base64url, sha256};

use super::{front::Front, gate::set};
use crate::flow::discover::{metadata, public_keys};

pub(super) async fn keys(State(front): State<Front>, headers: HeaderMap) -> Response {
    document(&headers, public_keys(&front.app).into_bytes(), "application/jwk-set+json")
}

pub(super) async fn server(State(front): State<Front>, headers: HeaderMap) -> Response {
    document(&headers, metadata(&front.app).to_string().into_bytes(), "application/json")
}

/// Five minutes, because a key is published a day before it signs and a withdrawn one must be gone soon.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(super) fn document(headers: &HeaderMap, body: Vec<u8>, kind: &'static str) -> Response {
    cached(headers, body, kind, &MAX_AGE)
}

/// An answer that caches may keep, with an ETag; 304 to whoever has it already (RFC 9110 section 13.1.2).
pub(super) fn cached(
    headers: &HeaderMap,
    body: impl AsRef<[u8]> + Into<axum::body::Body>,
    kind: &'static str,
    caching: &HeaderValue,
) -> Response {
    let tag = format!("\"{}\"", &base64url::encode(&sha256(body.as_ref()))[..22]);
    tagged(headers, &tag, body, kind, caching)
}

/// The same of a body whose ETag is known already, quotes included.
pub(super) fn tagged(
    headers: &HeaderMap,
    tag: &str,
    body: impl Into<axum::body::Body>,
    kind: &'static str,
    caching: &HeaderValue,
) -> Response {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let has = known
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|t| t == "*" || t.trim_start_matches("W/") == tag);
    let mut answer = match has {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(body.into()),
    };
    if !has {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, caching.clone());
    set(&mut answer, header::ETAG, tag);
    answer
}
