//! `GET /v1/verify`, for proxies (nginx `auth_request`, Caddy `forward_auth`, HAProxy) and for guards.
//!
//! The demands stand in the query because a proxy's configuration writes them. One that is not understood is refused:
//! a misspelt demand would otherwise demand nothing, and the route behind the proxy would stand open.

use axum::{
    Json,
    extract::{OriginalUri, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jotgate_token::access::Scope;
use serde_json::json;

use crate::{
    error::Error,
    flow::verify::{Shown, Verified, Verify, verify},
    http::{bearer, body::unfit, front::Front, gate::set, origin::vouch},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(pairs) = query.map_err(|_| unfit("The query cannot be read."))?;
    let demands = Demands::of(pairs)?;
    let by_cookie = (!headers.contains_key(header::AUTHORIZATION)).then(|| in_cookie(&front, &headers));
    let shown = match by_cookie.flatten() {
        Some(shown) => {
            may_use_cookie(&front, &headers)?;
            shown
        }
        None => Shown::Token(bearer::token(&headers, &uri)?.into()),
    };
    let Demands { scope, roles, audience } = demands;
    let question = Verify { shown, scope, roles, audience };
    Ok(answer(&verify(&front.app, question).await?))
}

/// The access token first, because it says for which APIs it is.
fn in_cookie(front: &Front, headers: &HeaderMap) -> Option<Shown> {
    let token = front.cookies.access_token(headers).map(|token| Shown::Token(token.into()));
    token.or_else(|| front.cookies.page_token(headers).map(Shown::Page))
}

#[derive(Default)]
struct Demands {
    scope: Scope,
    roles: Vec<String>,
    audience: Vec<String>,
}

impl Demands {
    fn of(pairs: Vec<(String, String)>) -> Result<Self, Error> {
        let (mut demands, mut scope) = (Self::default(), Vec::new());
        for (name, value) in pairs {
            if value.is_empty() {
                return Err(unfit("A demand in the query is empty.")
                    .hint("a variable of the proxy that has no value is the usual cause")
                    .into());
            }
            match name.as_str() {
                "scope" => scope.push(value),
                "role" => demands.roles.push(value),
                "aud" => demands.audience.push(value),
                // With a header it is refused as the second token, without one it is not read: see `bearer`.
                "access_token" => {}
                _ => {
                    let refused = unfit("The query has a demand that is not known here.");
                    return Err(refused.expected("`scope`, `role` or `aud`").into());
                }
            }
        }
        let scope = scope.join(" ").parse();
        demands.scope = scope.map_err(|_| unfit("`scope` is not words with one space between."))?;
        Ok(demands)
    }
}

/// A cookie comes by itself with whatever request a page makes, so a request that may change something counts only from
/// a page of ours. The proxy has to say which method it asks about, because what arrives here is always a GET; one that
/// does not say is taken to ask about the worst. An `Origin` that is there must be ours in any case: WebSockets are GETs.
fn may_use_cookie(front: &Front, headers: &HeaderMap) -> Result<(), Error> {
    let methods = [&X_ORIGINAL_METHOD, &X_FORWARDED_METHOD].map(|name| headers.get_all(name));
    let mut methods = methods.iter().flatten().peekable();
    let is_told = methods.peek().is_some();
    let is_safe = |method: &HeaderValue| SAFE.iter().any(|safe| method == safe);
    if is_told && methods.all(is_safe) && !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    match vouch(front, headers) {
        Ok(_) => Ok(()),
        Err(Error::Refused(refused)) if !is_told => {
            let hint = "let the proxy send the method of the request it asks about as X-Original-Method";
            Err(refused.hint(hint).into())
        }
        Err(error) => Err(error),
    }
}

/// The headers are there also when they have nothing to say, so that a proxy that copies them overwrites what came from
/// outside under their names.
fn answer(verified: &Verified) -> Response {
    let Verified { claims, roles, epoch } = verified;
    let body = json!({
        "active": true, "sub": claims.sub, "sid": claims.sid, "client_id": claims.client_id, "aud": claims.aud,
        "scope": claims.scope, "roles": roles, "exp": claims.exp, "iat": claims.iat,
        "auth_time": claims.auth_time, "epoch": epoch,
    });
    let mut answer = Json(body).into_response();
    set(&mut answer, X_AUTH_SUBJECT, &claims.sub);
    set(&mut answer, X_AUTH_SESSION, claims.sid.as_deref().unwrap_or_default());
    set(&mut answer, X_AUTH_SCOPE, &claims.scope.to_string());
    set(&mut answer, X_AUTH_ROLES, &roles.join(" "));
    answer
}

const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];
const X_ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const X_AUTH_SUBJECT: HeaderName = HeaderName::from_static("x-auth-subject");
const X_AUTH_SESSION: HeaderName = HeaderName::from_static("x-auth-session");
const X_AUTH_SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");
const X_AUTH_ROLES: HeaderName = HeaderName::from_static("x-auth-roles");
