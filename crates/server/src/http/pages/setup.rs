//! `/setup/{token}`: the single-use link that makes the first administrator.

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{
    frame::Frame,
    mistakes::{Mistakes, words},
    posted::Posted,
};
use crate::{
    error::Error,
    flow::set_up::{UseSetupLink, check_setup_link, use_setup_link},
    http::{front::Front, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    token: Token,
    frame: Frame,
) -> Result<Response, Error> {
    check_setup_link(&front.app, token.0.expose_secret()).await?;
    frame.page(&Form::new(&frame, "", Mistakes::default()))
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    token: Token,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let email = posted.text("email");
    let input = UseSetupLink {
        token: token.0,
        email: email.clone(),
        password: posted.secret("password"),
        client: visit.client(),
    };
    match use_setup_link(&front.app, input).await {
        Ok(user) => frame.page(&Done { frame: &frame, email: &user.email }),
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, &[("password.", "password"), ("signup.", "email")]);
            frame.form(&Form::new(&frame, email.trim(), mistakes), Some(*refused))
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Form<'a> {
    frame: &'a Frame,
    email: &'a str,
    mistakes: Mistakes,
    min_length: usize,
}

impl<'a> Form<'a> {
    fn new(frame: &'a Frame, email: &'a str, mistakes: Mistakes) -> Self {
        let (min_length, _) = frame.passwords();
        Self { frame, email, mistakes, min_length }
    }
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct Done<'a> {
    frame: &'a Frame,
    email: &'a str,
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
