//! `?after=...&limit=...`: a page of a list, for all lists that administrators read.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use http::request;

use crate::{
    error::Error,
    http::{body::unfit, front::Front},
};

/// Which page is asked for; `K` is what the list is sorted by.
pub(in crate::http) struct Page<K> {
    /// The last one of the page before.
    pub(super) after: Option<K>,
    /// How many at most.
    pub(super) limit: u32,
}

impl<K> Page<K> {
    /// The `after` of the next page: a full page may have one, a short one is the last.
    pub(super) fn next<T>(&self, found: &[T], key: impl FnOnce(&T) -> K) -> Option<K> {
        found.last().filter(|_| found.len() == self.limit as usize).map(key)
    }
}

impl<K: FromStr> FromRequestParts<Front> for Page<K> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, front).await;
        let Query(pairs) = query.map_err(|_| unfit("The query cannot be read."))?;
        let mut page = Self { after: None, limit: 100 };
        for (name, value) in pairs {
            match name.as_str() {
                "after" => page.after = Some(value.parse().map_err(|_| unfit("`after` is not an id."))?),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=1000).contains(limit));
                    page.limit =
                        limit.ok_or_else(|| unfit("`limit` is not a number.").expected("1 to 1000"))?;
                }
                _ => {}
            }
        }
        Ok(page)
    }
}
