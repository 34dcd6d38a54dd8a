//! `/account`: who one is here, what there is to do, and the way to everything else about the account.

pub(in crate::http) mod data;
pub(in crate::http) mod delete;
pub(in crate::http) mod password;
pub(in crate::http) mod profile;
pub(in crate::http) mod sessions;
mod when;

use askama::Template;
use axum::{extract::State, response::Response};
use http::Uri;
use jotgate_token::reason;

use super::{
    frame::Frame,
    next::Next,
    signed_in::{Detour, SignedIn},
};
use crate::{
    error::Error,
    flow::{User, mail, second_factor, sessions::list_sessions},
    http::{front::Front, percent},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
) -> Result<Response, Detour> {
    let sessions = list_sessions(&front.app, signed_in.caller()).await?;
    let enrolled = second_factor::enrolled(&front.app, signed_in.row.id).await?;
    let page = Page {
        frame: &frame,
        user: &signed_in.user,
        since: when::day(&frame, signed_in.user.created_at),
        sessions: sessions.len(),
        factors: factors(&frame, enrolled.totp, enrolled.passkeys),
        codes_left: enrolled.recovery_codes,
        has_factor: enrolled.any(),
        has_password: signed_in.has_password(),
        can_verify: mail::require(&front.app).is_ok(),
    };
    Ok(frame.page(&page)?)
}

/// The second steps in words, or that there is none.
fn factors(frame: &Frame, totp: bool, passkeys: i64) -> String {
    let app = totp.then(|| frame.say("account.app").to_owned());
    let keys = (passkeys > 0).then(|| frame.fill("account.passkeys", &[("n", &passkeys.to_string())]));
    let words: Vec<_> = app.into_iter().chain(keys).collect();
    if words.is_empty() { frame.say("account.none").to_owned() } else { words.join(", ") }
}

/// The word behind `?done=`, for a page that says what a form has just done. Anybody can write it into a link, so a page
/// has a list of the words it knows.
fn done(uri: &Uri) -> Option<String> {
    percent::value(uri.query(), "done")
}

/// Leads to the page that asks again who it is, and from there back to this one, where that is what is missing.
fn or_confirm(error: Error, back: &str) -> Detour {
    match error {
        Error::Refused(refused) if *refused.reason == reason::STEPUP_REQUIRED => {
            Detour::To(format!("/confirm{}", Next::read(back).query()))
        }
        error => error.into(),
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    frame: &'a Frame,
    user: &'a User,
    since: String,
    sessions: usize,
    factors: String,
    codes_left: i64,
    has_factor: bool,
    has_password: bool,
    can_verify: bool,
}

impl Page<'_> {
    fn places(&self) -> String {
        match self.sessions {
            0 | 1 => self.frame.say("account.one_place").to_owned(),
            n => self.frame.fill("account.places", &[("n", &n.to_string())]),
        }
    }

    fn must_verify(&self) -> bool {
        !self.user.email_verified && self.can_verify
    }

    fn few_codes(&self) -> bool {
        self.has_factor && self.codes_left < FEW_CODES
    }

    fn all_done(&self) -> bool {
        !self.must_verify() && self.has_factor && !self.few_codes()
    }
}

/// So few recovery codes are worth a word.
const FEW_CODES: i64 = 3;
