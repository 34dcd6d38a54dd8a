//! `POST /v1/email`, `POST /v1/email/verify`, `POST /v1/email/resend`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use secrecy::SecretString;
use serde_json::json;

use crate::{
    error::Error,
    flow::{
        authenticate::authenticate,
        change_email::{ChangeEmail, change_email},
        confirm_email::{ConfirmEmail, confirm_email},
        link::Shown,
        mail_request::{RequestMail, Wanted, request_mail},
    },
    http::{
        bearer::{self, Bearer},
        body::{Members, unfit},
        front::Front,
        visit::Visit,
    },
};

/// Asks for another address; it takes effect once that has proven itself.
pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    caller.require_exact_audience(&front.app)?;
    let input = ChangeEmail {
        email: members.required("email")?,
        password: members.secret("password")?,
        client: visit.client(),
    };
    change_email(&front.app, &caller, input).await?;
    Ok(accepted("verification_sent"))
}

/// A change of address wants its owner's access token as well.
pub(in crate::http) async fn verify(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    uri: Uri,
    mut members: Members,
) -> Result<StatusCode, Error> {
    let shown = shown(&mut members)?;
    let caller = match headers.contains_key(header::AUTHORIZATION) {
        true => Some(authenticate(&front.app, bearer::token(&headers, &uri)?).await?.user.id),
        false => None,
    };
    let input = ConfirmEmail { shown, caller, client: visit.client() };
    confirm_email(&front.app, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn resend(
    State(front): State<Front>,
    visit: Visit,
    mut members: Members,
) -> Result<Response, Error> {
    ask(&front, &visit, &mut members, Wanted::Verification).await?;
    Ok(accepted("verification_sent"))
}

/// Asks for a mail to the `email` of the body.
pub(super) async fn ask(
    front: &Front,
    visit: &Visit,
    members: &mut Members,
    wanted: Wanted,
) -> Result<(), Error> {
    let email = members.required("email")?;
    let asked = RequestMail { wanted, email, client: visit.client() };
    request_mail(&front.app, asked).await
}

/// What came by mail: `token`, or `email` and `code`.
pub(super) fn shown(members: &mut Members) -> Result<Shown, Error> {
    let token: Option<SecretString> = members.secret("token")?;
    Shown::of(token, members.text("email")?, members.secret("code")?)
        .ok_or_else(|| unfit("`token` is missing, or `email` and `code`.").into())
}

/// The same for every address.
pub(super) fn accepted(status: &'static str) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": status }))).into_response()
}
