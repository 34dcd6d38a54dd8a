//! `POST /v1/login/mfa`, `POST /v1/stepup`, and `/v1/mfa...`: the second factor shown, added, removed.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::{
    error::Error,
    flow::{
        Delivery,
        passkey::log_in::{StepUpWithPasskey, step_up_with_passkey},
        second_factor::{
            answer::{self, Answer, Shown, show_passkey},
            challenge::look,
            enrol, manage,
        },
        step_up::{StepUp, step_up},
    },
    http::{
        bearer::Bearer,
        body::{Members, unfit},
        deliver::{Outlet, entered},
        front::Front,
        view::rfc_3339,
        visit::Visit,
    },
};

/// The tokens go where the login wanted them.
pub(in crate::http) async fn answer(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Error> {
    let waiting = look(&front.app, &members.required_secret("mfa_token")?).await?;
    let outlet = Outlet::open(&front, &headers, waiting.delivery)?;
    let shown = match members.object("passkey")? {
        Some(passkey) => show_passkey(&front.app, &waiting, passkey.into(), &visit.client()).await?,
        None => shown(&mut members)?,
    };
    let replaces = outlet.held(&front, &headers);
    let input = Answer { waiting, shown, replaces, client: visit.client() };
    let logged_in = answer::answer(&front.app, input).await?;
    Ok(entered(&front, &outlet, &logged_in, StatusCode::OK))
}

fn shown(members: &mut Members) -> Result<Shown, Error> {
    if let Some(code) = members.secret("code")? {
        return Ok(Shown::Totp(code));
    }
    match members.secret("recovery_code")? {
        Some(code) => Ok(Shown::RecoveryCode(code)),
        None => Err(unfit("`code`, `recovery_code` or `passkey` is missing.").into()),
    }
}

/// The new session's tokens go where those of the caller's session went.
pub(in crate::http) async fn confirm(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let delivery = Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body);
    let outlet = Outlet::open(&front, &headers, delivery)?;
    let (replaces, client) = (outlet.held(&front, &headers), visit.client());
    let logged_in = match members.object("passkey")? {
        Some(passkey) => {
            let challenge_token = members.required_secret("challenge_token")?;
            let input = StepUpWithPasskey { challenge_token, passkey: passkey.into(), replaces, client };
            step_up_with_passkey(&front.app, &caller, input).await?
        }
        None => {
            let password = members.required_secret("password")?;
            step_up(&front.app, &caller, StepUp { password, replaces, client }).await?
        }
    };
    Ok(entered(&front, &outlet, &logged_in, StatusCode::OK))
}

pub(in crate::http) async fn list(
    State(front): State<Front>,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    let factors = manage::list(&front.app, &caller).await?;
    let totp = factors.totp.map(|totp| Totp {
        created_at: rfc_3339(totp.confirmed_at.unwrap_or(totp.created_at)),
        last_used_at: totp.last_used_at.map(rfc_3339),
    });
    let passkeys = factors.passkeys.into_iter().map(|passkey| Passkey {
        id: passkey.id.to_string(),
        name: passkey.name,
        created_at: rfc_3339(passkey.created_at),
        last_used_at: passkey.last_used_at.map(rfc_3339),
    });
    let codes = factors.recovery_codes;
    let recovery_codes =
        codes.map(|codes| Codes { left: codes.left, created_at: rfc_3339(codes.created_at) });
    let required = factors.required;
    Ok(Json(Factors { totp, passkeys: passkeys.collect(), recovery_codes, required }).into_response())
}

pub(in crate::http) async fn begin_totp(
    State(front): State<Front>,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    let new = enrol::begin_totp(&front.app, &caller).await?;
    let body = json!({ "secret": new.secret, "otpauth_uri": new.otpauth_uri, "qr_svg": new.qr_svg });
    Ok(unkept(StatusCode::CREATED, Json(body)))
}

pub(in crate::http) async fn confirm_totp(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let code = members.required_secret("code")?;
    let codes = enrol::confirm_totp(&front.app, &caller, code, visit.client()).await?;
    let body = codes.map_or_else(|| json!({}), |codes| json!({ "recovery_codes": codes }));
    Ok(unkept(StatusCode::OK, Json(body)))
}

pub(in crate::http) async fn remove_totp(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Error> {
    manage::remove_totp(&front.app, &caller, visit.client()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn renew_recovery_codes(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    let codes = manage::renew_recovery_codes(&front.app, &caller, visit.client()).await?;
    Ok(unkept(StatusCode::CREATED, Json(json!({ "recovery_codes": codes }))))
}

/// An answer that holds a secret and must not stay in any cache.
fn unkept(status: StatusCode, body: impl IntoResponse) -> Response {
    let mut answer = (status, body).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[derive(Serialize)]
struct Factors {
    totp: Option<Totp>,
    passkeys: Vec<Passkey>,
    recovery_codes: Option<Codes>,
    required: bool,
}

#[derive(Serialize)]
struct Totp {
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize)]
struct Passkey {
    id: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize)]
struct Codes {
    left: i64,
    created_at: String,
}
