//! The handlers of the JSON API, one module a URL: parse, one flow, one answer.

pub(super) mod admin;
pub(super) mod clients;
pub(super) mod email;
pub(super) mod login;
pub(super) mod login_code;
pub(super) mod logout;
pub(super) mod me;
pub(super) mod mfa;
pub(super) mod moved;
mod page;
pub(super) mod passkeys;
pub(super) mod password;
pub(super) mod refresh;
pub(super) mod revocations;
pub(super) mod sessions;
pub(super) mod signup;
pub(super) mod status_lists;
pub(super) mod verify;

use axum::{
    extract::{FromRequestParts, Path},
    http::request,
};
use uuid::Uuid;

use super::front::Front;

/// The `{id}` of a path; `None` for a text that can be nobody's id.
pub(super) struct Id(pub(super) Option<Uuid>);

impl FromRequestParts<Front> for Id {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Self::Rejection> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, front).await else {
            return Ok(Self(None));
        };
        // Only the form that answers print, so that one thing has one address.
        let id = Uuid::parse_str(&text).ok().filter(|id| id.hyphenated().to_string() == text);
        Ok(Self(id))
    }
}

/// The `{id}` of a path where it is a name; empty, which nothing is called, for a text that cannot be read.
pub(super) struct Name(pub(super) String);

impl FromRequestParts<Front> for Name {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Self::Rejection> {
        let name = Path::<String>::from_request_parts(parts, front).await;
        Ok(Self(name.map(|Path(name)| name).unwrap_or_default()))
    }
}
