//! The pages for people: HTML files under `templates/`, one style sheet, no script at all.

pub(super) mod debugger;
mod form;
pub(super) mod home;
pub(super) mod reasons;
pub(super) mod setup;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use jotgate_token::reason::Reason;

use super::well_known::cached;
use crate::error::Error;

/// The page of a refusal.
pub(super) fn refusal(reason: &Reason, detail: &str, hint: &str, request_id: &str) -> String {
    let page = Refusal { reason, detail: spans(detail), hint: spans(hint), request_id };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    reason: &'a Reason,
    detail: Vec<Span<'a>>,
    hint: Vec<Span<'a>>,
    request_id: &'a str,
}

/// A stretch of text, set as code or not.
#[derive(Clone)]
struct Span<'a> {
    code: bool,
    text: &'a str,
}

/// The catalogue marks code with backticks.
fn spans(text: &str) -> Vec<Span<'_>> {
    text.split('`').enumerate().map(|(n, text)| Span { code: n % 2 == 1, text }).collect()
}

fn page(page: &impl Template) -> Result<Response, Error> {
    let html =
        page.render().map_err(|error| Error::Internal(format!("a page cannot be written: {error}")))?;
    Ok(Html(html).into_response())
}

/// A page that is sent back to us. With `no-referrer` browsers send `Origin: null` with a form; this sends the origin
/// and never the path.
fn page_with_form(template: &impl Template) -> Result<Response, Error> {
    let mut answer = page(template)?;
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    Ok(answer)
}

pub(super) async fn style(headers: HeaderMap) -> Response {
    cached(&headers, STYLE, "text/css; charset=utf-8", &AN_HOUR)
}

pub(super) async fn icon(headers: HeaderMap) -> Response {
    cached(&headers, ICON, "image/svg+xml", &AN_HOUR)
}

const STYLE: &str = include_str!("../../templates/jotgate.css");
const ICON: &str = include_str!("../../templates/jotgate.svg");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
