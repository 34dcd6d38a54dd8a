//! `/signup`: an account of one's own, where the operator lets people make one.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;

use super::{
    frame::Frame,
    login::entered,
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
        sign_up::{SignUp, sign_up},
        sign_up_by_mail::{SignUpByMail, sign_up_by_mail},
    },
    http::{body::unfit, front::Front, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let next = Next::of_query(query.as_deref());
    if frame.user().is_some() {
        return Ok(see_other(next.path()));
    }
    frame.page(&Page::new(&front, &frame, &next))
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let next = Next::read(&posted.text("next"));
    let (email, name) = (posted.text("email"), posted.text("name"));
    let page = Page { email: email.trim(), name: name.trim(), ..Page::new(&front, &frame, &next) };
    let mistakes = missing(&frame, &posted);
    if mistakes.any() && page.open {
        return frame.form(&Page { mistakes, ..page }, Some(unfit("A field is empty.")));
    }
    if front.app.config.signup.mode == SignupMode::Verified {
        return by_mail(&front, &visit, &posted, page).await;
    }
    let input = SignUp {
        email: email.clone(),
        username: None,
        name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
        password: posted.secret("password"),
        delivery: Delivery::Cookie,
        audience: None,
        replaces: front.cookies.held(&headers),
        client: client(&frame, &visit),
    };
    match sign_up(&front.app, input).await {
        Ok(logged_in) => Ok(entered(&front, &posted.vouched, &logged_in, &next)),
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, FIELDS);
            frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

/// Where only proven addresses get in there is no session yet, but a mail.
async fn by_mail(front: &Front, visit: &Visit, posted: &Posted, page: Page<'_>) -> Result<Response, Error> {
    let input = SignUpByMail {
        email: page.email.to_owned(),
        username: None,
        name: Some(page.name.to_owned()).filter(|name| !name.is_empty()),
        password: posted.secret("password"),
        client: client(page.frame, visit),
    };
    match sign_up_by_mail(&front.app, input).await {
        Ok(()) => waiting(page.frame, page.email, None),
        Err(Error::Refused(refused)) if words(page.frame, &refused).is_some() => {
            let mistakes = Mistakes::of(page.frame, &refused, FIELDS);
            page.frame.form(&Page { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

/// Which field a refusal is about.
const FIELDS: &[(&str, &str)] = &[("password.", "password"), ("signup.", "email"), ("request.body", "name")];

fn missing(frame: &Frame, posted: &Posted) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if posted.text("email").trim().is_empty() {
        mistakes = mistakes.of_field("email", frame.say("form.email_missing"));
    }
    if posted.text("password").is_empty() {
        mistakes = mistakes.of_field("password", frame.say("form.password_missing"));
    }
    mistakes
}

#[derive(Template)]
#[template(path = "signup.html")]
struct Page<'a> {
    frame: &'a Frame,
    next: &'a Next,
    email: &'a str,
    name: &'a str,
    mistakes: Mistakes,
    open: bool,
    min_length: usize,
}

impl<'a> Page<'a> {
    fn new(front: &Front, frame: &'a Frame, next: &'a Next) -> Self {
        let open = front.app.config.signup.mode != SignupMode::Closed;
        let (min_length, _) = frame.passwords();
        Self { frame, next, email: "", name: "", mistakes: Mistakes::default(), open, min_length }
    }
}
