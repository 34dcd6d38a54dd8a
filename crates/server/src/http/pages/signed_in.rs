//! Pages that need a login: whoever is signed in by the session cookie, or a redirect to where one signs in.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header, request};
use jotgate_token::reason;

use super::next::Next;
use crate::{
    error::Error,
    flow::authenticate::{Caller, by_page_token},
    http::{front::Front, gate::set},
};

/// Whoever is signed in to the pages. A handler with this argument runs only for them.
pub(in crate::http) struct SignedIn {
    caller: Arc<Caller>,
    here: Next,
}

/// Another answer than the page that was asked for.
#[derive(Debug)]
pub(in crate::http) enum Detour {
    /// Go there, with GET.
    To(String),
    /// It did not work.
    Failed(Error),
}

impl SignedIn {
    pub(in crate::http) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Leads to the page that asks for the password again when the login was long ago, because an unattended session must
    /// not be able to do what cannot be undone.
    pub(in crate::http) fn require_recent(&self, front: &Front) -> Result<(), Detour> {
        match self.caller.require_recent(&front.app) {
            Ok(()) => Ok(()),
            Err(Error::Refused(refused)) if *refused.reason == reason::STEPUP_REQUIRED => {
                Err(Detour::To(format!("/confirm{}", self.here.query())))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Deref for SignedIn {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl FromRequestParts<Front> for SignedIn {
    type Rejection = Detour;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Detour> {
        let here = match (parts.method.is_safe(), parts.uri.path_and_query()) {
            (true, Some(path)) => Next::read(path.as_str()),
            // What was sent with a form is gone, and its address need not be a page.
            _ => Next::default(),
        };
        match viewer(parts, front).await?.caller() {
            Ok(caller) => Ok(Self { caller, here }),
            Err(why) => {
                let query = format!("?next={}", crate::http::percent::encode(here.path()));
                let why = why.map(|why| format!("&why={why}")).unwrap_or_default();
                Err(Detour::To(format!("/login{query}{why}")))
            }
        }
    }
}

impl IntoResponse for Detour {
    fn into_response(self) -> Response {
        match self {
            Self::To(path) => see_other(&path),
            Self::Failed(error) => error.into_response(),
        }
    }
}

impl From<Error> for Detour {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Leads on to a path of this site, with GET (RFC 9110 section 15.4.4).
pub(in crate::http) fn see_other(path: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    set(&mut answer, header::LOCATION, path);
    answer
}

/// Who looks at the pages, read once a request.
#[derive(Clone)]
pub(super) enum Viewer {
    Known(Arc<Caller>),
    /// There is no cookie, or it stands for nothing any more: `expired` or `signed-out`.
    Unknown(Option<&'static str>),
}

impl Viewer {
    pub(super) fn caller(self) -> Result<Arc<Caller>, Option<&'static str>> {
        match self {
            Self::Known(caller) => Ok(caller),
            Self::Unknown(why) => Err(why),
        }
    }
}

pub(super) async fn viewer(parts: &mut request::Parts, front: &Front) -> Result<Viewer, Error> {
    if let Some(viewer) = parts.extensions.get::<Viewer>() {
        return Ok(viewer.clone());
    }
    let viewer = look(&parts.headers, front).await?;
    parts.extensions.insert(viewer.clone());
    Ok(viewer)
}

async fn look(headers: &HeaderMap, front: &Front) -> Result<Viewer, Error> {
    let Some(token) = front.cookies.page_token(headers) else { return Ok(Viewer::Unknown(None)) };
    match by_page_token(&front.app, &token).await {
        Ok(caller) => Ok(Viewer::Known(caller.into())),
        Err(Error::Refused(refused)) if *refused.reason == reason::EXP_EXPIRED => {
            Ok(Viewer::Unknown(Some("expired")))
        }
        Err(Error::Refused(_)) => Ok(Viewer::Unknown(Some("signed-out"))),
        Err(error) => Err(error),
    }
}
