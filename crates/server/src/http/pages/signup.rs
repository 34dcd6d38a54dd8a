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
    mistakes::{Mistakes, words},
    next::Next,
    posted::Posted,
    signed_in::see_other,
};
use crate::{
    config::SignupMode,
    error::Error,
    flow::{
        Delivery,
        sign_up::{SignUp, sign_up},
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
    let input = SignUp {
        email: email.clone(),
        username: None,
        name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
        password: posted.secret("password"),
        delivery: Delivery::Cookie,
        audience: None,
        replaces: front.cookies.held(&headers),
        client: visit.client(),
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
