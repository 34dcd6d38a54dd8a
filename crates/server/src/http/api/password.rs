//! `POST /v1/password`, `POST /v1/password/forgot`, `POST /v1/password/reset`

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use super::email::{accepted, ask, shown};
use crate::{
    error::Error,
    flow::{
        Delivery,
        change_password::{ChangePassword, change_password},
        mail_request::Wanted,
        reset_password::{ResetPassword, reset_password},
    },
    http::{
        bearer::Bearer,
        body::Members,
        deliver::{Outlet, opened},
        front::Front,
        visit::Visit,
    },
};

/// Changes it, or sets the first one. The new session's tokens go where those of the caller's session went.
pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let current = match caller.has_password() {
        true => Some(members.required_secret("current")?),
        false => members.secret("current")?,
    };
    let input = ChangePassword { current, new: members.required_secret("new")?, client: visit.client() };
    let delivery = Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body);
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let session = change_password(&front.app, &caller, input).await?;
    Ok(opened(&front, &outlet, &session, StatusCode::OK))
}

pub(in crate::http) async fn forgot(
    State(front): State<Front>,
    visit: Visit,
    mut members: Members,
) -> Result<Response, Error> {
    ask(&front, &visit, &mut members, Wanted::Reset).await?;
    Ok(accepted("reset_sent"))
}

pub(in crate::http) async fn reset(
    State(front): State<Front>,
    visit: Visit,
    mut members: Members,
) -> Result<StatusCode, Error> {
    let input = ResetPassword {
        shown: shown(&mut members)?,
        new: members.required_secret("new")?,
        client: visit.client(),
    };
    reset_password(&front.app, input).await?;
    Ok(StatusCode::NO_CONTENT)
}
