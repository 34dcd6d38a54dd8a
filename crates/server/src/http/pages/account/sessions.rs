//! `/account/sessions`: where one is signed in, and ending it there.

use askama::Template;
use axum::{extract::State, http::Uri, response::Response};
use jotgate_token::reason;

use super::{done, when};
use crate::{
    error::Error,
    flow::{
        log_out::log_out_caller,
        sessions::{SessionView, end_other_sessions, end_session_of, list_sessions},
    },
    http::{
        api::Id,
        front::Front,
        pages::{
            frame::Frame,
            posted::Posted,
            signed_in::{Detour, SignedIn, see_other},
        },
        visit::Visit,
    },
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Detour> {
    let mut sessions = list_sessions(&front.app, &signed_in).await?;
    sessions.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.last_seen_at)));
    let now = front.app.clock.now_ms();
    let lines = sessions.iter().map(|session| Line::of(&frame, session, now)).collect();
    let notice = match done(&uri).as_deref() {
        Some("ended") => Some(frame.say("account_sessions.ended")),
        Some("others") => Some(frame.say("account_sessions.others_ended")),
        _ => None,
    };
    Ok(frame.page(&Page { frame: &frame, lines, notice })?)
}

/// Ends one of them; with this very one the browser is signed out.
pub(in crate::http) async fn end(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Detour> {
    if id.is_some_and(|id| id == signed_in.session.id.0) {
        log_out_caller(&front.app, &signed_in, visit.client()).await?;
        let mut answer = see_other("/logout");
        front.cookies.clear_all(&mut answer, &posted.vouched);
        return Ok(answer);
    }
    let id = id.ok_or_else(|| Error::from(&reason::SESSION_UNKNOWN))?;
    end_session_of(&front.app, &signed_in, id, visit.client()).await?;
    Ok(see_other("/account/sessions?done=ended"))
}

/// Ends all but this one.
pub(in crate::http) async fn end_others(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    _: Posted,
) -> Result<Response, Detour> {
    end_other_sessions(&front.app, &signed_in, visit.client()).await?;
    Ok(see_other("/account/sessions?done=others"))
}

/// A session as the page shows it.
struct Line {
    id: String,
    current: bool,
    device: String,
    /// How the program named itself, where the device is not known.
    program: Option<String>,
    is_phone: bool,
    ip: Option<String>,
    since: String,
    seen: String,
}

impl Line {
    fn of(frame: &Frame, session: &SessionView, now: i64) -> Self {
        let device = session.device.map(|device| {
            let values = [("browser", device.browser), ("system", device.system)];
            frame.fill("account_sessions.named", &values)
        });
        let is_phone = session.device.is_some_and(|device| PHONES.contains(&device.system));
        let program = session.user_agent.as_deref().filter(|_| device.is_none());
        Self {
            id: session.id.to_string(),
            current: session.current,
            device: device.unwrap_or_else(|| frame.say("account_sessions.unknown").to_owned()),
            program: program.map(|text| text.chars().take(MOST_OF_A_NAME).collect()),
            is_phone,
            ip: session.ip.clone(),
            since: when::moment(frame, session.created_at),
            seen: ago(frame, now - session.last_seen_at),
        }
    }
}

/// By the hour: when exactly would tell a thief of a token when it is next used.
fn ago(frame: &Frame, milliseconds: i64) -> String {
    let hours = milliseconds / 3_600_000;
    let (key, n) = match hours {
        ..1 => return frame.say("account_sessions.seen_now").to_owned(),
        1 => return frame.say("account_sessions.seen_hour").to_owned(),
        2..24 => ("account_sessions.seen_hours", hours),
        24..48 => return frame.say("account_sessions.seen_day").to_owned(),
        _ => ("account_sessions.seen_days", hours / 24),
    };
    frame.fill(key, &[("n", &n.to_string())])
}

const PHONES: [&str; 3] = ["iPhone", "iPad", "Android"];

/// A program may name itself at any length.
const MOST_OF_A_NAME: usize = 80;

#[derive(Template)]
#[template(path = "account_sessions.html")]
struct Page<'a> {
    frame: &'a Frame,
    lines: Vec<Line>,
    notice: Option<&'static str>,
}
