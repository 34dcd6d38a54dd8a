//! `/mfa`: the second step of a login or of a step-up.
//!
//! Which login it is stands in a cookie of its own, HttpOnly and Strict, for ten minutes; in no address, so in no history
//! and no log. A cookie that somebody planted leads into that somebody's login, where this person's code is wrong.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::{
    frame::Frame,
    login,
    mistakes::{Mistakes, words},
    next::Next,
    posted::Posted,
    signed_in::see_other,
};
use crate::{
    error::Error,
    flow::{
        enter::LoggedIn,
        second_factor::{
            Factor,
            answer::{self, Answer, Shown, show_passkey},
            challenge::{Waiting, look},
        },
    },
    http::{body::unfit, front::Front, percent, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    headers: HeaderMap,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let next = Next::of_query(query.as_deref());
    let Some(waiting) = waiting(&front, &headers).await? else { return Ok(over(&next)) };
    let wanted = percent::value(query.as_deref(), "by");
    let frame = frame.with_scripts();
    let page = Page::new(&frame, &next, &waiting, wanted.as_deref());
    frame.page(&page)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let next = Next::read(&posted.text("next"));
    let Some(waiting) = waiting(&front, &headers).await? else { return Ok(over(&next)) };
    let (by, frame) = (posted.text("by"), frame.with_scripts());
    let page = Page::new(&frame, &next, &waiting, Some(&by));
    let passkey = posted.text("passkey");
    let code = posted.secret("code");
    if passkey.is_empty() && code.expose_secret().trim().is_empty() {
        let mistakes = Mistakes::default().of_field("code", frame.say("mfa.missing"));
        return frame.form(&Page { mistakes, ..page }, Some(unfit("A field is empty.")));
    }
    let client = visit.client();
    let shown = match page.by {
        _ if !passkey.is_empty() => {
            match show_passkey(&front.app, &waiting, posted.json("passkey")?, &client).await {
                Ok(shown) => shown,
                Err(Error::Refused(refused)) if *refused.reason == reason::PASSKEY_INVALID => {
                    let mistakes = Mistakes::default().of_form(frame.say("passkey.invalid"));
                    return frame.form(&Page { mistakes, ..page }, Some(*refused));
                }
                Err(error) => return Err(error),
            }
        }
        Factor::RecoveryCode => Shown::RecoveryCode(code),
        Factor::Totp | Factor::Passkey => Shown::Totp(code),
    };
    let input = Answer { waiting: waiting.clone(), shown, replaces: front.cookies.held(&headers), client };
    match answer::answer(&front.app, input).await {
        Ok(logged_in) => {
            let mut answer = login::entered(&front, &posted.vouched, &logged_in, &next);
            if matches!(logged_in, LoggedIn::In(_)) {
                front.cookies.clear_mfa(&mut answer, &posted.vouched);
            }
            Ok(answer)
        }
        Err(Error::Refused(refused)) if *refused.reason == reason::MFA_CODE_WRONG => {
            // Read anew, because other tries may have been counted meanwhile.
            let Ok(waiting) = look(&front.app, &token(&front, &headers)).await else {
                return Ok(over(&next));
            };
            let page = Page::new(&frame, &next, &waiting, Some(&by));
            let mistakes = Mistakes::default().of_field("code", page.wrong());
            frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        Err(Error::Refused(refused)) if *refused.reason == reason::LOGIN_THROTTLED => {
            let mistakes = Mistakes::default().of_form(words(&frame, &refused).unwrap_or_default());
            frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        // Somebody else finished it, or the credentials changed meanwhile.
        Err(Error::Refused(_)) => Ok(over(&next)),
        Err(error) => Err(error),
    }
}

fn over(next: &Next) -> Response {
    let and = if next.query().is_empty() { "?" } else { "&" };
    see_other(&format!("/login{}{and}why=expired", next.query()))
}

fn token(front: &Front, headers: &HeaderMap) -> SecretString {
    front.cookies.mfa_token(headers).unwrap_or_default()
}

/// The login that the cookie names; none when it is over.
async fn waiting(front: &Front, headers: &HeaderMap) -> Result<Option<Waiting>, Error> {
    match look(&front.app, &token(front, headers)).await {
        Ok(waiting) => Ok(Some(waiting)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "mfa.html")]
struct Page<'a> {
    frame: &'a Frame,
    next: &'a Next,
    by: Factor,
    others: Vec<Factor>,
    tries_left: i64,
    /// What the browser's passkey function is called with.
    passkey_options: Option<String>,
    /// Whose login it is, so that nobody shows a code for another's.
    account: String,
    mistakes: Mistakes,
}

impl<'a> Page<'a> {
    fn new(frame: &'a Frame, next: &'a Next, waiting: &Waiting, wanted: Option<&str>) -> Self {
        let typed: Vec<Factor> =
            waiting.methods.iter().copied().filter(|method| *method != Factor::Passkey).collect();
        let wanted = typed.iter().copied().find(|method| Some(method.name()) == wanted);
        let passkey_options = waiting.passkey_options().map(ToString::to_string);
        // A passkey is asked for first where there is no app; a recovery code is for when both are lost.
        let first =
            typed.first().copied().filter(|first| *first == Factor::Totp || passkey_options.is_none());
        let by = wanted.or(first).unwrap_or(if passkey_options.is_some() {
            Factor::Passkey
        } else {
            Factor::Totp
        });
        let others = typed.into_iter().filter(|method| *method != by).collect();
        let account = waiting.user.email.clone();
        Self {
            frame,
            next,
            by,
            others,
            tries_left: waiting.tries_left,
            passkey_options,
            account,
            mistakes: Mistakes::default(),
        }
    }

    fn is_passkey(&self) -> bool {
        self.by == Factor::Passkey
    }

    fn is_recovery(&self) -> bool {
        self.by == Factor::RecoveryCode
    }

    fn wrong(&self) -> String {
        match self.tries_left {
            1 => self.frame.say("mfa.wrong_last").to_owned(),
            left => self.frame.fill("mfa.wrong", &[("left", &left.to_string())]),
        }
    }

    /// The address of this page with another way.
    fn other(&self, factor: &Factor) -> String {
        let query = self.next.query();
        let and = if query.is_empty() { "?" } else { "&" };
        format!("/mfa{query}{and}by={}", factor.name())
    }
}
