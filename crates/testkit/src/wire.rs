//! The test issuer's answers, through the edge a guard has to the network: metadata, keys, feed, and one token asked for.
//! Spec: RFC 8414, RFC 7517; the feed has its page, `docs/revocation-feed.md`.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use jotgate_guard::{Answering, Fetch, FetchBody};
use jotgate_token::access::{Verified, Verifier};
use jotgate_token::revocation::Kind;
use serde_json::{Value, json};

use crate::TestIssuer;
use crate::feed::LEEWAY;

impl Fetch for TestIssuer {
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
        Box::pin(std::future::ready(Ok(self.answer(&request))))
    }
}

impl TestIssuer {
    fn answer(&self, request: &Request<Bytes>) -> Response<FetchBody> {
        if self.is_down() {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "down, as the test asked for");
        }
        match request.uri().path() {
            "/.well-known/oauth-authorization-server" => json(StatusCode::OK, &self.metadata()),
            "/.well-known/jwks.json" => plain(StatusCode::OK, "application/json", self.jwks()),
            "/v1/revocations/keys" => plain(StatusCode::OK, "application/json", self.feed().jwks()),
            "/v1/revocations" if accepts_events(request.headers()) => self.events(request),
            "/v1/revocations" => plain(StatusCode::OK, "application/jwt", self.feed().snapshot(self.now())),
            "/v1/verify" => self.verify(request),
            _ => plain(StatusCode::NOT_FOUND, "text/plain", "the test issuer has no such address"),
        }
    }

    /// What stands at `/.well-known/oauth-authorization-server`.
    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer());
        json!({
            "issuer": self.issuer(),
            "jwks_uri": at("/.well-known/jwks.json"),
            "revocations_uri": at("/v1/revocations"),
            "revocations_jwks_uri": at("/v1/revocations/keys"),
            "revocations_leeway": LEEWAY,
        })
    }

    fn events(&self, request: &Request<Bytes>) -> Response<FetchBody> {
        let from = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
        let stream = self.feed().stream(query(request.uri(), "nonce"), from, self.now());
        with_type(StatusCode::OK, "text/event-stream", FetchBody::new(stream))
    }

    /// Whether one token is good right now.
    fn verify(&self, request: &Request<Bytes>) -> Response<FetchBody> {
        let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = sent.and_then(|sent| sent.strip_prefix("Bearer ")).unwrap_or_default();
        let audience = query(request.uri(), "aud").unwrap_or_else(|| self.audience().to_owned());
        let verdict = Verifier::new(self.issuer(), &audience).verify(token, &self.keys(), self.now());
        let claims = match verdict.map(Verified::into_claims) {
            Ok(claims) => claims,
            Err(error) => return problem(error.reason().code()),
        };
        let is_ended = claims.sid.as_deref().is_some_and(|sid| self.feed().has(Kind::Session, sid));
        match () {
            () if is_ended => problem("revoked.session"),
            () if self.feed().has(Kind::Token, &claims.jti) => problem("revoked.token"),
            () if claims.epoch < self.epoch_of(&claims.sub) => problem("revoked.subject"),
            () => json(
                StatusCode::OK,
                &json!({
                    "active": true, "sub": claims.sub, "sid": claims.sid, "client_id": claims.client_id,
                    "aud": claims.aud, "scope": claims.scope.to_string(), "roles": claims.roles,
                    "exp": claims.exp, "iat": claims.iat, "auth_time": claims.auth_time, "epoch": claims.epoch,
                }),
            ),
        }
    }
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/event-stream")
}

fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)?;
    decoded(value)
}

/// RFC 3986 section 2.1.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut out) = (text.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn problem(code: &str) -> Response<FetchBody> {
    json(StatusCode::UNAUTHORIZED, &json!({ "status": 401, "reason": code }))
}

fn json(status: StatusCode, value: &Value) -> Response<FetchBody> {
    plain(status, "application/json", value.to_string())
}

fn plain(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<FetchBody> {
    with_type(status, kind, FetchBody::full(body))
}

fn with_type(status: StatusCode, kind: &'static str, body: FetchBody) -> Response<FetchBody> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_by_name_and_decoded() {
        let uri: Uri = "https://id.example/v1/verify?a=1&aud=https%3A%2F%2Fapi.example".parse().unwrap();
        assert_eq!(query(&uri, "aud").as_deref(), Some("https://api.example"));
        assert_eq!(query(&uri, "b"), None);
        assert_eq!(decoded("%zz"), None);
    }
}
