//! `/debugger`: paste a token, read what it is, whether a verifier would take it, and why not.
//!
//! The page is the report of [`jotgate_jose::explain`] and the findings of [`jotgate_jose::lint`], set in type. What is
//! pasted goes into that one answer and nowhere else: no log, no record, no database, no address; and nothing is
//! fetched because a token says so. Who may use it: [`Trusted`].

mod sample;
mod view;

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use jotgate_jose::{
    Algorithm,
    explain::{self, explain},
    jwt::{Audience, Issuer, Policy, Typ},
    lint,
};

use super::{fields::Fields, frame::Frame, spans};
use crate::{
    error::Error,
    http::{front::Front, local::Trusted},
};
use sample::{SAMPLES, Sample};
use view::{View, tone, unquoted};

/// Of the query only the name of a sample is read: a token in an address ends in logs and histories.
pub(in crate::http) async fn get(
    State(front): State<Front>,
    _: Trusted,
    frame: Frame,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Error> {
    let pairs = query.map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
    let named = pairs.iter().find(|(name, _)| name == "sample").map(|(_, value)| value.as_str());
    let sample = named.and_then(|name| SAMPLES.iter().find(|sample| sample.name == name));
    show(&front, &frame.without_query(), &sample.map(Entry::of).unwrap_or_default())
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    _: Trusted,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Error> {
    show(&front, &frame, &Entry::read(&fields))
}

/// What was entered into the form, to be shown there again.
#[derive(Default)]
struct Entry {
    token: String,
    key: String,
    own_keys: bool,
    iss: String,
    aud: String,
    typ: String,
    alg: String,
}

impl Entry {
    fn read(fields: &Fields) -> Self {
        Self {
            token: fields.text("token"),
            key: fields.text("key"),
            own_keys: !fields.text("own_keys").is_empty(),
            iss: fields.text("iss").trim().to_owned(),
            aud: fields.text("aud").trim().to_owned(),
            typ: fields.text("typ").trim().to_owned(),
            alg: fields.text("alg"),
        }
    }

    fn of(sample: &Sample) -> Self {
        let [token, key, iss, aud] = [sample.token, sample.key, sample.iss, sample.aud].map(str::to_owned);
        Self { token, key, iss, aud, ..Self::default() }
    }

    /// What the token must satisfy; nothing is demanded for a field left empty.
    fn policy(&self) -> Option<Policy> {
        let algorithm = Algorithm::from_name(&self.alg);
        if [&self.iss, &self.aud, &self.typ].iter().all(|text| text.is_empty()) && algorithm.is_none() {
            return None;
        }
        let issuer = if self.iss.is_empty() { Issuer::any() } else { Issuer::exact(&self.iss) };
        let audience = if self.aud.is_empty() { Audience::any() } else { Audience::any_of([&self.aud]) };
        let typ = if self.typ.is_empty() { Typ::any() } else { Typ::exact(&self.typ) };
        let policy = Policy::new(issuer, audience, typ);
        Some(match algorithm {
            Some(algorithm) => policy.algorithms([algorithm]),
            None => policy,
        })
    }
}

fn show(front: &Front, frame: &Frame, entry: &Entry) -> Result<Response, Error> {
    let keys = front.app.keyring.signing();
    let (policy, now) = (entry.policy(), front.app.clock.now());
    // Browsers send line ends of two characters; a secret has the one it was made with.
    let key = entry.key.replace("\r\n", "\n");
    let source = match (key.trim().is_empty(), entry.own_keys) {
        (false, _) => "pasted by you: ",
        (true, true) => "of this server: ",
        (true, false) => "",
    };
    let report = (!entry.token.trim().is_empty()).then(|| {
        let question = explain::Question::new(&entry.token, now).show_work();
        let question = policy.iter().fold(question, explain::Question::policy);
        // A key that somebody took the trouble to paste counts, and never both: the report names the one that was asked.
        let question = match (key.trim().is_empty(), entry.own_keys) {
            (false, _) => question.key(key.as_bytes()),
            (true, true) => question.keys(&keys.verifying),
            (true, false) => question,
        };
        explain(&question)
    });
    let findings = report.as_ref().map(|report| lint::token(&lint::Question::new(report.token(), now)));
    let view =
        report.as_ref().map(|report| View::of(report, findings.as_deref().unwrap_or_default(), source));
    frame.page(&Debugger { frame, issuer: front.app.config.issuer.as_str(), entry, view })
}

#[derive(Template)]
#[template(path = "debugger.html")]
struct Debugger<'a> {
    frame: &'a Frame,
    issuer: &'a str,
    entry: &'a Entry,
    view: Option<View<'a>>,
}

impl Debugger<'_> {
    fn samples(&self) -> &'static [Sample] {
        SAMPLES
    }

    fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        Algorithm::ALL.iter().map(|algorithm| algorithm.name())
    }

    fn has_demands(&self) -> bool {
        let Entry { iss, aud, typ, alg, .. } = self.entry;
        [iss, aud, typ, alg].iter().any(|text| !text.is_empty())
    }
}
