//! `POST /v1/logout` and `POST /v1/logout/all`

use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};

use crate::{
    error::Error,
    flow::{
        authenticate::authenticate,
        log_out::{LogOut, log_out, log_out_caller, log_out_everywhere},
        refresh::Presented,
    },
    http::{
        bearer::{self, Bearer},
        body::{Members, OptionalMembers},
        front::Front,
        origin::vouch,
        visit::Visit,
    },
};

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    uri: Uri,
    headers: HeaderMap,
    OptionalMembers(mut members): OptionalMembers,
) -> Result<Response, Error> {
    let client = visit.client();
    match presented(&front, &headers, &mut members)? {
        Some(presented) => log_out(&front.app, LogOut { presented, client }).await?,
        None => {
            let caller = authenticate(&front.app, bearer::token(&headers, &uri)?).await?;
            log_out_caller(&front.app, &caller, client).await?;
        }
    }
    Ok(gone(&front, &headers))
}

/// `/v1/logout/all`
pub(in crate::http) async fn everywhere(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    log_out_everywhere(&front.app, &caller, visit.client()).await?;
    Ok(gone(&front, &headers))
}

fn presented(front: &Front, headers: &HeaderMap, members: &mut Members) -> Result<Option<Presented>, Error> {
    if let Some(token) = members.secret("refresh_token")? {
        return Ok(Some(Presented::Body(token)));
    }
    if front.cookies.refresh_tokens(headers).is_empty() {
        return Ok(None);
    }
    // Because any page could otherwise log people out.
    vouch(front, headers)?;
    Ok(Some(Presented::Cookies(front.cookies.held(headers))))
}

/// 204, with the cookies cleared where a page of ours asked: a foreign one must not change cookies at all.
pub(in crate::http) fn gone(front: &Front, headers: &HeaderMap) -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if let Ok(vouched) = vouch(front, headers) {
        front.cookies.clear_all(&mut answer, &vouched);
    }
    answer
}
