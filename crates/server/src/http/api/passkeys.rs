//! `/v1/passkeys`, `/v1/login/passkey` and `DELETE /v1/password`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jotgate_token::reason;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::Id;
use crate::{
    error::Error,
    flow::{
        Delivery,
        passkey::{
            Given, PasskeyView, ask,
            enrol::{Enrol, ask_to_enrol, enrol},
            log_in::{LogInWithPasskey, log_in_with_passkey},
            manage::{list_passkeys, remove_passkey, rename_passkey},
            only::{RemovePassword, remove_password},
        },
    },
    http::{
        bearer::Bearer,
        body::{Members, OptionalMembers},
        deliver::{Outlet, entered, opened},
        front::Front,
        view::rfc_3339,
        visit::Visit,
    },
};

pub(in crate::http) async fn login_options(
    State(front): State<Front>,
    _: OptionalMembers,
) -> Result<Response, Error> {
    ask(&front.app).await.map(|given| question(&given))
}

pub(in crate::http) async fn login(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Error> {
    let delivery = members.delivery()?;
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let input = LogInWithPasskey {
        challenge_token: members.required_secret("challenge_token")?,
        passkey: answer(&mut members)?,
        delivery,
        audience: members.audience()?,
        replaces: outlet.held(&front, &headers),
        client: visit.client(),
    };
    let logged_in = log_in_with_passkey(&front.app, input).await?;
    Ok(entered(&front, &outlet, &logged_in, StatusCode::OK))
}

pub(in crate::http) async fn options(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    _: OptionalMembers,
) -> Result<Response, Error> {
    ask_to_enrol(&front.app, &caller).await.map(|given| question(&given))
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let input = Enrol {
        challenge_token: members.required_secret("challenge_token")?,
        passkey: answer(&mut members)?,
        name: members.text("name")?,
        client: visit.client(),
    };
    let enrolled = enrol(&front.app, &caller, input).await?;
    let line = Line::of(&enrolled.passkey);
    let body = Made { line, recovery_codes: enrolled.recovery_codes };
    Ok(private((StatusCode::CREATED, Json(body)).into_response()))
}

pub(in crate::http) async fn list(
    State(front): State<Front>,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    let passkeys = list_passkeys(&front.app, &caller).await?;
    Ok(Json(List { passkeys: passkeys.iter().map(Line::of).collect() }).into_response())
}

pub(in crate::http) async fn patch(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    Id(id): Id,
    mut members: Members,
) -> Result<Response, Error> {
    let id = id.ok_or(&reason::PASSKEY_UNKNOWN)?;
    let renamed = rename_passkey(&front.app, &caller, id, members.required("name")?).await?;
    Ok(Json(Line::of(&renamed)).into_response())
}

pub(in crate::http) async fn delete(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Id(id): Id,
) -> Result<Response, Error> {
    let id = id.ok_or(&reason::PASSKEY_UNKNOWN)?;
    remove_passkey(&front.app, &caller, id, visit.client()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The new session's tokens go where those of the caller's session went.
pub(in crate::http) async fn delete_password(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let input = RemovePassword {
        challenge_token: members.required_secret("challenge_token")?,
        passkey: answer(&mut members)?,
        client: visit.client(),
    };
    let delivery = Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body);
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let session = remove_password(&front.app, &caller, input).await?;
    Ok(opened(&front, &outlet, &session, StatusCode::OK))
}

/// What `navigator.credentials` answered, as `toJSON()` writes it.
pub(in crate::http) fn answer(members: &mut Members) -> Result<Value, Error> {
    members.required_object("passkey").map(Value::Object)
}

pub(in crate::http) fn question(given: &Given) -> Response {
    let body = Question { challenge_token: given.challenge_token.expose_secret(), options: &given.options };
    private(Json(body).into_response())
}

fn private(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[derive(Serialize)]
struct Question<'a> {
    challenge_token: &'a str,
    options: &'a Value,
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

#[derive(Serialize)]
struct List<'a> {
    passkeys: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    name: &'a str,
    created_at: String,
    last_used_at: Option<String>,
}

impl<'a> Line<'a> {
    fn of(passkey: &'a PasskeyView) -> Self {
        Self {
            id: passkey.id,
            name: &passkey.name,
            created_at: rfc_3339(passkey.created_at),
            last_used_at: passkey.last_used_at.map(rfc_3339),
        }
    }
}
