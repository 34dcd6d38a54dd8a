//! What every page has around it: the language, the name of the service, who is signed in, and the headers of a page.
//!
//! A handler takes a [`Frame`] and answers `frame.page(&template)`, or `frame.form(&template, refused)` for a form that
//! says what is wrong. Every template has `frame: &Frame` and extends `base.html`.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request};

use super::{assets, signed_in::viewer};
use crate::{
    error::{Error, Refused},
    flow::{User, authenticate::Caller},
    http::{
        front::Front,
        gate::set,
        percent,
        problem::{Kept, Refusal},
    },
    text::Language,
};

/// What is around a page.
pub(in crate::http) struct Frame {
    front: Front,
    language: Language,
    /// The language was chosen with this very request, and is to be remembered.
    chosen: bool,
    path: String,
    query: String,
    caller: Option<Arc<Caller>>,
    scripts: bool,
}

/// A language that a page offers.
pub(super) struct Offer {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) href: String,
    pub(super) current: bool,
}

impl Frame {
    /// For whoever it is, without looking.
    pub(in crate::http) fn of(front: &Front, uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = percent::value(uri.query(), LANG).and_then(|tag| Language::parse(&tag));
        let kept = || front.cookies.language(headers).and_then(Language::parse);
        let liked = || Language::of_header(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
        let query = uri.query().unwrap_or_default().split('&');
        let query: Vec<_> =
            query.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(LANG)).collect();
        Self {
            front: front.clone(),
            language: asked.or_else(kept).or_else(liked).unwrap_or_default(),
            chosen: asked.is_some(),
            path: uri.path().to_owned(),
            query: query.join("&"),
            caller: None,
            scripts: false,
        }
    }

    /// Lets the page load scripts of this server, and those ask it. All others may not.
    pub(in crate::http) fn with_scripts(mut self) -> Self {
        self.scripts = true;
        self
    }

    /// Offers other languages at this address without its query, where that could hold what nobody should repeat.
    pub(in crate::http) fn without_query(mut self) -> Self {
        self.query.clear();
        self
    }

    pub(in crate::http) fn language(&self) -> Language {
        self.language
    }

    /// The text under a key, in the reader's language.
    pub(in crate::http) fn say(&self, key: &str) -> &'static str {
        self.language.say(key)
    }

    /// The same with its placeholders filled.
    pub(in crate::http) fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.language.fill(key, values)
    }

    /// A text whose placeholder `{service}` is the name of the service.
    pub(super) fn with_service(&self, key: &str) -> String {
        self.fill(key, &[("service", self.service())])
    }

    /// What the operator calls it.
    pub(super) fn service(&self) -> &str {
        &self.front.app.config.pages.service_name
    }

    pub(super) fn issuer(&self) -> &str {
        self.front.app.config.issuer.as_str()
    }

    /// Whoever is signed in here, if anybody.
    pub(in crate::http) fn user(&self) -> Option<&User> {
        self.caller.as_ref().map(|caller| &caller.user)
    }

    /// The name to greet them by, or the address.
    pub(super) fn who(&self) -> &str {
        let name = |user: &'_ User| user.name.as_ref().or(user.username.as_ref()).is_some();
        match self.user() {
            Some(user) if name(user) => user.name.as_deref().or(user.username.as_deref()).unwrap_or_default(),
            Some(user) => &user.email,
            None => "",
        }
    }

    /// The first letter of that, for the round mark beside it.
    pub(super) fn initial(&self) -> String {
        self.who().chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
    }

    /// The fewest and the most characters of a password.
    pub(super) fn passwords(&self) -> (usize, usize) {
        let passwords = &self.front.app.config.passwords;
        (passwords.min_length, passwords.max_length)
    }

    /// Whether this is the page at that path, for menus.
    pub(super) fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    /// For a page that tells somebody who is signed out from here on.
    pub(super) fn signed_out(self) -> Self {
        Self { caller: None, ..self }
    }

    /// The address of a file under `/assets/`, with a digest of its content.
    pub(super) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The languages, each with the address of this page in it.
    pub(super) fn languages(&self) -> Vec<Offer> {
        let rest = if self.query.is_empty() { String::new() } else { format!("&{}", self.query) };
        let offer = |language: Language| Offer {
            code: language.code(),
            name: language.name(),
            href: format!("{}?{LANG}={}{rest}", self.path, language.code()),
            current: language == self.language,
        };
        Language::ALL.into_iter().map(offer).collect()
    }

    /// Answers with the page.
    pub(in crate::http) fn page(&self, template: &impl Template) -> Result<Response, Error> {
        let html = template
            .render()
            .map_err(|error| Error::Internal(format!("a page cannot be written: {error}")))?;
        let mut answer = Html(html).into_response();
        self.head(&mut answer);
        Ok(answer)
    }

    /// Answers with a page that holds a form. What was wrong with it gives the status, and is kept for `jotgate why`.
    pub(in crate::http) fn form(
        &self,
        template: &impl Template,
        refused: Option<Refused>,
    ) -> Result<Response, Error> {
        let mut answer = self.page(template)?;
        if let Some(refused) = refused {
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            answer.extensions_mut().insert(Kept);
            answer.extensions_mut().insert(Refusal(refused.into()));
        }
        Ok(answer)
    }

    fn head(&self, answer: &mut Response) {
        // With `no-referrer` browsers send `Origin: null` with a form, and the header of every page has one. This sends
        // the origin and never the path, which can hold the token of a link.
        let headers = answer.headers_mut();
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
        if self.scripts {
            headers.insert(header::CONTENT_SECURITY_POLICY, SCRIPT_POLICY);
        }
        set(answer, header::CONTENT_LANGUAGE, self.language.code());
        if self.chosen {
            self.front.cookies.set_language(answer, self.language.code());
        }
    }
}

impl FromRequestParts<Front> for Frame {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let caller = viewer(parts, front).await?.caller().ok();
        let mut frame = Self { caller, ..Self::of(front, &parts.uri, &parts.headers) };
        // What was chosen in this browser counts first, then what the account says, then what the browser likes.
        let is_chosen = frame.chosen || front.cookies.language(&parts.headers).is_some();
        if let (false, Some(language)) = (is_chosen, frame.user().and_then(|user| user.language)) {
            frame.language = language;
        }
        Ok(frame)
    }
}

/// The name in the query.
const LANG: &str = "lang";

const SCRIPT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
