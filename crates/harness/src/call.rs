//! One request to a [`TestApp`] and its answer, shown in a form that does not change from run to run.

use std::{fmt::Write as _, net::IpAddr};

use axum::{body::Body, extract::Request};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt;
use jotgate_server::http::Peer;
use serde_json::Value;
use tower::ServiceExt;

use crate::{TestApp, test_app::PEER};

/// A request that is being put together.
pub struct Call<'a> {
    app: &'a TestApp,
    request: http::request::Builder,
    body: Vec<u8>,
    peer: IpAddr,
}

impl<'a> Call<'a> {
    pub(crate) fn new(app: &'a TestApp, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path);
        let host = app.app.config.issuer.authority().to_owned();
        Self { app, request, body: Vec::new(), peer: PEER }.header("host", &host)
    }

    /// Adds a header line; `host` and `content-type` replace the one that is there.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("tests send header names");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("tests send header values");
        if let Some(headers) = self.request.headers_mut() {
            match name {
                header::HOST | header::CONTENT_TYPE => drop(headers.insert(name, value)),
                name => drop(headers.append(name, value)),
            }
        }
        self
    }

    /// Leaves a header out.
    pub fn without(mut self, name: &str) -> Self {
        if let Some(headers) = self.request.headers_mut() {
            headers.remove(name);
        }
        self
    }

    /// Adds the access token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds cookies, as a browser that got them would.
    pub fn cookies(self, cookies: &[(String, String)]) -> Self {
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { self } else { self.header("cookie", &pairs.join("; ")) }
    }

    /// Sends JSON.
    pub fn json(self, body: &Value) -> Self {
        for name in
            ["password", "current", "new", "refresh_token", "challenge_token", "mfa_token", "recovery_code"]
        {
            if let Some(secret) = body.get(name).and_then(Value::as_str) {
                self.app.remember(secret);
            }
        }
        self.body("application/json", body.to_string())
    }

    /// Sends a body.
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-type", kind).without("content-length").header("content-length", &length)
    }

    /// Sends from this address.
    pub fn from(mut self, peer: &str) -> Self {
        self.peer = peer.parse().expect("tests send from addresses");
        self
    }

    /// Sends it and hands out the answer with its body still to come.
    pub async fn open(self) -> http::Response<Body> {
        let mut request = self.request.body(Body::from(self.body)).expect("tests send requests");
        request.extensions_mut().insert(Peer((self.peer, 4711).into()));
        self.app.router().oneshot(request).await.expect("a router always answers")
    }

    /// Sends it and remembers every token in the answer.
    pub async fn send(self) -> Answer {
        let app = self.app;
        let (parts, body) = self.open().await.into_parts();
        let body = body.collect().await.expect("an answer has a whole body").to_bytes().to_vec();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        for code in answer.json_if_any()["recovery_codes"].as_array().into_iter().flatten() {
            code.as_str().into_iter().for_each(|code| app.remember(code));
        }
        for name in ["access_token", "refresh_token", "client_secret", "mfa_token", "secret", "otpauth_uri"] {
            if let Some(token) = answer.json_if_any().get(name).and_then(Value::as_str) {
                app.remember(token);
            }
        }
        answer.cookies().iter().for_each(|(_, value)| app.remember(value));
        answer
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    fn json_if_any(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A text member of the body.
    pub fn member(&self, name: &str) -> String {
        let json = self.json();
        json[name].as_str().unwrap_or_else(|| panic!("no text {name} in {}", self.text())).to_owned()
    }

    /// The reason of a refusal.
    pub fn reason(&self) -> String {
        self.json_if_any()["reason"].as_str().unwrap_or("no reason").to_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookies that the answer sets, without those that it clears.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.filter_map(|line| line.split(';').next()?.split_once('='));
        let set = pairs.filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Status, the headers that say something, and the body, with everything that changes from run to run blanked.
    pub fn shown(&self) -> String {
        let mut out = format!("{} {}\n", self.status, self.header("content-type")).replace(" \n", "\n");
        for name in SHOWN {
            for value in self.headers.get_all(*name) {
                let value = value.to_str().unwrap_or("unreadable");
                let _ = writeln!(
                    out,
                    "{name}: {}",
                    if *name == "set-cookie" { blank_cookie(value) } else { value.into() }
                );
            }
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut json) => {
                blank(&mut json);
                out.push_str(&serde_json::to_string_pretty(&json).unwrap_or_default());
            }
            Err(_) => out.push_str(&self.text()),
        }
        out.trim_end().to_owned()
    }
}

/// The one text that all of these are: both engines have to answer alike.
///
/// # Panics
/// When they differ, or when there are none.
pub fn agreed(shown: Vec<String>) -> String {
    let first = shown.first().expect("something was shown").clone();
    shown.into_iter().for_each(|other| assert_eq!(other, first, "the answers differ"));
    first
}

fn blank(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(name) = changing(text) {
                *text = name.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blank),
        Value::Object(members) => members.values_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn changing(text: &str) -> Option<&'static str> {
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid =
        text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex);
    let time = text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T';
    match text {
        _ if uuid => Some("[uuid]"),
        _ if time => Some("[time]"),
        _ if text.starts_with("jgr_") => Some("[refresh token]"),
        _ if text.starts_with("eyJ") => Some("[access token]"),
        _ if text.len() == 43 && !text.contains([' ', '.', ':']) => Some("[page token]"),
        _ => None,
    }
}

fn blank_cookie(line: &str) -> String {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    format!("{name}={};{attributes}", changing(value).unwrap_or(value))
}

const SHOWN: &[&str] = &["www-authenticate", "retry-after", "allow", "location", "set-cookie"];
