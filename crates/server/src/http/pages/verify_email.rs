//! `/verify-email`: confirming the address of an account, or another one for it.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use jotgate_token::reason;

use super::{
    frame::Frame,
    mailed::{Asked, FIELDS, Opened, Source, ask, broken, client, is_broken, missing, opened, shown},
    mistakes::{Mistakes, words},
    posted::Posted,
    signed_in::see_other,
};
use crate::{
    error::{Error, Refused},
    flow::{
        confirm_email::{ConfirmEmail, PURPOSES, confirm_email},
        link::Purpose,
        mail_request::Wanted,
    },
    http::{body::unfit, front::Front, percent, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query.as_deref();
    if let Some(done) = percent::value(query, "done") {
        return frame.page(&Done { frame: &frame, is_change: done == "changed" });
    }
    match opened(&front, &frame, query, &PURPOSES, SOURCE).await? {
        Opened::Nothing => frame.page(&Type::new(&frame, "", false)),
        Opened::Broken(page) => Ok(page),
        Opened::Good(good, token) => {
            let is_change = good.purpose == Purpose::ChangeEmail;
            let is_owner = frame.user().is_some_and(|user| user.id == good.user.id.0);
            frame.page(&Confirm {
                frame: &frame,
                email: &good.to.shown,
                token: &token,
                is_change,
                is_stranger: is_change && !is_owner,
            })
        }
    }
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let email = posted.text("email");
    let page = Type::new(&frame, email.trim(), false);
    let Some(shown) = shown(&posted) else {
        return frame
            .form(&Type { mistakes: missing(&frame, &posted), ..page }, Some(unfit("A field is empty.")));
    };
    let input =
        ConfirmEmail { shown, caller: frame.user().map(|user| user.id), client: client(&frame, &visit) };
    match confirm_email(&front.app, input).await {
        Ok(confirmed) => Ok(see_other(&match confirmed.choose_password {
            Some(made) => made.path(),
            None if confirmed.is_change => "/verify-email?done=changed".to_owned(),
            None => "/verify-email?done=yes".to_owned(),
        })),
        Err(Error::Refused(refused)) if is_broken(&refused) => broken(&frame, *refused, SOURCE),
        Err(Error::Refused(refused)) if *refused.reason == reason::TOKEN_MISSING => {
            let mistakes = Mistakes::default().of_form(frame.say("verify.stranger"));
            frame.form(&Type { mistakes, ..page }, Some(*refused))
        }
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, FIELDS);
            frame.form(&Type { mistakes, ..page }, Some(*refused))
        }
        Err(error) => Err(error),
    }
}

pub(in crate::http) async fn resend(
    State(front): State<Front>,
    visit: Visit,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Error> {
    let email = posted.text("email");
    match ask(&front, &frame, &visit, &posted, Wanted::Verification).await? {
        Asked::Taken => frame.page(&Type::new(&frame, email.trim(), true)),
        Asked::Wrong(mistakes, refused) => {
            frame.form(&Type { mistakes, ..Type::new(&frame, email.trim(), false) }, Some(refused))
        }
    }
}

/// The page for somebody to whose address a mail is on its way; with what was refused until it is confirmed.
pub(super) fn waiting(frame: &Frame, email: &str, refused: Option<Refused>) -> Result<Response, Error> {
    frame.form(&Type::new(frame, email, true), refused)
}

const SOURCE: Source = Source { action: "/verify-email/resend", button: "verify.resend" };

#[derive(Template)]
#[template(path = "verify_email.html")]
struct Confirm<'a> {
    frame: &'a Frame,
    email: &'a str,
    token: &'a str,
    is_change: bool,
    /// Another address is confirmed by whoever is logged in to the account.
    is_stranger: bool,
}

#[derive(Template)]
#[template(path = "verify_email_code.html")]
struct Type<'a> {
    frame: &'a Frame,
    email: &'a str,
    /// Whether a mail was asked for just now.
    sent: bool,
    mistakes: Mistakes,
}

impl<'a> Type<'a> {
    fn new(frame: &'a Frame, email: &'a str, sent: bool) -> Self {
        Self { frame, email, sent, mistakes: Mistakes::default() }
    }
}

#[derive(Template)]
#[template(path = "verify_email_done.html")]
struct Done<'a> {
    frame: &'a Frame,
    is_change: bool,
}
