//! `/`: where a newcomer lands. Whoever runs it on this machine finds lines that work when pasted into a shell.

use askama::Template;
use axum::{extract::State, response::Response};

use super::frame::Frame;
use crate::{
    config::SignupMode,
    error::Error,
    http::{front::Front, local::Local},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    frame: Frame,
    local: Local,
) -> Result<Response, Error> {
    let config = &front.app.config;
    let issuer = config.issuer.as_str();
    frame.page(&Home {
        frame: &frame,
        issuer,
        open: config.signup.mode != SignupMode::Closed,
        steps: if local.is_local() { curl_steps(issuer) } else { Vec::new() },
    })
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: &'a Frame,
    issuer: &'a str,
    open: bool,
    /// For the person at this machine; nobody else gets to see them.
    steps: Vec<CurlStep>,
}

/// One step of the first tour.
#[derive(Clone, Debug)]
pub struct CurlStep {
    /// What the line does.
    pub title: &'static str,
    /// The line for a POSIX shell; later lines use what earlier ones keep.
    pub line: String,
}

/// Sign up, log in, ask, refresh, log out, with nothing but `curl` and `sed`.
#[must_use]
pub fn curl_steps(issuer: &str) -> Vec<CurlStep> {
    let json = "-H 'Content-Type: application/json'";
    let who = r#"-d '{"email":"ada@example.com","password":"seven brass kettles hum"}'"#;
    let again = r#"-d "{\"refresh_token\":\"$(field refresh_token)\"}""#;
    let field = r#"field() { printf %s "$SESSION" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }"#;
    let step = |title, line| CurlStep { title, line };
    vec![
        step("Sign up", format!("curl -s {issuer}/v1/signup {json} {who}")),
        step(
            "Log in and keep the answer",
            format!("SESSION=$(curl -s {issuer}/v1/login {json} {who}); {field}; echo \"$SESSION\""),
        ),
        step(
            "Call a protected address",
            format!("curl -s {issuer}/v1/me -H \"Authorization: Bearer $(field access_token)\""),
        ),
        step("Refresh", format!("SESSION=$(curl -s {issuer}/v1/refresh {json} {again}); echo \"$SESSION\"")),
        step("Log out", format!("curl -si {issuer}/v1/logout {json} {again}")),
    ]
}
