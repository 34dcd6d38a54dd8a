//! `/setup/{token}`: the single-use link that makes the first administrator, as a plain form.
//!
//! The token is the only credential, so there is nothing a foreign page could borrow; still the form's origin is
//! checked when the browser sends one.

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{Span, form::Fields, page, page_with_form, spans};
use crate::{
    error::{Error, Refused},
    flow::set_up::{UseSetupLink, check_setup_link, use_setup_link},
    http::{
        front::Front,
        origin::vouch,
        problem::{Kept, Refusal},
        visit::Visit,
    },
};

pub(in crate::http) async fn get(State(front): State<Front>, token: Token) -> Result<Response, Error> {
    check_setup_link(&front.app, token.0.expose_secret()).await?;
    form(&front, "", None)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    token: Token,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Error> {
    if headers.contains_key(header::ORIGIN) {
        vouch(&front, &headers)?;
    }
    let email = fields.text("email");
    let input = UseSetupLink {
        token: token.0,
        email: email.clone(),
        password: fields.text("password").into(),
        client: visit.client(),
    };
    match use_setup_link(&front.app, input).await {
        Ok(user) => page(&Done { email: &user.email, issuer: front.app.config.issuer.as_str() }),
        Err(Error::Refused(refused)) if mendable(&refused) => form(&front, &email, Some(*refused)),
        Err(error) => Err(error),
    }
}

/// Whether another entry in the same form can do better.
fn mendable(refused: &Refused) -> bool {
    refused.reason.code.starts_with("password.") || refused.reason == &reason::SIGNUP_EMAIL_INVALID
}

fn form(front: &Front, email: &str, refused: Option<Refused>) -> Result<Response, Error> {
    let mend = refused.as_ref().map(|refused| refused.hint.as_deref().unwrap_or(refused.reason.mend));
    let mut answer = page_with_form(&Form {
        issuer: front.app.config.issuer.as_str(),
        min_length: front.app.config.passwords.min_length,
        email,
        title: refused.as_ref().map_or("", |refused| refused.reason.title),
        mend: mend.map(spans).unwrap_or_default(),
    })?;
    if let Some(refused) = refused {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        answer.extensions_mut().insert(Kept);
        answer.extensions_mut().insert(Refusal(refused.into()));
    }
    Ok(answer)
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Form<'a> {
    issuer: &'a str,
    min_length: usize,
    email: &'a str,
    title: &'a str,
    mend: Vec<Span<'a>>,
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct Done<'a> {
    email: &'a str,
    issuer: &'a str,
}

/// The link's token.
pub(in crate::http) struct Token(SecretString);

impl axum::extract::FromRequestParts<Front> for Token {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut http::request::Parts, front: &Front) -> Result<Self, Error> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, front).await;
        match path {
            Ok(Path(token)) => Ok(Self(token.into())),
            Err(_) => Err((&reason::LINK_EXPIRED).into()),
        }
    }
}
