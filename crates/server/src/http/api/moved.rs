//! The addresses that tutorials use: what programs look for is not there, but the answer says where it is.

use axum::extract::MatchedPath;
use jotgate_token::reason;

use crate::error::{Error, Refused};

pub(in crate::http) async fn any(path: MatchedPath) -> Result<(), Error> {
    Err(signpost(path.as_str()).unwrap_or_else(|| Refused::new(&reason::REQUEST_MOVED)).into())
}

/// Where what was sent to this address belongs, for the addresses that are pages as well.
pub(in crate::http) fn signpost(path: &str) -> Option<Refused> {
    let (_, hint) = SIGNPOSTS.iter().find(|(from, _)| *from == path)?;
    Some(Refused::new(&reason::REQUEST_MOVED).hint(*hint))
}

const SIGNPOSTS: [(&str, &str); 5] = [
    ("/login", "use POST /v1/login; what your tutorial calls `token` is `access_token` here"),
    (
        "/signup",
        "use POST /v1/signup with `email` and `password`; what your tutorial calls `token` is `access_token` here",
    ),
    (
        "/register",
        "use POST /v1/signup with `email` and `password`; what your tutorial calls `token` is `access_token` here",
    ),
    (
        "/refresh",
        "use POST /v1/refresh; what your tutorial calls `refreshToken` is `refresh_token` here, and each answer brings a new one",
    ),
    ("/logout", "use POST /v1/logout with `refresh_token`, the cookie or `Authorization: Bearer`"),
];
