//! One request for a token: how it is put together, and how its answer is read (RFC 6749 sections 2.3.1, 4.4 and 5,
//! RFC 7521 section 4.2).

use std::{fmt::Write as _, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use jotgate_jose::{jwt::Signer, primitive::base64url};
use jotgate_token::{Clock, Random, assertion, random};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    Wanted,
    held::{Held, Life, SourceError, SourceToken},
};
use crate::fetch::{Bounds, Fetch, FetchError, send};

/// Everything a request needs.
pub(super) struct Grant {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) endpoint: String,
    pub(super) identity: Identity,
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// What shows who the client is.
pub(super) enum Identity {
    Basic(HeaderValue),
    Signer(Box<Signer>),
}

/// What both clocks show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) monotonic: Instant,
    pub(super) wall: i64,
}

/// Why not, and when the issuer wants to be asked again.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    pub(super) error: SourceError,
    pub(super) retry_after: Option<Duration>,
}

impl Grant {
    #[expect(
        clippy::disallowed_methods,
        reason = "only durations are measured; the wall clock is an argument"
    )]
    pub(super) fn now(&self) -> Now {
        Now { monotonic: Instant::now(), wall: self.clock.now_ms() }
    }

    /// A random part of one: renewals and retries of many programs must not fall on one moment.
    pub(super) fn part(&self) -> f64 {
        f64::from(u16::from_be_bytes(random::array(&*self.random))) / 65_536.0
    }

    /// Asks for a token.
    pub(super) async fn ask(&self, wanted: &Wanted) -> Result<SourceToken, Failed> {
        // Before the request, because the life of a token begins when the issuer makes it.
        let now = self.now();
        let plain = |error: SourceError| Failed { error, retry_after: None };
        let request = self.request(wanted, now.wall).map_err(plain)?;
        let answer = send(&*self.fetch, request, BOUNDS).await.map_err(|error| plain(error.into()))?;
        if answer.status() != StatusCode::OK {
            return Err(refused(&answer));
        }
        self.read(&answer, now).map_err(|why| plain(FetchError::Unusable(why.into()).into()))
    }

    fn request(&self, wanted: &Wanted, now_ms: i64) -> Result<Request<Bytes>, SourceError> {
        let mut form = String::from("grant_type=client_credentials");
        let mut add = |name: &str, value: &str| {
            write!(form, "&{name}={}", encoded(value)).expect("writing to a String cannot fail");
        };
        if let Some(scope) = &wanted.scope {
            add("scope", scope);
        }
        if let Some(audience) = &wanted.audience {
            add("audience", audience);
        }
        if let Identity::Signer(signer) = &self.identity {
            let now = now_ms.div_euclid(1000);
            let claims = assertion::Claims::new(&self.client_id, &self.issuer, &*self.random, now);
            let text = signer.sign(&claims).map_err(|error| SourceError::Assertion(error.to_string()))?;
            add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            add("client_assertion", &text);
        }
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() =
            self.endpoint.parse().map_err(|_| FetchError::Unusable("an address that is none".into()))?;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Identity::Basic(line) = &self.identity {
            headers.insert(header::AUTHORIZATION, line.clone());
        }
        Ok(request)
    }

    fn read(&self, answer: &Response<Bytes>, now: Now) -> Result<SourceToken, &'static str> {
        let said: Said = serde_json::from_slice(answer.body()).map_err(|_| "it is no token in JSON")?;
        if !said.token_type.eq_ignore_ascii_case("bearer") {
            return Err("the token is of another type than Bearer");
        }
        let mut header = HeaderValue::try_from(format!("Bearer {}", said.access_token))
            .map_err(|_| "the token fits into no header")?;
        header.set_sensitive(true);
        let seconds = said.expires_in.unwrap_or(UNSAID).min(LONGEST);
        if seconds == 0 {
            return Err("the token has expired");
        }
        let whole = Duration::from_secs(seconds);
        // On its way to the API it must not expire.
        let until = whole - (whole / 10).min(Duration::from_secs(5));
        let renew = whole.mul_f64(0.8 - 0.1 * self.part());
        let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        let Now { monotonic, wall } = now;
        Ok(SourceToken::new(Held {
            text: said.access_token,
            header,
            life: Life { since: monotonic, renew: monotonic + renew, until: monotonic + until },
            wall: Life { since: wall, renew: wall + ms(renew), until: wall + ms(until) },
        }))
    }
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they become one text.
pub(super) fn basic(client_id: &str, secret: &str) -> HeaderValue {
    let both = format!("{}:{}", encoded(client_id), encoded(secret));
    let text = base64url::encode(both.as_bytes()).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    let line = format!("Basic {text}{padding}");
    let mut line = HeaderValue::try_from(line).expect("base64 is visible ASCII");
    line.set_sensitive(true);
    line
}

/// As in a form, with everything encoded that any reader could take for a sign.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            other => write!(out, "%{other:02X}").expect("writing to a String cannot fail"),
        }
        out
    })
}

fn refused(answer: &Response<Bytes>) -> Failed {
    let said: Refusal = serde_json::from_slice(answer.body()).unwrap_or_default();
    let seconds =
        answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let short = |text: Option<String>| -> String {
        let text = text.unwrap_or_default();
        text.chars().filter(|c| matches!(c, ' '..='~')).take(300).collect()
    };
    let status = answer.status().as_u16();
    let error =
        SourceError::Refused { status, error: short(said.error), description: short(said.error_description) };
    Failed { error, retry_after: seconds.map(Duration::from_secs) }
}

#[derive(Deserialize)]
struct Said {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

const BOUNDS: Bounds = Bounds::bytes(64 * 1024);

/// The life of a token whose issuer does not tell it, in seconds.
const UNSAID: u64 = 60;

/// No token is kept longer, in seconds.
const LONGEST: u64 = 24 * 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_secret_are_encoded_before_they_are_joined() {
        assert_eq!(encoded("a b:c+ä~"), "a%20b%3Ac%2B%C3%A4%7E");
        let line = basic("a:b", "p%");
        assert_eq!(line.to_str().unwrap(), "Basic YSUzQWI6cCUyNQ==");
        assert!(line.is_sensitive());
    }
}
