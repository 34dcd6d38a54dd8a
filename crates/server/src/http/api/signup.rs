//! `POST /v1/signup`

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use super::email::accepted;
use crate::{
    config::SignupMode,
    error::Error,
    flow::{
        sign_up::{SignUp, sign_up},
        sign_up_by_mail::{SignUpByMail, sign_up_by_mail},
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
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Error> {
    if front.app.config.signup.mode == SignupMode::Verified {
        return by_mail(&front, &visit, &mut members).await;
    }
    let delivery = members.delivery()?;
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let input = SignUp {
        email: members.required("email")?,
        username: members.text("username")?,
        name: members.text("name")?,
        password: members.required_secret("password")?,
        delivery,
        audience: members.audience()?,
        replaces: outlet.held(&front, &headers),
        client: visit.client(),
    };
    let signed_up = sign_up(&front.app, input).await?;
    Ok(entered(&front, &outlet, &signed_up, StatusCode::CREATED))
}

/// No session yet, so `delivery` and `audience` are for the login that follows.
async fn by_mail(front: &Front, visit: &Visit, members: &mut Members) -> Result<Response, Error> {
    let input = SignUpByMail {
        email: members.required("email")?,
        username: members.text("username")?,
        name: members.text("name")?,
        password: members.required_secret("password")?,
        client: visit.client(),
    };
    sign_up_by_mail(&front.app, input).await?;
    Ok(accepted("verification_sent"))
}
