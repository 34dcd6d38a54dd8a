//! `/reasons` and `/reasons/{code}`: the page that `type` of a refusal points to, out of the catalogue itself, so that
//! it is there also where the internet is not.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use jotgate_token::reason::{self, Reason};

use super::{Span, frame::Frame, spans};
use crate::error::{Error, Refused};

pub(in crate::http) async fn index(frame: Frame) -> Result<Response, Error> {
    let mut groups = BTreeMap::<&str, Vec<&Reason>>::new();
    for reason in reason::ALL {
        let group = reason.code.split('.').next().unwrap_or_default();
        groups.entry(group).or_default().push(reason);
    }
    frame.page(&Index { frame: &frame, groups })
}

pub(in crate::http) async fn one(
    frame: Frame,
    code: Result<Path<String>, PathRejection>,
) -> Result<Response, Error> {
    let found = code.ok().and_then(|Path(code)| reason::by_code(&code));
    let Some(reason) = found else {
        return Err(Refused::new(&reason::REQUEST_NOT_FOUND)
            .detail("No reason has this code.")
            .hint("All reasons are listed at `/reasons`.")
            .into());
    };
    let (meaning, mend) = (spans(reason.meaning), spans(reason.mend));
    frame.page(&One { frame: &frame, reason, meaning, mend })
}

#[derive(Template)]
#[template(path = "reasons.html")]
struct Index<'a> {
    frame: &'a Frame,
    groups: BTreeMap<&'static str, Vec<&'static Reason>>,
}

#[derive(Template)]
#[template(path = "reason.html")]
struct One<'a> {
    frame: &'a Frame,
    reason: &'static Reason,
    meaning: Vec<Span<'static>>,
    mend: Vec<Span<'static>>,
}
