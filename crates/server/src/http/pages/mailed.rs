//! What the pages around mails have in common: the link in the address, links that no longer work, and asking for a new
//! one. Opening any of them changes nothing, because mail scanners open links before people do; buttons do.

use askama::Template;
use axum::response::Response;
use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    frame::Frame,
    mistakes::{Mistakes, words},
    posted::Posted,
};
use crate::{
    error::{Error, Refused},
    flow::{
        Client,
        link::{Good, Purpose, Shown, peek},
        mail_request::{RequestMail, Wanted, request_mail},
    },
    http::{body::unfit, front::Front, percent, visit::Visit},
};

/// Where a new link of a kind is asked for.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) action: &'static str,
    pub(super) button: &'static str,
}

/// What the address of a page holds.
pub(super) enum Opened {
    /// No link: the code is to be typed.
    Nothing,
    /// A link that works.
    Good(Box<Good>, String),
    /// One that does not, with the page that says so.
    Broken(Response),
}

/// Looks at the link in the address, without using it.
pub(super) async fn opened(
    front: &Front,
    frame: &Frame,
    query: Option<&str>,
    purposes: &'static [Purpose],
    source: Source,
) -> Result<Opened, Error> {
    let Some(token) = percent::value(query, "token") else { return Ok(Opened::Nothing) };
    match peek(&front.app, purposes, token.as_str().into()).await {
        Ok(good) => Ok(Opened::Good(good.into(), token)),
        Err(Error::Refused(refused)) => broken(frame, *refused, source).map(Opened::Broken),
        Err(error) => Err(error),
    }
}

/// Whether a refusal means that the link is of no use any more.
pub(super) fn is_broken(refused: &Refused) -> bool {
    *refused.reason == reason::LINK_USED || *refused.reason == reason::LINK_EXPIRED
}

/// The page for a link that does not work, with the way to a new one.
pub(super) fn broken(frame: &Frame, refused: Refused, source: Source) -> Result<Response, Error> {
    let used = *refused.reason == reason::LINK_USED;
    let page = Broken { frame, used, source, mistakes: Mistakes::default() };
    frame.form(&page, Some(refused))
}

/// What was filled in: the link's secret, or address and code. None when a field is empty.
pub(super) fn shown(posted: &Posted) -> Option<Shown> {
    let filled = |name: &str| Some(posted.text(name)).filter(|text| !text.trim().is_empty());
    let secret = |name: &str| filled(name).map(SecretString::from);
    Shown::of(secret("token"), filled("email"), secret("code"))
}

/// What is missing from a form with address and code.
pub(super) fn missing(frame: &Frame, posted: &Posted) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if posted.text("email").trim().is_empty() {
        mistakes = mistakes.of_field("email", frame.say("form.email_missing"));
    }
    if posted.text("code").trim().is_empty() {
        mistakes = mistakes.of_field("code", frame.say("mailed.code_missing"));
    }
    mistakes
}

/// What became of a request for a mail.
pub(super) enum Asked {
    /// It was taken; whether there will be a mail is not known here.
    Taken,
    /// The form is shown again.
    Wrong(Mistakes, Refused),
}

/// Asks for a mail to the address in the form.
pub(super) async fn ask(
    front: &Front,
    frame: &Frame,
    visit: &Visit,
    posted: &Posted,
    wanted: Wanted,
) -> Result<Asked, Error> {
    let email = posted.text("email");
    ask_for(front, frame, visit, email, wanted).await
}

/// The same for an address that is known already.
pub(super) async fn ask_for(
    front: &Front,
    frame: &Frame,
    visit: &Visit,
    email: String,
    wanted: Wanted,
) -> Result<Asked, Error> {
    if email.trim().is_empty() {
        let mistakes = Mistakes::default().of_field("email", frame.say("form.email_missing"));
        return Ok(Asked::Wrong(mistakes, unfit("A field is empty.")));
    }
    match request_mail(&front.app, RequestMail { wanted, email, client: client(frame, visit) }).await {
        Ok(()) => Ok(Asked::Taken),
        Err(Error::Refused(refused)) if words(frame, &refused).is_some() => {
            Ok(Asked::Wrong(Mistakes::of(frame, &refused, FIELDS), *refused))
        }
        Err(error) => Err(error),
    }
}

/// Which field a refusal is about.
pub(super) const FIELDS: &[(&str, &str)] =
    &[("link.code_wrong", "code"), ("password.", "new"), ("signup.email_invalid", "email")];

/// Who asks, in the language of the page.
pub(super) fn client(frame: &Frame, visit: &Visit) -> Client {
    Client { language: frame.language(), ..visit.client() }
}

#[derive(Template)]
#[template(path = "link_broken.html")]
struct Broken<'a> {
    frame: &'a Frame,
    used: bool,
    source: Source,
    mistakes: Mistakes,
}
