//! Who may use what is meant for the person at this machine, such as the debugger: loopback all the way, or an
//! administrator.
//!
//! Because a loopback issuer alone proves little: a tunnel or a proxy in front of it brings strangers in. So the
//! issuer, the connection's other end and the Host must be loopback, and nobody may have forwarded the request.

use axum::{extract::FromRequestParts, http::request};
use http::{HeaderName, header};
use jotgate_token::reason;

use super::{bearer, front::Front, layer::host, origin::vouch, visit::Visit};
use crate::{
    config::Origin,
    error::{Error, Refused},
    flow::{authenticate::authenticate, delete_user::ADMIN},
};

/// Proof that the request came from this machine, or with the access token of an administrator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trusted(());

/// Whether the request came from this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local(bool);

impl Local {
    pub(super) fn is_local(self) -> bool {
        self.0
    }
}

impl FromRequestParts<Front> for Local {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let visit = Visit::from_request_parts(parts, front).await?;
        Ok(Self(is_local(front, &visit, parts)))
    }
}

impl FromRequestParts<Front> for Trusted {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let visit = Visit::from_request_parts(parts, front).await?;
        let headers = &parts.headers;
        if is_local(front, &visit, parts) {
            let tells = headers.contains_key(header::ORIGIN) || headers.contains_key(&SEC_FETCH_SITE);
            if !parts.method.is_safe() && tells {
                vouch(front, headers)?;
            }
            return Ok(Self(()));
        }
        let token = match front.cookies.access_token(headers) {
            Some(token) if !headers.contains_key(header::AUTHORIZATION) => {
                if !parts.method.is_safe() {
                    vouch(front, headers)?;
                }
                token
            }
            _ => bearer::token(headers, &parts.uri).map_err(explained)?,
        };
        authenticate(&front.app, token).await?.require_role(ADMIN)?;
        Ok(Self(()))
    }
}

fn is_local(front: &Front, visit: &Visit, parts: &request::Parts) -> bool {
    let host = host::named(&parts.uri, &parts.headers)
        .and_then(|host| Origin::parse(&format!("http://{host}")).ok());
    front.app.config.issuer.is_loopback()
        // Without forwarding headers this is the connection's other end.
        && visit.ip().is_loopback()
        && host.is_some_and(|host| host.is_loopback())
        && FORWARDING.iter().all(|name| !parts.headers.contains_key(name))
}

fn explained(error: Error) -> Error {
    match error {
        Error::Refused(refused) if *refused.reason == reason::TOKEN_MISSING && refused.hint.is_none() => {
            Refused::new(&reason::TOKEN_MISSING)
                .detail("This page is for administrators, or for the machine the server runs on.")
                .hint(
                    "Send `Authorization: Bearer` with an administrator's access token for this server, or run \
                     `jotgate serve` on your own machine and open it there, without a proxy in between.",
                )
                .into()
        }
        other => other,
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const FORWARDING: [HeaderName; 6] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];
