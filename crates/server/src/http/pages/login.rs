//! `/login`: with address or name and password. Where else one may have meant to go is linked from here.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use jotgate_token::reason;

use super::{
    frame::Frame,
    mailed::client,
    mistakes::{Mistakes, words},
    next::Next,
    posted::Posted,
    signed_in::see_other,
    verify_email::waiting,
};
use crate::{
    config::SignupMode,
    error::Error,
    flow::{
        Delivery,
        enter::LoggedIn,
        log_in::{LogIn, Login, log_in},
        passkey::log_in::{LogInWithPasskey, log_in_with_passkey},
    },
    http::{deliver, front::Front, origin::Vouched, percent, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let next = Next::of_query(query.as_deref());
    let notice = match percent::value(query.as_deref(), "why").as_deref() {
        // Whoever came back meanwhile is led on.
        _ if frame.user().is_some() => return Ok(see_other(next.path())),
        Some("expired") => Some("login.why_expired"),
        Some("signed-out") => Some("login.why_signed_out"),
        Some("reset") => Some("login.why_reset"),
        _ => None,
    };
    let frame = frame.with_scripts();
    let page = Page { notice, ..Page::new(&front, &frame, &next) };
    frame.page(&page)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let (next, frame) = (Next::read(&posted.text("next")), frame.with_scripts());
    let login = posted.text("login");
    let page = Page { login: login.trim(), ..Page::new(&front, &frame, &next) };
    let mistakes = missing(&frame, &posted);
    if mistakes.any() {
        return frame.form(&Page { mistakes, ..page }, Some(crate::http::body::unfit("A field is empty.")));
    }
    let input = LogIn {
        login: Login::Username(login.clone()),
        password: posted.secret("password"),
        delivery: Delivery::Cookie,
        audience: None,
        replaces: front.cookies.held(&headers),
        client: client(&frame, &visit),
    };
    match log_in(&front.app, input).await {
        Ok(logged_in) => Ok(entered(&front, &posted.vouched, &logged_in, &next)),
        Err(Error::Refused(refused)) if *refused.reason == reason::LOGIN_EMAIL_UNVERIFIED => {
            let email = if login.contains('@') { login.trim() } else { "" };
            waiting(&frame, email, Some(*refused))
        }
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, &[]);
            frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

/// `/login/passkey`: the form that the script has filled in.
pub(in crate::http) async fn with_passkey(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let (next, frame) = (Next::read(&posted.text("next")), frame.with_scripts());
    let input = LogInWithPasskey {
        challenge_token: posted.secret("challenge_token"),
        passkey: posted.json("passkey")?,
        delivery: Delivery::Cookie,
        audience: None,
        replaces: front.cookies.held(&headers),
        client: visit.client(),
    };
    match log_in_with_passkey(&front.app, input).await {
        Ok(logged_in) => Ok(entered(&front, &posted.vouched, &logged_in, &next)),
        Err(Error::Refused(refused)) => {
            let text = match *refused.reason {
                reason::LINK_EXPIRED => Some(frame.say("passkey.too_old").to_owned()),
                _ => words(&frame, &refused),
            };
            let Some(text) = text else { return Err(Error::Refused(refused)) };
            let mistakes = Mistakes::default().of_form(text);
            frame.form(&Page { mistakes, ..Page::new(&front, &frame, &next) }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

/// Leads on, with the cookies of the new session, or to the page of the second factor.
pub(in crate::http) fn entered(
    front: &Front,
    vouched: &Vouched,
    logged_in: &LoggedIn,
    next: &Next,
) -> Response {
    match logged_in {
        LoggedIn::In(session) => {
            let mut answer = see_other(next.path());
            deliver::sign_in(front, &mut answer, vouched, session);
            answer
        }
        LoggedIn::NeedsFactor(demand) => {
            let mut answer = see_other(&format!("/mfa{}", next.query()));
            front.cookies.set_mfa(&mut answer, vouched, &demand.mfa_token, demand.expires_in);
            answer
        }
    }
}

fn missing(frame: &Frame, posted: &Posted) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if posted.text("login").trim().is_empty() {
        mistakes = mistakes.of_field("login", frame.say("login.login_missing"));
    }
    if posted.text("password").is_empty() {
        mistakes = mistakes.of_field("password", frame.say("form.password_missing"));
    }
    mistakes
}

#[derive(Template)]
#[template(path = "login.html")]
struct Page<'a> {
    frame: &'a Frame,
    next: &'a Next,
    notice: Option<&'static str>,
    login: &'a str,
    mistakes: Mistakes,
    open: bool,
    /// Whether this server can have passkeys.
    passkeys: bool,
}

impl<'a> Page<'a> {
    fn new(front: &Front, frame: &'a Frame, next: &'a Next) -> Self {
        let open = front.app.config.signup.mode != SignupMode::Closed;
        let passkeys = front.app.passkeys.are_possible();
        Self { frame, next, notice: None, login: "", mistakes: Mistakes::default(), open, passkeys }
    }
}
