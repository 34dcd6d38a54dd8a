//! `POST /v1/refresh`

use axum::{extract::State, response::Response};
use http::{HeaderMap, HeaderName};
use jotgate_token::{idempotency::IdempotencyKey, reason};

use crate::{
    error::{Error, Refused},
    flow::refresh::{Presented, Refresh, refresh},
    http::{
        body::{Members, OptionalMembers},
        deliver::{Outlet, refreshed},
        front::Front,
        origin::vouch,
        visit::Visit,
    },
};

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    OptionalMembers(mut members): OptionalMembers,
) -> Result<Response, Error> {
    let (presented, outlet) = presented(&front, &headers, &mut members)?;
    let input = Refresh {
        presented,
        key: idempotency_key(&headers)?,
        audience: members.audience()?,
        client: visit.client(),
    };
    let session = refresh(&front.app, input).await?;
    Ok(refreshed(&front, &outlet, &session))
}

/// The token of the body, else those of the cookies; the answer goes where the token came from.
fn presented(
    front: &Front,
    headers: &HeaderMap,
    members: &mut Members,
) -> Result<(Presented, Outlet), Error> {
    if let Some(token) = members.secret("refresh_token")? {
        return Ok((Presented::Body(token), Outlet::Body));
    }
    let tokens = front.cookies.refresh_tokens(headers);
    if tokens.is_empty() {
        return Err(Refused::new(&reason::TOKEN_MISSING)
            .detail("Neither the body nor a cookie holds a refresh token.")
            .hint("Send `{\"refresh_token\": \"...\"}`, or log in with `delivery: \"cookie\"` and send the cookies.")
            .into());
    }
    Ok((Presented::Cookies(tokens), Outlet::Cookies(vouch(front, headers)?)))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Error> {
    let mut lines = headers.get_all(IDEMPOTENCY_KEY).iter();
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        (Some(line), None) => line,
        (Some(_), Some(_)) => return Err((&reason::REQUEST_IDEMPOTENCY_KEY).into()),
    };
    let key = line.to_str().ok().and_then(|text| IdempotencyKey::parse(text).ok());
    key.map(Some).ok_or_else(|| (&reason::REQUEST_IDEMPOTENCY_KEY).into())
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
