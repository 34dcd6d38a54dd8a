//! `/account/delete`: asks again, in more than one way, then deletes the account.

use askama::Template;
use axum::{extract::State, response::Response};
use jotgate_token::reason;

use super::or_confirm;
use crate::{
    error::Error,
    flow::{
        User,
        delete_user::{DeleteMe, delete_me},
    },
    http::{
        body::unfit,
        front::Front,
        pages::{
            frame::Frame,
            mistakes::{Mistakes, words},
            posted::Posted,
            signed_in::{Detour, SignedIn},
        },
        visit::Visit,
    },
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
) -> Result<Response, Detour> {
    if !signed_in.has_password() {
        signed_in.require_recent(&front)?;
    }
    Ok(frame.page(&Page::new(&signed_in, &frame))?)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let page = Page::new(&signed_in, &frame);
    let mistakes = unsure(&frame, &posted, &signed_in);
    if mistakes.any() {
        let refused = unfit("The deletion was not confirmed.");
        return Ok(frame.form(&Page { mistakes, ..page }, Some(refused))?);
    }
    let password = signed_in.has_password().then(|| posted.secret("password"));
    match delete_me(&front.app, &signed_in, DeleteMe { password, client: visit.client() }).await {
        Ok(()) => {
            let frame = frame.signed_out();
            let mut answer = frame.page(&Gone { frame: &frame, user: &signed_in.user })?;
            front.cookies.clear_all(&mut answer, &posted.vouched);
            Ok(answer)
        }
        Err(Error::Refused(refused)) if *refused.reason == reason::ROLE_MISSING => {
            let mistakes = Mistakes::default().of_form(frame.say("account_data.last_administrator"));
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, &[("password.", "password")]);
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(error) => Err(or_confirm(error, "/account/delete")),
    }
}

/// Deleting asks for more than a press of a button: the tick, and the password or the address.
fn unsure(frame: &Frame, posted: &Posted, signed_in: &SignedIn) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if signed_in.has_password() {
        if posted.text("password").is_empty() {
            mistakes = mistakes.of_field("password", frame.say("form.password_missing"));
        }
    } else if !posted.text("address").trim().eq_ignore_ascii_case(&signed_in.user.email) {
        mistakes = mistakes.of_field("address", frame.say("account_data.delete_address_wrong"));
    }
    if posted.text("sure") != "yes" {
        mistakes = mistakes.of_field("sure", frame.say("account_data.delete_not_ticked"));
    }
    mistakes
}

#[derive(Template)]
#[template(path = "account_delete.html")]
struct Page<'a> {
    frame: &'a Frame,
    user: &'a User,
    has_password: bool,
    mistakes: Mistakes,
}

impl<'a> Page<'a> {
    fn new(signed_in: &'a SignedIn, frame: &'a Frame) -> Self {
        let has_password = signed_in.has_password();
        Self { frame, user: &signed_in.user, has_password, mistakes: Mistakes::default() }
    }
}

#[derive(Template)]
#[template(path = "account_gone.html")]
struct Gone<'a> {
    frame: &'a Frame,
    user: &'a User,
}
