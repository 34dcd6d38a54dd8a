//! `/account/profile`: name, user name, language, and what applications keep with the account.

use askama::Template;
use axum::{extract::State, http::Uri, response::Response};
use jotgate_token::reason;
use serde_json::{Map, Value};

use super::done;
use crate::{
    error::{Error, Refused},
    flow::account::{ChangeMe, MAX_DATA, change_me, is_name, is_username},
    http::{
        body::unfit,
        front::Front,
        json,
        pages::{
            frame::Frame,
            mistakes::{Mistakes, words},
            posted::Posted,
            signed_in::{Detour, SignedIn, see_other},
        },
    },
    text::Language,
};

pub(in crate::http) async fn get(signed_in: SignedIn, frame: Frame, uri: Uri) -> Result<Response, Detour> {
    let user = &signed_in.user;
    let entered = Entered {
        name: user.name.clone().unwrap_or_default(),
        username: user.username.clone().unwrap_or_default(),
        language: user.language.map(|language| language.code().to_owned()).unwrap_or_default(),
        data: pretty(&user.data),
    };
    let saved = done(&uri).as_deref() == Some("saved");
    let page = Page { frame: &frame, roles: &user.roles, entered, mistakes: Mistakes::default(), saved };
    Ok(frame.page(&page)?)
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let entered = Entered {
        name: posted.text("name").trim().to_owned(),
        username: posted.text("username").trim().to_owned(),
        language: posted.text("language"),
        data: posted.text("data"),
    };
    let (change, mistakes) = entered.read(&frame);
    let refused = match (change, mistakes.any()) {
        (_, true) => (mistakes, unfit("A field of the profile does not fit.")),
        (change, false) => match change_me(&front.app, &signed_in, change).await {
            Ok(user) => return Ok(saved(&front, user.language)),
            Err(Error::Refused(refused)) => mend(&frame, *refused)?,
            Err(error) => return Err(error.into()),
        },
    };
    let (mistakes, refused) = refused;
    let page = Page { frame: &frame, roles: &signed_in.user.roles, entered, mistakes, saved: false };
    Ok(frame.form(&page, Some(refused))?)
}

/// Leads back to the page, in the language that was chosen.
fn saved(front: &Front, language: Option<Language>) -> Response {
    let mut answer = see_other("/account/profile?done=saved");
    match language {
        Some(language) => front.cookies.set_language(&mut answer, language.code()),
        None => front.cookies.clear_language(&mut answer),
    }
    answer
}

/// What was typed into the form.
struct Entered {
    name: String,
    username: String,
    language: String,
    data: String,
}

impl Entered {
    fn read(&self, frame: &Frame) -> (ChangeMe, Mistakes) {
        let mut mistakes = Mistakes::default();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (name, username) = (some(&self.name), some(&self.username));
        if name.as_deref().is_some_and(|name| !is_name(name)) {
            mistakes = mistakes.of_field("name", frame.say("account_profile.name_bad"));
        }
        if username.as_deref().is_some_and(|name| !is_username(name)) {
            mistakes = mistakes.of_field("username", frame.say("account_profile.username_bad"));
        }
        let data = object(frame, &self.data).unwrap_or_else(|wrong| {
            mistakes = std::mem::take(&mut mistakes).of_field("data", wrong);
            Map::new()
        });
        let language = Some(Language::parse(&self.language));
        (ChangeMe { name: Some(name), username: Some(username), language, data: Some(data) }, mistakes)
    }
}

/// The object in the text area; an empty one when there is nothing.
fn object(frame: &Frame, text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match json::parse(text.as_bytes()) {
        Ok(Value::Object(object)) if Value::Object(object.clone()).to_string().len() > MAX_DATA => {
            Err(frame.say("account_profile.data_too_large").to_owned())
        }
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(frame.fill("account_profile.data_not_object", &[("example", r#"{"theme": "dark"}"#)])),
        Err(error) => {
            let (line, column) = (error.line().to_string(), error.column().to_string());
            Err(frame.fill("account_profile.data_not_json", &[("line", &line), ("column", &column)]))
        }
    }
}

/// What another entry can mend goes beside its field; anything else has a page of its own.
fn mend(frame: &Frame, refused: Refused) -> Result<(Mistakes, Refused), Detour> {
    if *refused.reason == reason::SIGNUP_TAKEN {
        let mistakes = Mistakes::default().of_field("username", frame.say("account_profile.username_taken"));
        return Ok((mistakes, refused));
    }
    match words(frame, &refused) {
        Some(text) => Ok((Mistakes::default().of_form(text), refused)),
        None => Err(Error::from(refused).into()),
    }
}

fn pretty(data: &Map<String, Value>) -> String {
    if data.is_empty() { String::new() } else { serde_json::to_string_pretty(data).unwrap_or_default() }
}

#[derive(Template)]
#[template(path = "account_profile.html")]
struct Page<'a> {
    frame: &'a Frame,
    roles: &'a [String],
    entered: Entered,
    mistakes: Mistakes,
    saved: bool,
}
