//! The layer that asks: routes where even a second of ignorance is too much.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{Passage, require::caller};
use crate::{
    Checked, Refused,
    bearer::{self, Asked},
    guard::Inner,
};

/// The layer of [`fresh_within`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshWithin(Duration);

/// A service behind [`fresh_within`].
#[derive(Debug, Clone)]
pub struct Fresh<S> {
    inner: S,
    most_age: Duration,
}

/// Lets a request through only when the issuer said within so many seconds that its token is good right now, asking
/// it (`GET /v1/verify`) where it did not: for what cannot be undone. Without an answer it is 503. Needs the guard's
/// layer around it.
///
/// ```
/// # #[cfg(feature = "axum")]
/// # fn app(guard: &jotgate_guard::Guard) -> axum::Router {
/// use axum::{Router, routing::delete};
/// use jotgate_guard::fresh_within;
///
/// Router::new()
///     .route("/account", delete(async || "gone").route_layer(fresh_within(0)))
///     .layer(guard.layer())
/// # }
/// ```
#[must_use]
pub fn fresh_within(seconds: u32) -> FreshWithin {
    FreshWithin(Duration::from_secs(seconds.into()))
}

impl<S> Layer<S> for FreshWithin {
    type Service = Fresh<S>;

    fn layer(&self, inner: S) -> Fresh<S> {
        Fresh { inner, most_age: self.0 }
    }
}

impl<S, I, O> Service<Request<I>> for Fresh<S>
where
    S: Service<Request<I>, Response = Response<O>> + Clone + Send + 'static,
    S::Future: Send,
    I: Send + 'static,
    O: From<Bytes>,
{
    type Response = Response<O>;
    type Error = S::Error;
    type Future = Passage<S::Future, O, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<I>) -> Self::Future {
        let question = match Question::of(&request) {
            Ok(question) => question,
            Err(refused) => return Passage::refused(refused.into_http()),
        };
        if question.is_answered(self.most_age) {
            return Passage::through(self.inner.call(request));
        }
        // The one that was polled ready goes with this request; a clone stays.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Passage::later(async move {
            match question.ask().await {
                Ok(()) => inner.call(request).await,
                Err(refused) => Ok(refused.into_http()),
            }
        })
    }
}

/// A caller whose token is to be asked about, and the token.
struct Question {
    caller: Checked,
    token: String,
}

impl Question {
    fn of<I>(request: &Request<I>) -> Result<Self, Refused> {
        let caller = caller(request.extensions(), request.uri())?.clone();
        let guard = &caller.guard;
        // It was there a moment ago, unless a layer in between took the header away.
        match guard.token(Asked::of(request)).map_err(|refused| guard.refuse(refused))? {
            Some(token) => Ok(Self { token: token.to_owned(), caller }),
            None => Err(guard.refuse(bearer::missing(request.uri()))),
        }
    }

    fn is_answered(&self, most_age: Duration) -> bool {
        let Checked { guard, issuer, .. } = &self.caller;
        guard.trusted[*issuer].asker.is_known_good(&self.token, most_age)
    }

    async fn ask(self) -> Result<(), Refused> {
        let Checked { guard, .. } = &self.caller;
        guard.ask(&self.caller, &self.token).await.map_err(|refused| guard.refuse(refused))
    }
}

impl Inner {
    /// Asks the issuer whether the token is good right now.
    pub(super) async fn ask(self: &Arc<Self>, caller: &Checked, token: &str) -> Result<(), Refused> {
        self.counters.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.trusted[caller.issuer].asker.ask(token, caller.claims()).await
    }
}
