//! `/account/password`: changing it, or setting the first one.

use askama::Template;
use axum::{extract::State, http::Uri, response::Response};
use jotgate_token::reason;
use secrecy::ExposeSecret;

use super::{done, or_confirm};
use crate::{
    error::Error,
    flow::{
        Session,
        change_password::{ChangePassword, change_password},
    },
    http::{
        body::unfit,
        deliver,
        front::Front,
        origin::Vouched,
        pages::{
            frame::Frame,
            mistakes::{Mistakes, words},
            posted::Posted,
            signed_in::{Detour, SignedIn, see_other},
        },
        visit::Visit,
    },
};

pub(in crate::http) async fn get(signed_in: SignedIn, frame: Frame, uri: Uri) -> Result<Response, Detour> {
    let notice = match done(&uri).as_deref() {
        Some("changed") => Some(frame.say("account_password.changed")),
        Some("set") => Some(frame.say("account_password.set_done")),
        _ => None,
    };
    let page = Page { notice, ..Page::new(&signed_in, &frame) };
    Ok(frame.page(&page)?)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let has_one = signed_in.has_password();
    let page = Page::new(&signed_in, &frame);
    let mistakes = missing(&frame, &posted, has_one);
    if mistakes.any() {
        let refused = unfit("A field of the form does not fit.");
        return Ok(frame.form(&Page { mistakes, ..page }, Some(refused))?);
    }
    let input = ChangePassword {
        current: has_one.then(|| posted.secret("current")),
        new: posted.secret("new"),
        client: visit.client(),
    };
    match change_password(&front.app, &signed_in, input).await {
        Ok(session) => {
            let done = if has_one { "changed" } else { "set" };
            Ok(gone_on(&front, &posted.vouched, &session, done))
        }
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let field = if *refused.reason == reason::PASSWORD_WRONG { "current" } else { "new" };
            let mistakes = Mistakes::of(&frame, &refused, &[("password.", field)]);
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(error) => Err(or_confirm(error, "/account/password")),
    }
}

/// What can be seen without asking the flow.
fn missing(frame: &Frame, posted: &Posted, has_one: bool) -> Mistakes {
    let (current, new) = (posted.secret("current"), posted.secret("new"));
    let (current, new) = (current.expose_secret(), new.expose_secret());
    let mut mistakes = Mistakes::default();
    if has_one && current.is_empty() {
        mistakes = mistakes.of_field("current", frame.say("form.password_missing"));
    }
    if new.is_empty() {
        mistakes = mistakes.of_field("new", frame.say("form.password_missing"));
    } else if has_one && current == new {
        mistakes = mistakes.of_field("new", frame.say("account_password.same"));
    }
    mistakes
}

/// The browser goes on with the session that took the old one's place.
fn gone_on(front: &Front, vouched: &Vouched, session: &Session, done: &str) -> Response {
    let mut answer = see_other(&format!("/account/password?done={done}"));
    deliver::sign_in(front, &mut answer, vouched, session);
    answer
}

#[derive(Template)]
#[template(path = "account_password.html")]
struct Page<'a> {
    frame: &'a Frame,
    has_one: bool,
    notice: Option<&'static str>,
    mistakes: Mistakes,
}

impl<'a> Page<'a> {
    fn new(signed_in: &SignedIn, frame: &'a Frame) -> Self {
        Self { frame, has_one: signed_in.has_password(), notice: None, mistakes: Mistakes::default() }
    }

    /// For password managers, which keep a password under a name.
    fn address(&self) -> &str {
        self.frame.user().map_or("", |user| &user.email)
    }

    fn min(&self) -> usize {
        self.frame.passwords().0
    }

    fn rule(&self) -> String {
        self.frame.fill("form.password_rule", &[("min", &self.min().to_string())])
    }
}
