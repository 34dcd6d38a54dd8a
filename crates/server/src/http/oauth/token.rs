//! `POST /oauth/token`, with the one grant `client_credentials` (RFC 6749 section 4.4, RFC 8707).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use jotgate_token::reason;
use serde_json::json;

use super::{
    credentials::credentials,
    form::{Parameters, has, invalid},
    refusal::BASIC,
};
use crate::{
    error::{Error, Refused},
    flow::client_token::{ClientToken, client_token},
    http::{front::Front, visit::Visit},
};

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    form: Result<Parameters, Error>,
) -> Response {
    let answer = match form {
        Ok(form) => grant(&front, &visit, &headers, form).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => answer,
        Err(error) => {
            let is_ours =
                matches!(&error, Error::Refused(why) if why.reason.code == reason::OAUTH_INVALID_CLIENT.code);
            let mut answer = error.into_response();
            // The challenge fits what was tried: a client that used no header is not taught another way by it.
            if is_ours && has(&headers, header::AUTHORIZATION) {
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, BASIC);
            }
            answer
        }
    }
}

async fn grant(
    front: &Front,
    visit: &Visit,
    headers: &HeaderMap,
    mut form: Parameters,
) -> Result<Response, Error> {
    match form.take("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            let refused = Refused::new(&reason::OAUTH_UNSUPPORTED_GRANT_TYPE);
            return Err(refused.expected("client_credentials").into());
        }
        None => return Err(invalid("`grant_type` is missing.").expected("client_credentials").into()),
    }
    let credentials = credentials(headers, &mut form)?;
    let mut audience = form.take_all("resource");
    if audience.iter().any(|one| one.contains('#')) {
        return Err(Refused::new(&reason::OAUTH_INVALID_TARGET).detail("`resource` has a fragment.").into());
    }
    audience.extend(form.take("audience"));
    let asked = ClientToken { credentials, scope: form.take("scope"), audience, from: visit.client() };
    let issued = client_token(&front.app, asked).await?;
    let body = json!({
        "access_token": issued.access_token.expose(), "token_type": "Bearer", "expires_in": issued.expires_in,
        "scope": issued.scope,
    });
    // For caches of the time before `no-store`, as RFC 6749 section 5.1 wants it.
    let pragma = (header::PRAGMA, "no-cache");
    Ok(([pragma, (header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
