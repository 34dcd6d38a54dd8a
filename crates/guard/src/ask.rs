//! Asking the issuer about one token: `GET /v1/verify`, for the policy `Introspect` and for `fresh_within`.
//!
//! The only way in which a request through a guard makes one of its own. A good answer is remembered for as long as
//! the caller can bear, a bad one never; no answer is no permission.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jotgate_jose::primitive::sha256;
use jotgate_token::{access::AccessClaims, reason};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    Refused,
    address::Origin,
    fetch::{Bounds, Fetch, FetchError, send},
};

/// Asks one issuer for one audience.
pub(crate) struct Asker {
    fetch: Arc<dyn Fetch>,
    url: String,
    /// When a token was found good, by its hash.
    good: Mutex<HashMap<[u8; 32], Instant>>,
}

impl Asker {
    pub(crate) fn new(fetch: Arc<dyn Fetch>, issuer: &Origin, audience: &str) -> Self {
        let url = format!("{}/v1/verify?aud={}", issuer.as_str(), encoded(audience));
        Self { fetch, url, good: Mutex::default() }
    }

    /// Whether the token was found good no longer ago than this.
    pub(crate) fn is_known_good(&self, token: &str, most_age: Duration) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.get(&sha256(token.as_bytes())).is_some_and(|at| at.elapsed() < most_age)
    }

    /// Asks.
    ///
    /// # Errors
    /// The issuer's reason against the token; `revocations.stale` when it does not answer as it should.
    #[expect(clippy::disallowed_methods, reason = "only a duration is measured")]
    pub(crate) async fn ask(&self, token: &str, claims: &AccessClaims) -> Result<(), Refused> {
        // Before the question, because what the issuer says is as old as its answer is long on its way.
        let asked_at = Instant::now();
        let answer = match self.answer(token).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(target: "jotgate_guard", %error, "the issuer could not be asked about a token");
                return Err(no_answer());
            }
        };
        read(&answer, claims)?;
        self.remember(token, asked_at);
        Ok(())
    }

    async fn answer(&self, token: &str) -> Result<Response<Bytes>, FetchError> {
        let unusable = |_| FetchError::Unusable("a token that is no header".into());
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}")).map_err(unusable)?;
        authorization.set_sensitive(true);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() =
            self.url.parse().map_err(|_| FetchError::Unusable("an address that is none".into()))?;
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        send(&*self.fetch, request, BOUNDS).await
    }

    fn remember(&self, token: &str, asked_at: Instant) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.len() >= MOST_REMEMBERED {
            good.retain(|_, at| at.elapsed() < BRIEF);
        }
        if good.len() >= MOST_REMEMBERED {
            good.clear();
        }
        good.insert(sha256(token.as_bytes()), asked_at);
    }
}

/// Only the issuer's own words count, because a page of some proxy in between is a 200 too.
fn read(answer: &Response<Bytes>, claims: &AccessClaims) -> Result<(), Refused> {
    match answer.status().as_u16() {
        200 => {
            let said: Option<Active> = serde_json::from_slice(answer.body()).ok();
            let is_good = said.is_some_and(|said| said.active && said.sub == claims.sub);
            is_good.then_some(()).ok_or_else(no_answer)
        }
        status @ (401 | 403) => {
            let said: Option<Problem> = serde_json::from_slice(answer.body()).ok();
            let reason = said.and_then(|said| reason::by_code(&said.reason));
            Err(reason.filter(|reason| reason.status == status).map_or_else(no_answer, Refused::new))
        }
        _ => Err(no_answer()),
    }
}

#[derive(Deserialize)]
struct Active {
    active: bool,
    sub: String,
}

#[derive(Deserialize)]
struct Problem {
    reason: String,
}

fn no_answer() -> Refused {
    Refused::new(&reason::REVOCATIONS_STALE)
        .detail(
            "Whether the token was taken back could not be asked of its issuer. The token may well be good.",
        )
        .retry_after(2)
}

/// A value for a query (RFC 3986 section 2).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

const BOUNDS: Bounds = Bounds::bytes(64 * 1024);
const MOST_REMEMBERED: usize = 10_000;
/// What is kept when there is no room for all.
const BRIEF: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_one_value_of_the_query() {
        assert_eq!(encoded("https://api.example/a?b&c=d"), "https%3A%2F%2Fapi.example%2Fa%3Fb%26c%3Dd");
        assert_eq!(encoded("é"), "%C3%A9");
    }
}
