//! An issuer in process, whose documents and mood a test decides, and requests to a guarded router.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    routing::get,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use jotgate_guard::{Answering, Caller, Fetch, FetchBody, FetchError, Guard, GuardBuilder};
use jotgate_jose::{Algorithm, JwkSet, SigningKey, jwt::Signer};
use jotgate_token::{Clock, access};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
pub(crate) const NOW: i64 = 1_800_000_000;

/// The time at which every test stands.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now_ms(&self) -> i64 {
        NOW * 1000
    }
}

/// An issuer with documents by path. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Issuer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: BTreeMap<String, Canned>,
    is_down: bool,
    seen: Vec<String>,
}

#[derive(Clone)]
struct Canned {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Issuer {
    /// One that publishes the public halves of these keys.
    pub(crate) fn with(keys: &[&SigningKey]) -> Self {
        let issuer = Self::default();
        issuer.answer("/.well-known/oauth-authorization-server", &metadata(ISSUER).to_string());
        issuer.publish(keys);
        issuer
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        self.answer("/.well-known/jwks.json", &jwks(keys));
    }

    /// 200 with this text.
    pub(crate) fn answer(&self, path: &str, body: &str) {
        self.answer_with(path, 200, &[("cache-control", "max-age=300")], body);
    }

    pub(crate) fn answer_with(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let canned = Canned { status, headers, body: body.to_owned() };
        self.0.lock().unwrap().answers.insert(path.to_owned(), canned);
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.0.lock().unwrap().is_down = is_down;
    }

    /// The paths asked for since the last call.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().seen)
    }

    /// How often this path was asked for since the last [`Self::seen`].
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.0.lock().unwrap().seen.iter().filter(|seen| *seen == path).count()
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.asked("/.well-known/jwks.json")
    }
}

impl Fetch for Issuer {
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
        let mut state = self.0.lock().unwrap();
        let path = request.uri().path().to_owned();
        let answer = state.answers.get(&path).cloned();
        let is_down = state.is_down;
        state.seen.push(path);
        Box::pin(async move {
            if is_down {
                return Err(FetchError::Unreachable("the test says so".into()));
            }
            let nothing = Canned { status: 404, headers: Vec::new(), body: String::new() };
            let Canned { status, headers, body } = answer.unwrap_or(nothing);
            let mut answer = Response::new(FetchBody::full(body));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            Ok(answer)
        })
    }
}

pub(crate) fn metadata(issuer: &str) -> Value {
    json!({"issuer": issuer, "jwks_uri": format!("{issuer}/.well-known/jwks.json"), "response_types_supported": []})
}

pub(crate) fn jwks(keys: &[&SigningKey]) -> String {
    JwkSet::new(keys.iter().map(|key| key.public_jwk().unwrap())).to_json().unwrap()
}

pub(crate) fn key(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap().with_kid(kid)
}

/// The claims of a good token.
pub(crate) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "0197", "exp": NOW + 900, "iat": NOW, "jti": "0198",
        "client_id": "first-party", "sid": "0199", "epoch": 1, "scope": "posts:read", "roles": ["editor"],
        "auth_time": NOW, "tenant": "north"})
}

/// A good token, but for what `change` does.
pub(crate) fn token(key: &SigningKey, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims();
    change(&mut claims);
    Signer::new(key.clone(), access::TYP).unwrap().sign(&claims).unwrap()
}

pub(crate) fn good(key: &SigningKey) -> String {
    token(key, |_| {})
}

/// A guard of this issuer, without the feed.
pub(crate) fn builder(issuer: &Issuer) -> GuardBuilder {
    following(issuer).without_feed()
}

/// A guard of this issuer that follows its feed.
pub(crate) fn following(issuer: &Issuer) -> GuardBuilder {
    Guard::new(ISSUER, AUDIENCE).clock(Noon).fetch(issuer.clone())
}

/// A guard that has its keys.
pub(crate) async fn started(issuer: &Issuer) -> Guard {
    let guard = builder(issuer).start().unwrap();
    guard.ready().await;
    guard
}

/// A route that says who called.
pub(crate) fn app(guard: &Guard) -> Router {
    Router::new().route("/", get(whoami).post(whoami)).layer(guard.layer())
}

async fn whoami(caller: Caller) -> String {
    caller.claims().sub.clone()
}

pub(crate) fn bearer(token: &str) -> Request<Body> {
    Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap()
}

/// Status, reason (or the body of a good answer), and the challenge.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) said: String,
    pub(crate) challenge: Option<String>,
    pub(crate) retry_after: Option<u64>,
}

impl Answer {
    pub(crate) fn short(&self) -> (u16, &str) {
        (self.status, &self.said)
    }
}

pub(crate) async fn ask(app: &Router, request: Request<Body>) -> Answer {
    let answer = app.clone().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let header = |name| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let challenge = header(header::WWW_AUTHENTICATE);
    let retry_after = header(header::RETRY_AFTER).map(|seconds| seconds.parse().unwrap());
    let is_problem = header(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    let status = head.status.as_u16();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let said = match is_problem {
        true => serde_json::from_slice::<Value>(&body).unwrap()["reason"].as_str().unwrap().to_owned(),
        false => String::from_utf8(body.to_vec()).unwrap(),
    };
    Answer { status, said, challenge, retry_after }
}
