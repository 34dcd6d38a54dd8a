//! `GET /v1/revocations` and `/v1/revocations/keys`: the feed for verifiers that never ask (`docs/revocation-feed.md`).
//!
//! One address, two forms: whoever accepts `text/event-stream` gets the events as they come, everybody else a snapshot.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::Body,
    extract::{OriginalUri, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use hyper::body::Frame;
use jotgate_token::{access::Scope, revocation::is_nonce};

use crate::{
    app::feed::Stream,
    config::RevocationsAccess,
    error::Error,
    flow::{
        revocations::{Follow, follow, snapshot},
        verify::{Shown, Verify, verify},
    },
    http::{accept, bearer, body::unfit, front::Front, visit::Visit, well_known},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    visit: Visit,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Error> {
    admit(&front, &headers, &uri).await?;
    let mut answer = if accept::names(&headers, header::ACCEPT, "text/event-stream") {
        let nonce = nonce(query)?;
        // A place nobody can read is none at all: the follower then loads a snapshot.
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
        let (first, stream) = follow(&front.app, Follow { nonce, last, ip: visit.ip() }).await?;
        events(first, stream)
    } else {
        whole(&front, &headers).await?
    };
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    Ok(answer)
}

pub(in crate::http) async fn keys(State(front): State<Front>, headers: HeaderMap) -> Response {
    let keys = front.app.keyring.signing().feed_jwks.clone();
    well_known::document(&headers, keys.into_bytes(), "application/jwk-set+json")
}

/// With `access = "clients"` only a token for this server with the scope `revocations` opens the feed.
async fn admit(front: &Front, headers: &HeaderMap, uri: &Uri) -> Result<(), Error> {
    if front.app.config.revocations.access == RevocationsAccess::Public {
        return Ok(());
    }
    let scope: Scope = "revocations".parse().map_err(|_| Error::Internal("a scope of one word".into()))?;
    let shown = Shown::Token(bearer::token(headers, uri)?.into());
    let audience = vec![front.app.config.issuer.as_str().to_owned()];
    verify(&front.app, Verify { shown, scope, roles: Vec::new(), audience }).await.map(drop)
}

fn nonce(query: Result<Query<Vec<(String, String)>>, QueryRejection>) -> Result<Option<String>, Error> {
    let Query(pairs) = query.map_err(|_| unfit("The query cannot be read."))?;
    let mut nonces = pairs.into_iter().filter(|(name, _)| name == "nonce").map(|(_, nonce)| nonce);
    match (nonces.next(), nonces.next()) {
        (None, _) => Ok(None),
        (Some(nonce), None) if is_nonce(&nonce) => Ok(Some(nonce)),
        _ => {
            let refused = unfit("`nonce` is not one word that can be echoed.");
            Err(refused.expected("16 to 64 characters of base64url").into())
        }
    }
}

async fn whole(front: &Front, headers: &HeaderMap) -> Result<Response, Error> {
    let snapshot = snapshot(&front.app).await?;
    let gzip = accept::names(headers, header::ACCEPT_ENCODING, "gzip");
    let (body, tag) = match gzip {
        true => (&snapshot.gzip, format!("\"{}.gz\"", snapshot.tag)),
        false => (&snapshot.plain, format!("\"{}\"", snapshot.tag)),
    };
    let caching = match front.app.config.revocations.access {
        RevocationsAccess::Public => HeaderValue::from_static("public, max-age=1"),
        RevocationsAccess::Clients => HeaderValue::from_static("private, max-age=1"),
    };
    let mut answer = well_known::tagged(headers, &tag, body.clone(), "application/jwt", &caching);
    if gzip {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(answer)
}

fn events(first: Bytes, stream: Stream) -> Response {
    let mut answer = Body::new(Events { first: Some(first), stream }).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would collect events until it has 4 KiB of them.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    answer
}

/// The body of a stream: one event, then those that come.
struct Events {
    first: Option<Bytes>,
    stream: Stream,
}

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let next = ready!(self.stream.live.poll_recv(cx));
        Poll::Ready(next.map(|event| Ok(Frame::data(event))))
    }
}
