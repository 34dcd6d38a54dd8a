//! `POST /v1/signup`

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use crate::{
    error::Error,
    flow::sign_up::{SignUp, sign_up},
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
