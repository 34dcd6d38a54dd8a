//! `/account/email`: the address of the account, whether it is confirmed, and another one.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    frame::Frame,
    mailed::{Asked, ask_for, client},
    mistakes::{Mistakes, words},
    posted::Posted,
    signed_in::{Detour, SignedIn},
};
use crate::{
    error::Error,
    flow::{
        change_email::{ChangeEmail, change_email},
        mail_request::Wanted,
    },
    http::{front::Front, visit::Visit},
};

pub(in crate::http) async fn get(signed_in: SignedIn, frame: Frame) -> Result<Response, Detour> {
    Ok(frame.page(&Page::new(&frame, &signed_in))?)
}

/// Asks for another address. Whoever has no password shows who it is by a recent login.
pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let email = posted.text("email");
    let page = Page { new: email.trim(), ..Page::new(&frame, &signed_in) };
    if !page.has_password {
        signed_in.require_recent(&front)?;
    }
    let input = ChangeEmail {
        email: email.clone(),
        password: page.has_password.then(|| posted.secret("password")),
        client: client(&frame, &visit),
    };
    match change_email(&front.app, &signed_in, input).await {
        Ok(()) => Ok(frame.page(&Page { sent_to: Some(email.trim()), ..page })?),
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let fields = [("password.", "password"), ("signup.", "email")];
            let mistakes = Mistakes::of(&frame, &refused, &fields);
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `/account/email/confirm`: asks for the mail that confirms the address there is.
pub(in crate::http) async fn confirm(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    _: Posted,
) -> Result<Response, Detour> {
    let page = Page::new(&frame, &signed_in);
    let own = signed_in.user.email.clone();
    match ask_for(&front, &frame, &visit, own.clone(), Wanted::Verification).await? {
        Asked::Taken => Ok(frame.page(&Page { sent_to: Some(&own), ..page })?),
        Asked::Wrong(mistakes, refused) => Ok(frame.form(&Page { mistakes, ..page }, Some(refused))?),
    }
}

#[derive(Template)]
#[template(path = "account_email.html")]
struct Page<'a> {
    frame: &'a Frame,
    email: &'a str,
    confirmed: bool,
    has_password: bool,
    /// What was typed as the new address.
    new: &'a str,
    /// Where a mail was sent a moment ago: its code can be typed here.
    sent_to: Option<&'a str>,
    mistakes: Mistakes,
}

impl<'a> Page<'a> {
    fn new(frame: &'a Frame, signed_in: &'a SignedIn) -> Self {
        let user = &signed_in.user;
        Self {
            frame,
            email: &user.email,
            confirmed: user.email_verified,
            has_password: signed_in.has_password(),
            new: "",
            sent_to: None,
            mistakes: Mistakes::default(),
        }
    }
}
