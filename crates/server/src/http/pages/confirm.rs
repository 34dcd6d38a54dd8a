//! `/confirm`: who one is, asked again before what matters. The session that was shown ends and a new one takes its place.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use jotgate_token::reason;
use secrecy::ExposeSecret;

use super::{
    frame::Frame,
    login,
    mistakes::{Mistakes, words},
    next::Next,
    posted::Posted,
    signed_in::{Detour, SignedIn},
};
use crate::{
    error::Error,
    flow::{
        passkey::{
            log_in::{StepUpWithPasskey, step_up_with_passkey},
            manage::list_passkeys,
        },
        step_up::{StepUp, step_up},
    },
    http::{body::unfit, front::Front, visit::Visit},
};

pub(in crate::http) async fn get(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Detour> {
    let next = Next::of_query(query.as_deref());
    let passkeys = has_passkeys(&front, &signed_in).await?;
    let frame = frame.with_scripts();
    let page = Page { frame: &frame, next: &next, passkeys, mistakes: Mistakes::default() };
    Ok(frame.page(&page)?)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let next = Next::read(&posted.text("next"));
    let passkeys = has_passkeys(&front, &signed_in).await?;
    let frame = frame.with_scripts();
    let page = Page { frame: &frame, next: &next, passkeys, mistakes: Mistakes::default() };
    let password = posted.secret("password");
    let with_passkey = !posted.text("passkey").is_empty();
    if !with_passkey && password.expose_secret().is_empty() {
        let mistakes = Mistakes::default().of_field("password", frame.say("form.password_missing"));
        return Ok(frame.form(&Page { mistakes, ..page }, Some(unfit("A field is empty.")))?);
    }
    let (replaces, client) = (front.cookies.held(&headers), visit.client());
    let confirmed = match with_passkey {
        true => {
            let (challenge_token, passkey) = (posted.secret("challenge_token"), posted.json("passkey")?);
            let input = StepUpWithPasskey { challenge_token, passkey, replaces, client };
            step_up_with_passkey(&front.app, &signed_in, input).await
        }
        false => step_up(&front.app, &signed_in, StepUp { password, replaces, client }).await,
    };
    match confirmed {
        Ok(logged_in) => Ok(login::entered(&front, &posted.vouched, &logged_in, &next)),
        Err(Error::Refused(refused)) if *refused.reason == reason::REVOKED_SESSION => {
            Err(Detour::To(format!("/login{}", next.query())))
        }
        Err(Error::Refused(refused)) if *refused.reason == reason::LINK_EXPIRED => {
            let mistakes = Mistakes::default().of_form(frame.say("passkey.too_old"));
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(Error::Refused(refused)) if words(&frame, &refused).is_some() => {
            let mistakes = Mistakes::of(&frame, &refused, &[("password.", "password")]);
            Ok(frame.form(&Page { mistakes, ..page }, Some(*refused))?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn has_passkeys(front: &Front, signed_in: &SignedIn) -> Result<bool, Error> {
    Ok(front.app.passkeys.are_possible() && !list_passkeys(&front.app, signed_in).await?.is_empty())
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Page<'a> {
    frame: &'a Frame,
    next: &'a Next,
    passkeys: bool,
    mistakes: Mistakes,
}

impl Page<'_> {
    /// For password managers, which keep a password under a name.
    fn account(&self) -> &str {
        self.frame.user().map_or("", |user| &user.email)
    }
}
