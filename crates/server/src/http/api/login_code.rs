//! `POST /v1/login/code`, `POST /v1/login/code/confirm`

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use super::email::{accepted, ask, shown};
use crate::{
    error::Error,
    flow::{
        log_in_by_mail::{LogInByMail, log_in_by_mail},
        mail_request::Wanted,
    },
    http::{
        body::Members,
        deliver::{Outlet, entered},
        front::Front,
        visit::Visit,
    },
};

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    mut members: Members,
) -> Result<Response, Error> {
    ask(&front, &visit, &mut members, Wanted::LoginCode).await?;
    Ok(accepted("code_sent"))
}

pub(in crate::http) async fn confirm(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Error> {
    let delivery = members.delivery()?;
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let input = LogInByMail {
        shown: shown(&mut members)?,
        delivery,
        audience: members.audience()?,
        replaces: outlet.held(&front, &headers),
        client: visit.client(),
    };
    let logged_in = log_in_by_mail(&front.app, input).await?;
    Ok(entered(&front, &outlet, &logged_in, StatusCode::OK))
}
