//! A life as the template wants it: the token in its parts, how long it has, and each moment in words.

use jotgate_jose::primitive::base64url;
use serde_json::Value;

use crate::{
    app::App,
    error::Error,
    flow::live::{Act, Life, Moment},
    http::pages::frame::Frame,
};

pub(super) struct View<'a> {
    /// Header, claims and signature as they travel.
    pub(super) parts: [&'a str; 3],
    pub(super) header: String,
    pub(super) claims: String,
    /// Whole seconds until the access token ends; 0 when it has.
    pub(super) left: i64,
    /// How long it was good for when it was made, in seconds.
    pub(super) lifetime: u64,
    /// `good`, `bad` or `careful`.
    pub(super) tone: &'static str,
    pub(super) state: &'static str,
    pub(super) generation: u64,
    pub(super) can_replay: bool,
    pub(super) window: u64,
    /// The newest first.
    pub(super) told: Vec<Told>,
}

/// One moment in words.
pub(super) struct Told {
    pub(super) time: String,
    pub(super) tone: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) generation: u64,
}

impl<'a> View<'a> {
    pub(super) fn of(app: &App, frame: &Frame, life: &'a Life) -> Result<Self, Error> {
        let mut parts = life.access().expose().split('.');
        let parts = [(); 3].map(|()| parts.next().unwrap_or_default());
        let left = ((life.access_ends() - app.clock.now_ms()) / 1000).max(0);
        let ended = life.moments().iter().rev().any(|moment| ends_session(*moment));
        let (tone, state) = match (ended, left) {
            (true, _) => ("bad", "live.state_over"),
            (false, 0) => ("careful", "live.state_expired"),
            _ => ("good", "live.state_good"),
        };
        Ok(Self {
            parts,
            header: pretty(parts[0])?,
            claims: pretty(parts[1])?,
            left: if ended { 0 } else { left },
            lifetime: app.config.tokens.access_lifetime.as_secs(),
            tone,
            state: frame.say(state),
            generation: life.moments().last().map_or(0, |moment| moment.generation),
            can_replay: life.has_superseded(),
            window: app.config.sessions.retry_window.as_secs(),
            told: life.moments().iter().rev().map(|moment| Told::of(frame, *moment)).collect(),
        })
    }
}

impl Told {
    fn of(frame: &Frame, moment: Moment) -> Self {
        let code = moment.reason.map_or("", |reason| reason.code);
        let (tone, title, text) = words(moment.act, code);
        let time = jiff::Timestamp::from_millisecond(moment.at)
            .map_or_else(|_| String::new(), |time| time.strftime("%H:%M:%S").to_string());
        Self {
            time,
            tone,
            title: frame.say(title),
            text: frame.say(text),
            status: moment.status,
            code,
            generation: moment.generation,
        }
    }
}

fn words(act: Act, code: &str) -> (&'static str, &'static str, &'static str) {
    match (act, code) {
        (Act::LogIn, _) => ("good", "live.log_in", "live.log_in_text"),
        (Act::Call, "") => ("good", "live.call", "live.call_text"),
        (Act::Call, "exp.expired") => ("careful", "live.expired", "live.expired_text"),
        (Act::Call, "revoked.session") => ("bad", "live.revoked", "live.revoked_text"),
        (Act::Refresh, "") => ("good", "live.refresh", "live.refresh_text"),
        (Act::Replay, "") => ("note", "live.race", "live.race_text"),
        (Act::Replay, "refresh.reused") => ("bad", "live.reuse", "live.reuse_text"),
        (Act::LogOut, "") => ("note", "live.log_out", "live.log_out_text"),
        _ => ("bad", "live.refused", "live.refused_text"),
    }
}

fn ends_session(moment: Moment) -> bool {
    let code = moment.reason.map_or("", |reason| reason.code);
    matches!((moment.act, code), (Act::LogOut, "") | (Act::Replay, "refresh.reused"))
        || code == "revoked.session"
        || matches!(code, "refresh.revoked" | "refresh.expired")
}

fn pretty(part: &str) -> Result<String, Error> {
    let unreadable = |_| Error::Internal("a token of ours cannot be read".into());
    let bytes =
        base64url::decode(part).map_err(|_| Error::Internal("a token of ours cannot be read".into()))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(unreadable)?;
    serde_json::to_string_pretty(&value).map_err(unreadable)
}
