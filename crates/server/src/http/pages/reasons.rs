//! `/reasons` and `/reasons/{code}`: the page that `type` of a refusal points to, out of the catalogue itself, so that
//! it is there also where the internet is not.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use http::{HeaderValue, header};
use jotgate_token::reason::{self, Reason};

use super::{Span, page, spans};
use crate::error::{Error, Refused};

pub(in crate::http) async fn index() -> Result<Response, Error> {
    let mut groups = BTreeMap::<&str, Vec<&Reason>>::new();
    for reason in reason::ALL {
        let group = reason.code.split('.').next().unwrap_or_default();
        groups.entry(group).or_default().push(reason);
    }
    kept(page(&Index { groups })?)
}

pub(in crate::http) async fn one(code: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let found = code.ok().and_then(|Path(code)| reason::by_code(&code));
    let Some(reason) = found else {
        return Err(Refused::new(&reason::REQUEST_NOT_FOUND)
            .detail("No reason has this code.")
            .hint("All reasons are listed at `/reasons`.")
            .into());
    };
    kept(page(&One { reason, meaning: spans(reason.meaning), mend: spans(reason.mend) })?)
}

fn kept(mut answer: Response) -> Result<Response, Error> {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(answer)
}

#[derive(Template)]
#[template(path = "reasons.html")]
struct Index {
    groups: BTreeMap<&'static str, Vec<&'static Reason>>,
}

#[derive(Template)]
#[template(path = "reason.html")]
struct One {
    reason: &'static Reason,
    meaning: Vec<Span<'static>>,
    mend: Vec<Span<'static>>,
}
