//! What a source gives: a token, or why there is none.

use std::{fmt, sync::Arc};

use http::HeaderValue;
use tokio::time::Instant;

use crate::FetchError;

/// An access token. Its `Debug` shows nothing, because what is shown ends in a log.
#[derive(Clone)]
pub struct SourceToken(pub(super) Arc<Held>);

pub(super) struct Held {
    pub(super) text: String,
    pub(super) header: HeaderValue,
    /// Both clocks must find it good: this one does not jump, and the other does not stop while the machine sleeps.
    pub(super) life: Life<Instant>,
    pub(super) wall: Life<i64>,
}

/// When a token was got, is to be renewed, and is not used any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life<T> {
    pub(super) since: T,
    pub(super) renew: T,
    pub(super) until: T,
}

impl SourceToken {
    pub(super) fn new(held: Held) -> Self {
        Self(Arc::new(held))
    }

    /// The token, to be sent to the API and nowhere else.
    ///
    /// ```
    /// # fn send(token: jotgate_guard::SourceToken) {
    /// let authorization = format!("Bearer {}", token.expose());
    /// # }
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// The value of the `Authorization` header, marked as sensitive.
    ///
    /// ```
    /// # fn send(token: jotgate_guard::SourceToken) {
    /// let request = http::Request::get("https://api.example/").header("authorization", token.header());
    /// # }
    /// ```
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.header.clone()
    }
}

impl fmt::Debug for SourceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceToken(..)")
    }
}

/// Why there is no token. The words hold no secret and are fit for a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The issuer refused, in the words of RFC 6749.
    #[error("the issuer refused a token: {error} ({status}): {description}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The `error`, such as `invalid_client`.
        error: String,
        /// The `error_description`, shortened.
        description: String,
    },
    /// The issuer could not be asked, or its answer is of no use.
    #[error("no token could be had: {0}")]
    Fetch(#[from] FetchError),
    /// The assertion could not be signed.
    #[error("the assertion could not be signed: {0}")]
    Assertion(String),
}
