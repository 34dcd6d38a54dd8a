//! `/forgot` and `/reset`: a forgotten password.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use super::{
    frame::Frame,
    mailed::{Asked, FIELDS, Opened, Source, ask, broken, client, is_broken, missing, opened, shown},
    mistakes::{Mistakes, words},
    posted::Posted,
    signed_in::see_other,
};
use crate::{
    error::Error,
    flow::{
        link::Purpose,
        mail_request::Wanted,
        reset_password::{ResetPassword, reset_password},
    },
    http::{body::unfit, front::Front, visit::Visit},
};

pub(in crate::http) async fn get(frame: Frame) -> Result<Response, Error> {
    frame.page(&Ask { frame: &frame, email: "", mistakes: Mistakes::default() })
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let email = posted.text("email");
    match ask(&front, &frame, &visit, &posted, Wanted::Reset).await? {
        Asked::Taken => frame.page(&Choose { sent: true, ..Choose::new(&frame, email.trim()) }),
        Asked::Wrong(mistakes, refused) => {
            frame.form(&Ask { frame: &frame, email: email.trim(), mistakes }, Some(refused))
        }
    }
}

pub(in crate::http) async fn reset_page(
    State(front): State<Front>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    match opened(&front, &frame, query.as_deref(), &[Purpose::ResetPassword], SOURCE).await? {
        Opened::Nothing => frame.page(&Choose::new(&frame, "")),
        Opened::Broken(page) => Ok(page),
        Opened::Good(good, token) => {
            frame.page(&Choose { token: &token, ..Choose::new(&frame, &good.to.shown) })
        }
    }
}

pub(in crate::http) async fn reset(
    State(front): State<Front>,
    visit: Visit,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let (email, token) = (posted.text("email"), posted.text("token"));
    let page = Choose { token: &token, ..Choose::new(&frame, email.trim()) };
    let shown = shown(&posted).filter(|_| !posted.text("new").is_empty());
    let Some(shown) = shown else {
        let mut mistakes = if token.is_empty() { missing(&frame, &posted) } else { Mistakes::default() };
        if posted.text("new").is_empty() {
            mistakes = mistakes.of_field("new", frame.say("form.password_missing"));
        }
        return frame.form(&Choose { mistakes, ..page }, Some(unfit("A field is empty.")));
    };
    let input = ResetPassword { shown, new: posted.secret("new"), client: client(&frame, &visit) };
    match reset_password(&front.app, input).await {
        // Nobody is logged in by it: whoever reads the mail shows the second factor as well.
        Ok(_) => Ok(see_other("/login?why=reset")),
        Err(Error::Refused(refused)) if is_broken(&refused) => broken(&frame, *refused, SOURCE),
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, FIELDS);
            frame.form(&Choose { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

const SOURCE: Source = Source { action: "/forgot", button: "forgot.button" };

#[derive(Template)]
#[template(path = "forgot.html")]
struct Ask<'a> {
    frame: &'a Frame,
    email: &'a str,
    mistakes: Mistakes,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct Choose<'a> {
    frame: &'a Frame,
    /// Empty when the code is to be typed.
    token: &'a str,
    email: &'a str,
    /// Whether a mail was asked for just now.
    sent: bool,
    mistakes: Mistakes,
    min_length: usize,
}

impl<'a> Choose<'a> {
    fn new(frame: &'a Frame, email: &'a str) -> Self {
        let (min_length, _) = frame.passwords();
        Self { frame, token: "", email, sent: false, mistakes: Mistakes::default(), min_length }
    }
}
