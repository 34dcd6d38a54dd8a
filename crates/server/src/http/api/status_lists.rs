//! `GET /v1/status-lists/{n}`: a Token Status List (`docs/status-list.md`).

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, HeaderValue};
use jotgate_token::reason;

use crate::{
    error::Error,
    flow::status_list::{TTL, status_list},
    http::{front::Front, well_known},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    headers: HeaderMap,
    list: Result<Path<String>, PathRejection>,
) -> Result<Response, Error> {
    let number = list.ok().and_then(|Path(text)| number(&text)).ok_or(&reason::REQUEST_NOT_FOUND)?;
    let token = status_list(&front.app, number).await?;
    let caching = HeaderValue::try_from(format!("public, max-age={TTL}"));
    let caching = caching.unwrap_or(HeaderValue::from_static("no-store"));
    Ok(well_known::cached(&headers, token, "application/statuslist+jwt", &caching))
}

/// As it is written in tokens and in no other way, because verifiers compare the address with the list's `sub`.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}
