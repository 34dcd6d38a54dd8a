//! `/login/code`: logging in with a code or link that comes by mail.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;

use super::{
    frame::Frame,
    login::entered,
    mailed::{Asked, FIELDS, Opened, Source, ask, broken, client, is_broken, missing, opened, shown},
    mistakes::{Mistakes, words},
    next::Next,
    posted::Posted,
};
use crate::{
    error::Error,
    flow::{
        Delivery,
        link::Purpose,
        log_in_by_mail::{LogInByMail, log_in_by_mail},
        mail_request::Wanted,
    },
    http::{body::unfit, front::Front, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query.as_deref();
    let next = Next::of_query(query);
    match opened(&front, &frame, query, &[Purpose::LogIn], SOURCE).await? {
        Opened::Nothing => frame.page(&Page::new(&frame, &next, "")),
        Opened::Broken(page) => Ok(page),
        Opened::Good(good, token) => {
            frame.page(&Page { token: &token, ..Page::new(&frame, &next, &good.to.shown) })
        }
    }
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let (email, next) = (posted.text("email"), Next::read(&posted.text("next")));
    let page = Page::new(&frame, &next, email.trim());
    match ask(&front, &frame, &visit, &posted, Wanted::LoginCode).await? {
        Asked::Taken => frame.page(&Page { sent: true, ..page }),
        Asked::Wrong(mistakes, refused) => frame.form(&Page { mistakes, ..page }, Some(refused)),
    }
}

pub(in crate::http) async fn confirm(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let (email, next) = (posted.text("email"), Next::read(&posted.text("next")));
    let page = Page { sent: true, ..Page::new(&frame, &next, email.trim()) };
    let Some(shown) = shown(&posted) else {
        return frame
            .form(&Page { mistakes: missing(&frame, &posted), ..page }, Some(unfit("A field is empty.")));
    };
    let input = LogInByMail {
        shown,
        delivery: Delivery::Cookie,
        audience: None,
        replaces: front.cookies.held(&headers),
        client: client(&frame, &visit),
    };
    match log_in_by_mail(&front.app, input).await {
        Ok(logged_in) => Ok(entered(&front, &posted.vouched, &logged_in, &next)),
        Err(Error::Refused(refused)) if is_broken(&refused) => broken(&frame, *refused, SOURCE),
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, FIELDS);
            frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

const SOURCE: Source = Source { action: "/login/code", button: "login_code.ask_button" };

#[derive(Template)]
#[template(path = "login_code.html")]
struct Page<'a> {
    frame: &'a Frame,
    next: &'a Next,
    email: &'a str,
    /// Of the link; empty when the code is to be typed.
    token: &'a str,
    /// Whether a mail was asked for: then the code is typed, else the address.
    sent: bool,
    mistakes: Mistakes,
}

impl<'a> Page<'a> {
    fn new(frame: &'a Frame, next: &'a Next, email: &'a str) -> Self {
        Self { frame, next, email, token: "", sent: false, mistakes: Mistakes::default() }
    }
}
