//! `POST /v1/login`

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use crate::{
    error::Error,
    flow::log_in::{LogIn, Login, log_in},
    http::{
        body::{Members, unfit},
        deliver::{Outlet, entered},
        front::Front,
        visit::Visit,
    },
};

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Error> {
    let delivery = members.delivery()?;
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let input = LogIn {
        login: login(&mut members)?,
        password: members.required_secret("password")?,
        delivery,
        audience: members.audience()?,
        replaces: outlet.held(&front, &headers),
        client: visit.client(),
    };
    let logged_in = log_in(&front.app, input).await?;
    Ok(entered(&front, &outlet, &logged_in, StatusCode::OK))
}

fn login(members: &mut Members) -> Result<Login, Error> {
    if let Some(email) = members.text("email")? {
        return Ok(Login::Email(email));
    }
    match members.text("username")? {
        Some(username) => Ok(Login::Username(username)),
        None => Err(unfit("`email` or `username` is missing.").into()),
    }
}
