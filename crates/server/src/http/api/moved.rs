//! The addresses that tutorials use: nothing is served there, but the answer says where it is.

use axum::extract::MatchedPath;
use jotgate_token::reason;

use crate::error::{Error, Refused};

pub(in crate::http) async fn any(path: MatchedPath) -> Result<(), Error> {
    let hint = SIGNPOSTS.iter().find(|(from, _)| *from == path.as_str()).map(|(_, hint)| *hint);
    Err(Refused::new(&reason::REQUEST_MOVED).hint(hint.unwrap_or(reason::REQUEST_MOVED.mend)).into())
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
