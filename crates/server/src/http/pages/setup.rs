//! `/setup/{token}`: the single-use link that makes the first administrator, as a plain form.
//!
//! The token is the only credential, so there is nothing a foreign page could borrow; still the form's origin is
//! checked when the browser sends one.

use askama::Template;
use axum::{
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{Span, page, spans};
use crate::{
    error::{Error, Refused},
    flow::set_up::{UseSetupLink, check_setup_link, use_setup_link},
    http::{
        body::{media_type, read, unfit},
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
    Fields(fields): Fields,
) -> Result<Response, Error> {
    if headers.contains_key(header::ORIGIN) {
        vouch(&front, &headers)?;
    }
    let field =
        |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    let email = field("email");
    let input = UseSetupLink {
        token: token.0,
        email: email.clone(),
        password: field("password").into(),
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
    let mut answer = page(&Form {
        issuer: front.app.config.issuer.as_str(),
        min_length: front.app.config.passwords.min_length,
        email,
        title: refused.as_ref().map_or("", |refused| refused.reason.title),
        mend: mend.map(spans).unwrap_or_default(),
    })?;
    // With `no-referrer` browsers send `Origin: null` with a form; this sends the origin and never the path.
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
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

/// The fields of a form, each at most once.
pub(in crate::http) struct Fields(Vec<(String, String)>);

impl FromRequest<Front> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Error> {
        let kind = media_type(request.headers()).map(|kind| kind.name);
        if kind.as_deref() != Some("application/x-www-form-urlencoded") {
            let refused = Refused::new(&reason::REQUEST_CONTENT_TYPE).detail("This page sends a form.");
            return Err(refused.expected("application/x-www-form-urlencoded").into());
        }
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        let request = Request::from_parts(parts, body.into());
        let Ok(axum::Form(fields)) = axum::Form::<Vec<(String, String)>>::from_request(request, front).await
        else {
            return Err(unfit("The form cannot be read.").into());
        };
        let twice = fields
            .iter()
            .enumerate()
            .any(|(n, (name, _))| fields[..n].iter().any(|(other, _)| other == name));
        let nul = fields.iter().any(|(_, value)| value.contains('\0'));
        if twice || nul {
            return Err(unfit("A field of the form occurs twice or holds the character NUL.").into());
        }
        Ok(Self(fields))
    }
}
