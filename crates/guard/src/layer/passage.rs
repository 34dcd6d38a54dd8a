//! The way of a request: straight through, back at once, or through later.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

pin_project! {
    /// The future of a guarded service.
    #[project = Way]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Passage<F, B, E> {
        #[pin]
        kind: Kind<F, B, E>,
    }
}

pin_project! {
    #[project = KindWay]
    enum Kind<F, B, E> {
        Through { #[pin] inner: F },
        Refused { answer: Option<Response<B>> },
        Later { inner: Later<B, E> },
    }
}

type Later<B, E> = Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>>;

impl<F, B, E> Passage<F, B, E> {
    pub(super) fn through(inner: F) -> Self {
        Self { kind: Kind::Through { inner } }
    }

    pub(super) fn refused(answer: Response<B>) -> Self {
        Self { kind: Kind::Refused { answer: Some(answer) } }
    }

    pub(super) fn later(inner: impl Future<Output = Result<Response<B>, E>> + Send + 'static) -> Self {
        Self { kind: Kind::Later { inner: Box::pin(inner) } }
    }
}

impl<F: Future<Output = Result<Response<B>, E>>, B, E> Future for Passage<F, B, E> {
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindWay::Through { inner } => inner.poll(cx),
            KindWay::Refused { answer } => {
                Poll::Ready(Ok(answer.take().expect("a future is not polled after it is ready")))
            }
            KindWay::Later { inner } => inner.as_mut().poll(cx),
        }
    }
}
