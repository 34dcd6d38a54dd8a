//! How a session reaches the client: both tokens in the body, or in cookies that scripts cannot read.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Map;

use super::{
    front::Front,
    origin::{Vouched, vouch},
    problem::Extra,
    view::UserView,
};
use crate::{
    error::Error,
    flow::{Delivery, Session, enter::LoggedIn, second_factor::Demand},
};

/// Where the answer's tokens will go; decided before the flow runs, so that nothing is opened and then withheld.
#[derive(Debug)]
pub(super) enum Outlet {
    Body,
    Cookies(Vouched),
}

impl Outlet {
    /// For a new session: a page that asks for cookies must be allowed to and must get them back.
    pub(super) fn open(front: &Front, headers: &HeaderMap, delivery: Delivery) -> Result<Self, Error> {
        if delivery == Delivery::Body {
            return Ok(Self::Body);
        }
        let vouched = vouch(front, headers)?;
        vouched.require_same_site(front, headers)?;
        Ok(Self::Cookies(vouched))
    }

    /// The tokens that the answer's cookies will replace. What another outlet leaves in the jar stays.
    pub(super) fn held(&self, front: &Front, headers: &HeaderMap) -> Vec<SecretString> {
        match self {
            Self::Body => Vec::new(),
            Self::Cookies(_) => front.cookies.held(headers),
        }
    }
}

/// The answer to a login: the session, or the refusal that says how to go on.
pub(super) fn entered(front: &Front, outlet: &Outlet, logged_in: &LoggedIn, status: StatusCode) -> Response {
    match logged_in {
        LoggedIn::In(session) => opened(front, outlet, session, status),
        LoggedIn::NeedsFactor(demand) => demanded(demand),
    }
}

/// `login.mfa_required` with what the second step needs.
fn demanded(demand: &Demand) -> Response {
    let mut answer = Error::from(&reason::LOGIN_MFA_REQUIRED).into_response();
    let mut members = Map::new();
    members.insert("mfa_token".into(), demand.mfa_token.expose_secret().into());
    members.insert("methods".into(), demand.methods.iter().map(|method| method.name()).collect());
    members.insert("expires_in".into(), demand.expires_in.into());
    if let Some(options) = &demand.passkey_options {
        members.insert("passkey".into(), options.clone());
    }
    answer.extensions_mut().insert(Extra(members.into()));
    answer.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    answer
}

/// The answer that opens a session: cookies of an earlier session go, because one of a higher generation would
/// be taken for the newer.
pub(super) fn opened(front: &Front, outlet: &Outlet, session: &Session, status: StatusCode) -> Response {
    let mut answer = refreshed(front, outlet, session);
    *answer.status_mut() = status;
    if let Outlet::Cookies(vouched) = outlet {
        settle_in(front, &mut answer, vouched, session);
    }
    answer
}

/// The cookies of a new session, on an answer that is a page or leads to one.
pub(super) fn sign_in(front: &Front, answer: &mut Response, vouched: &Vouched, session: &Session) {
    set_tokens(front, answer, vouched, session);
    settle_in(front, answer, vouched, session);
}

fn settle_in(front: &Front, answer: &mut Response, vouched: &Vouched, session: &Session) {
    front.cookies.clear_other_slots(answer, vouched, session.refresh_generation);
    if let Some(device) = &session.device {
        front.cookies.set_device(answer, vouched, device);
    }
    if let Some(token) = &session.page_token {
        let seconds = front.app.config.sessions.absolute_lifetime.as_secs();
        front.cookies.set_page(answer, vouched, token, i64::try_from(seconds).unwrap_or(i64::MAX));
    }
}

/// The answer that continues a session.
pub(super) fn refreshed(front: &Front, outlet: &Outlet, session: &Session) -> Response {
    let delivery = match outlet {
        Outlet::Body => Delivery::Body,
        Outlet::Cookies(_) => session.delivery,
    };
    let body = Body {
        access_token: (delivery != Delivery::Cookies).then(|| session.access_token.expose()),
        token_type: "Bearer",
        expires_in: session.expires_in,
        refresh_token: (delivery == Delivery::Body).then(|| session.refresh_token.expose()),
        refresh_expires_in: session.refresh_expires_in,
        refresh_generation: session.refresh_generation,
        user: UserView::of(&session.user),
    };
    let mut answer = axum::Json(body).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    if let (Outlet::Cookies(vouched), true) = (outlet, delivery != Delivery::Body) {
        set_tokens(front, &mut answer, vouched, session);
    }
    answer
}

fn set_tokens(front: &Front, answer: &mut Response, vouched: &Vouched, session: &Session) {
    let token = session.refresh_token.expose();
    let (generation, seconds) = (session.refresh_generation, session.refresh_expires_in);
    front.cookies.set_refresh(answer, vouched, generation, token, seconds);
    if session.delivery == Delivery::Cookies {
        front.cookies.set_access(answer, vouched, session.access_token.expose(), session.expires_in);
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    refresh_expires_in: i64,
    refresh_generation: u64,
    user: UserView<'a>,
}
