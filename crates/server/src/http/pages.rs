//! The pages for people: HTML files under `templates/`, one style sheet, and no script but where a browser offers something
//! only to scripts.
//!
//! A handler takes [`frame::Frame`]; one that needs a login [`signed_in::SignedIn`]; one that is posted to
//! [`posted::Posted`]. What people read stands in `texts/`.

pub(super) mod account;
pub(super) mod account_email;
pub(super) mod assets;
pub(super) mod confirm;
pub(super) mod debugger;
mod fields;
pub(super) mod forgot;
pub(super) mod frame;
pub(super) mod home;
pub(super) mod inbox;
pub(super) mod live;
pub(super) mod login;
pub(super) mod login_code;
pub(super) mod logout;
mod mailed;
pub(super) mod mfa;
mod mistakes;
mod next;
pub(super) mod passkeys;
mod posted;
pub(super) mod reasons;
pub(super) mod security;
pub(super) mod setup;
mod signed_in;
pub(super) mod signup;
pub(super) mod verify_email;

use askama::Template;
use jotgate_token::reason::Reason;

use crate::error::Refused;
use frame::Frame;

/// The page of a refusal: what happened in the reader's language, and for whoever runs the place the reason itself.
pub(super) fn refusal(
    frame: &Frame,
    refused: &Refused,
    detail: &str,
    hint: &str,
    request_id: &str,
) -> String {
    let reason = refused.reason;
    let (title, lead) = said(reason);
    let wait = refused.retry_after;
    let (detail, hint) = (spans(detail), spans(hint));
    let page = Refusal { frame, reason, title, lead, wait, detail, hint, request_id };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    frame: &'a Frame,
    reason: &'a Reason,
    title: &'static str,
    lead: &'static str,
    wait: Option<u64>,
    detail: Vec<Span<'a>>,
    hint: Vec<Span<'a>>,
    request_id: &'a str,
}

/// The keys of what a person is told.
fn said(reason: &Reason) -> (&'static str, &'static str) {
    if reason.code.starts_with("link.") {
        return ("error.link_title", "error.link_lead");
    }
    match reason.status {
        401 => ("error.sign_in_title", "error.sign_in_lead"),
        403 => ("error.forbidden_title", "error.forbidden_lead"),
        404 | 410 => ("error.not_found_title", "error.not_found_lead"),
        405 | 421 => ("error.address_title", "error.address_lead"),
        408 => ("error.slow_title", "error.slow_lead"),
        429 => ("error.often_title", "error.often_lead"),
        503 => ("error.busy_title", "error.busy_lead"),
        500.. => ("error.fault_title", "error.fault_lead"),
        _ => ("error.form_title", "error.form_lead"),
    }
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
