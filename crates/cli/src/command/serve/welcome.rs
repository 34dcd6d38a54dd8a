//! What `serve` says once it is ready: where it is, what to type next, and how the first administrator gets in.

use std::net::SocketAddr;

use jotgate_server::app::App;
use jotgate_server::config::SignupMode;
use jotgate_server::flow::mail::{Way, way};
use jotgate_server::flow::set_up::{has_administrator, make_setup_link};
use jotgate_server::http::{CurlStep, curl_steps};
use serde_json::json;

use super::clock::Offset;
use super::database_of;
use crate::command::beside::refused;
use crate::failure::Failure;
use crate::output::{BANNER, FAINT, GOOD, KEY, Output, TITLE, paint, pairs};
use crate::words::span;

pub(super) async fn say(
    app: &App,
    bound: SocketAddr,
    offset: Option<Offset>,
    took_ms: i64,
    output: &Output,
) -> Result<(), Failure> {
    let config = &app.config;
    let issuer = config.issuer.as_str();
    if output.wants_json() {
        output.record(&json!({
            "event": "ready", "issuer": issuer, "listen": bound, "data": config.data, "database": database_of(config),
            "milliseconds": took_ms, "demo_lifetimes": config.demo_lifetimes,
            "clock_offset": offset.map_or(0, Offset::seconds),
        }));
        return Ok(());
    }
    if config.demo_lifetimes {
        output.line(paint(BANNER, demo_banner(app)));
    }
    if let Some(offset) = offset {
        output.line(paint(BANNER, offset.banner()));
    }
    output.line(format_args!(
        "{} is ready {}",
        paint(TITLE, "Jotgate"),
        paint(FAINT, format_args!("({took_ms} ms)"))
    ));
    output.line("");
    let place = config.data.canonicalize().unwrap_or_else(|_| config.data.clone());
    let inbox = (way(app) == Way::Inbox).then(|| ("inbox", format!("{issuer}/inbox")));
    let debugger = config.issuer.is_loopback().then(|| ("debugger", format!("{issuer}/debugger")));
    // Behind a proxy the two differ, and a port that was picked (`:0`) would be known to nobody.
    let listens = (config.issuer.port() != bound.port()).then(|| ("listens", bound.to_string()));
    let lines = [
        ("issuer", paint(GOOD, issuer)),
        ("data", place.display().to_string()),
        ("database", database_of(config)),
        ("keys", format!("{issuer}/.well-known/jwks.json")),
        ("admin", first_administrator(app, output).await?),
    ];
    output.line(pairs(lines.into_iter().chain(inbox).chain(debugger).chain(listens)));
    if config.signup.mode == SignupMode::Open {
        output.line(format_args!("\nPaste these into another terminal:\n\n{}", steps(issuer)));
    }
    output.line(paint(FAINT, "\nCtrl-C stops it. Logs follow on standard error."));
    Ok(())
}

fn steps(issuer: &str) -> String {
    let step = |CurlStep { title, line }: &CurlStep| {
        format!("{}\n{}", paint(FAINT, format_args!("# {title}")), paint(KEY, line))
    };
    curl_steps(issuer).iter().map(step).collect::<Vec<_>>().join("\n\n")
}

/// The set-up link is a key to the house: it is shown to somebody who is looking, never to a log collector.
async fn first_administrator(app: &App, output: &Output) -> Result<String, Failure> {
    let has_one = has_administrator(app).await.map_err(|error| refused(&error))?;
    if has_one || !output.is_terminal() {
        let missing = if has_one { "" } else { "nobody yet; " };
        return Ok(format!("{missing}`jotgate admin setup-link` makes a link"));
    }
    let link = make_setup_link(app).await.map_err(|error| refused(&error))?;
    Ok(format!("{} {}", paint(GOOD, link), paint(FAINT, "(once, within one hour)")))
}

fn demo_banner(app: &App) -> String {
    let access = span(app.config.tokens.access_lifetime.as_secs());
    let session = span(app.config.sessions.idle_lifetime.as_secs());
    format!(
        " DEMO LIFETIMES: access tokens end after {access}, sessions after {session}. Not for real users. "
    )
}
