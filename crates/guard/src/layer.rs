//! The guard as a tower layer: a request goes through with its caller, or comes back as a refusal.
//!
//! A token that is judged at once, which is every token while the keys are at hand, costs no allocation for the
//! future. Waiting for keys, or asking the issuer, happens in a boxed one.

mod fresh;
mod passage;
mod require;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Checked, Guard, Refused,
    bearer::{self, Asked},
    guard::{Inner, Look, Verdict},
    keys::Wait,
};

pub use fresh::{Fresh, FreshWithin, fresh_within};
pub use passage::Passage;
pub use require::Required;
#[cfg(feature = "axum")]
pub(crate) use require::{caller, no_guard};

/// The layer of [`Guard::layer`] and [`Guard::optional_layer`].
#[derive(Clone)]
pub struct GuardLayer {
    guard: Arc<Inner>,
    /// A request without a token goes through, with nobody as its caller.
    is_optional: bool,
}

/// A service behind a guard.
#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    guard: Arc<Inner>,
    is_optional: bool,
}

/// What the layer leaves with the request.
#[derive(Clone)]
pub(crate) struct Presence {
    pub(crate) guard: Arc<Inner>,
    pub(crate) caller: Option<Checked>,
}

impl Guard {
    /// The layer that lets a request through only with a good token. Extractors and requirements go beneath it.
    ///
    /// Preflight requests of browsers carry no token, so a CORS layer goes around this one.
    ///
    /// ```
    /// # #[cfg(feature = "axum")]
    /// # fn app(guard: &jotgate_guard::Guard) -> axum::Router {
    /// axum::Router::new().route("/", axum::routing::get(async || "hello")).layer(guard.layer())
    /// # }
    /// ```
    #[must_use]
    pub fn layer(&self) -> GuardLayer {
        GuardLayer { guard: Arc::clone(&self.0), is_optional: false }
    }

    /// As [`Self::layer`], letting requests without a token through too. A bad token is refused all the same, because
    /// a client that sends one believes to be logged in. Handlers take an [`OptionalCaller`](crate::OptionalCaller).
    ///
    /// ```
    /// # #[cfg(feature = "axum")]
    /// # fn app(guard: &jotgate_guard::Guard) -> axum::Router {
    /// axum::Router::new().route("/", axum::routing::get(async || "hello")).layer(guard.optional_layer())
    /// # }
    /// ```
    #[must_use]
    pub fn optional_layer(&self) -> GuardLayer {
        GuardLayer { guard: Arc::clone(&self.0), is_optional: true }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, guard: Arc::clone(&self.guard), is_optional: self.is_optional }
    }
}

impl<S, I, O> Service<Request<I>> for Guarded<S>
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

    fn call(&mut self, mut request: Request<I>) -> Self::Future {
        match self.guard.admit(Asked::of(&request), self.is_optional, Look::First) {
            Admission::Through(caller) => {
                request.extensions_mut().insert(Presence { guard: Arc::clone(&self.guard), caller });
                Passage::through(self.inner.call(request))
            }
            Admission::Refused(refused) => Passage::refused(refused.into_http()),
            Admission::Later(cause) => {
                // The one that was polled ready goes with this request; a clone stays.
                let clone = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, clone);
                let (guard, is_optional) = (Arc::clone(&self.guard), self.is_optional);
                Passage::later(async move {
                    let (mut parts, body) = request.into_parts();
                    let asked = Asked { method: &parts.method, uri: &parts.uri, headers: &parts.headers };
                    match guard.admit_later(asked, is_optional, cause).await {
                        Ok(caller) => {
                            parts.extensions.insert(Presence { guard, caller });
                            inner.call(Request::from_parts(parts, body)).await
                        }
                        Err(refused) => Ok(refused.into_http()),
                    }
                })
            }
        }
    }
}

/// What becomes of a request.
pub(crate) enum Admission {
    Through(Option<Checked>),
    Refused(Refused),
    Later(Cause),
}

/// Why it is not known at once.
pub(crate) enum Cause {
    /// Keys are on their way.
    Keys(Wait),
    /// The feed is silent, and the policy is to ask.
    Ask(Checked),
}

impl Inner {
    fn admit(self: &Arc<Self>, asked: Asked<'_>, is_optional: bool, look: Look) -> Admission {
        let token = match self.token(asked) {
            Ok(Some(token)) => token,
            Ok(None) if is_optional => return Admission::Through(None),
            Ok(None) => return Admission::Refused(self.refuse(bearer::missing(asked.uri))),
            Err(refused) => return Admission::Refused(self.refuse(refused)),
        };
        match self.judge(token, self.clock.now(), look) {
            Verdict::Good(checked) => {
                self.counters.accept();
                Admission::Through(Some(checked))
            }
            Verdict::Bad(refused) => Admission::Refused(self.refuse(refused)),
            Verdict::Keys(wait) => Admission::Later(Cause::Keys(wait)),
            Verdict::Ask(checked) if self.is_known_good(&checked, token) => {
                self.counters.accept();
                Admission::Through(Some(checked))
            }
            Verdict::Ask(checked) => Admission::Later(Cause::Ask(checked)),
        }
    }

    /// Looks again when the keys have come, or have not; asks where that is the policy.
    async fn admit_later(
        self: &Arc<Self>,
        asked: Asked<'_>,
        is_optional: bool,
        cause: Cause,
    ) -> Result<Option<Checked>, Refused> {
        let cause = match cause {
            Cause::Keys(wait) => {
                let look = Look::Second { is_late: !wait.over(PATIENCE).await };
                match self.admit(asked, is_optional, look) {
                    Admission::Through(caller) => return Ok(caller),
                    Admission::Refused(refused) => return Err(refused),
                    Admission::Later(cause) => cause,
                }
            }
            ask @ Cause::Ask(_) => ask,
        };
        match cause {
            Cause::Ask(checked) => self.ask_about(asked, checked).await.map(Some),
            // A second look leads to no second wait.
            Cause::Keys(_) => Err(self.refuse(self.keys_unreachable())),
        }
    }

    async fn ask_about(self: &Arc<Self>, asked: Asked<'_>, checked: Checked) -> Result<Checked, Refused> {
        let token = self.token(asked).map_err(|refused| self.refuse(refused))?.unwrap_or_default();
        self.ask(&checked, token).await.map_err(|refused| self.refuse(refused))?;
        self.counters.accept();
        Ok(checked)
    }

    fn is_known_good(&self, checked: &Checked, token: &str) -> bool {
        self.trusted[checked.issuer].asker.is_known_good(token, ANSWER_COUNTS)
    }
}

/// How long the answer about one token counts while the feed is silent: a client that loads a page with many parts is
/// asked about once.
const ANSWER_COUNTS: Duration = Duration::from_secs(1);
/// How long a request waits for keys that are on their way.
const PATIENCE: Duration = Duration::from_secs(2);
