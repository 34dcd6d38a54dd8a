//! `/account/data`: a copy of everything, and the way to delete the account.

use std::time::Duration;

use askama::Template;
use axum::{extract::State, response::Response};

use super::or_confirm;
use crate::{
    flow::export::export_me,
    http::{
        download,
        front::Front,
        pages::{
            frame::Frame,
            posted::Posted,
            signed_in::{Detour, SignedIn},
        },
        visit::Visit,
    },
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    _: SignedIn,
    frame: Frame,
) -> Result<Response, Detour> {
    let config = &front.app.config;
    let days = |time: Duration| time.as_secs().div_ceil(86_400).to_string();
    let page = Page {
        frame: &frame,
        sessions: days(config.sessions.keep_ended),
        events: days(config.audit.keep),
        addresses: days(config.login.known_address_lifetime),
    };
    Ok(frame.page(&page)?)
}

/// `/account/data/export`. Posted, because it leaves an event behind, and because no foreign page is to start a
/// download of somebody's data.
pub(in crate::http) async fn export(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    _: Posted,
) -> Result<Response, Detour> {
    match export_me(&front.app, &signed_in, visit.client()).await {
        Ok(export) => Ok(download::of(&export)),
        Err(error) => Err(or_confirm(error, "/account/data")),
    }
}

#[derive(Template)]
#[template(path = "account_data.html")]
struct Page<'a> {
    frame: &'a Frame,
    /// For how many days each is kept.
    sessions: String,
    events: String,
    addresses: String,
}
