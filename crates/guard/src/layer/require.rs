//! Requirements as layers beneath the guard's.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use jotgate_token::reason;
use tower_layer::Layer;
use tower_service::Service;

use super::{Passage, Presence};
use crate::{Checked, Refused, Require, bearer};

/// A service behind a requirement.
#[derive(Clone)]
pub struct Required<S> {
    inner: S,
    needs: Require,
}

impl<S> Layer<S> for Require {
    type Service = Required<S>;

    fn layer(&self, inner: S) -> Required<S> {
        Required { inner, needs: self.clone() }
    }
}

impl<S, I, O> Service<Request<I>> for Required<S>
where
    S: Service<Request<I>, Response = Response<O>>,
    O: From<Bytes>,
{
    type Response = Response<O>;
    type Error = S::Error;
    type Future = Passage<S::Future, O, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<I>) -> Self::Future {
        let verdict =
            caller(request.extensions(), request.uri()).and_then(|caller| caller.require(&self.needs));
        match verdict {
            Ok(()) => Passage::through(self.inner.call(request)),
            Err(refused) => Passage::refused(refused.into_http()),
        }
    }
}

/// Who calls, by what the guard's layer left with the request.
pub(crate) fn caller<'r>(extensions: &'r http::Extensions, uri: &http::Uri) -> Result<&'r Checked, Refused> {
    let Some(Presence { guard, caller }) = extensions.get() else { return Err(no_guard()) };
    caller.as_ref().ok_or_else(|| guard.refuse(bearer::missing(uri)))
}

/// The route is not behind a guard. Nobody gets in, and whoever wrote it is told.
pub(crate) fn no_guard() -> Refused {
    tracing::error!(target: "jotgate_guard", "a route asks for its caller, but no guard's layer is around it");
    Refused::new(&reason::POLICY_INVALID)
        .detail("This address asks for its caller, but no guard is around it.")
        .hint("Add `.layer(guard.layer())` around the route; layers added later are further out.")
}
