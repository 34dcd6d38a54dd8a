//! The bound on request bodies, and the lingering close behind a refused one (RFC 9112 section 9.6).
//!
//! A server that closes while the client still sends makes the client's system drop the answer that is on its
//! way: "connection reset" instead of the 413 that tells what to do. So what is left of a body that nobody
//! reads is read and thrown away for a short time, within bounds that make it no gift to an attacker.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use http::header;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use jotgate_token::reason;

use crate::error::{Error, Refused};

/// A body longer than the bound.
#[derive(Debug, thiserror::Error)]
#[error("the body is longer than {limit} bytes")]
pub(crate) struct Overlong {
    limit: usize,
}

impl Overlong {
    /// Finds it behind what the body's reader reports.
    pub(crate) fn among<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(overlong) = error.downcast_ref() {
                return Some(overlong);
            }
            next = error.source();
        }
        None
    }

    pub(crate) fn refusal(&self) -> Error {
        Refused::new(&reason::REQUEST_TOO_LARGE).expected(format!("at most {} bytes", self.limit)).into()
    }
}

/// Bounds the request's body; refuses at once what announces too much.
pub(crate) fn bound(request: Request, limit: usize) -> (Request, Result<(), Error>) {
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let fits = announced.is_none_or(|length| length <= limit as u64);
    // A client that waits for "100 Continue" has sent nothing; reading on would ask it to start.
    let linger = !request.headers().contains_key(header::EXPECT);
    let request = request.map(|inner| Body::new(Bounded { inner: Some(inner), left: limit, limit, linger }));
    (request, if fits { Ok(()) } else { Err(Overlong { limit }.refusal()) })
}

struct Bounded {
    inner: Option<Body>,
    left: usize,
    limit: usize,
    linger: bool,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(inner) = self.inner.as_mut() else { return Poll::Ready(None) };
        match ready!(Pin::new(inner).poll_frame(cx)) {
            None => {
                self.inner = None;
                Poll::Ready(None)
            }
            Some(Err(error)) => {
                self.inner = None;
                Poll::Ready(Some(Err(error.into())))
            }
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match self.left.checked_sub(length) {
                    Some(left) => self.left = left,
                    None => return Poll::Ready(Some(Err(Overlong { limit: self.limit }.into()))),
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        let unread = self.inner.take().filter(|body| self.linger && !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (unread, tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(LINGER, throw_away(body)));
        }
    }
}

async fn throw_away(mut body: Body) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        left = match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(left) => left,
            None => return,
        };
    }
}

const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Body) -> Request {
        Request::new(body)
    }

    async fn collect(request: Request) -> Result<usize, bool> {
        match request.into_body().collect().await {
            Ok(body) => Ok(body.to_bytes().len()),
            Err(error) => Err(Overlong::among(&error).is_some()),
        }
    }

    fn chunks(sizes: &'static [usize]) -> Body {
        struct Chunks(std::slice::Iter<'static, usize>);
        impl HttpBody for Chunks {
            type Data = Bytes;
            type Error = std::convert::Infallible;
            fn poll_frame(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
                Poll::Ready(self.0.next().map(|size| Ok(Frame::data(vec![0; *size].into()))))
            }
        }
        Body::new(Chunks(sizes.iter()))
    }

    #[tokio::test]
    async fn the_bound_holds_for_announced_and_for_streamed_bodies() {
        let (within, fits) = bound(request(chunks(&[4, 6])), 10);
        assert!(fits.is_ok());
        assert_eq!(collect(within).await, Ok(10));
        let (beyond, fits) = bound(request(chunks(&[4, 7])), 10);
        assert!(fits.is_ok(), "a stream announces nothing");
        assert_eq!(collect(beyond).await, Err(true));
        let mut announced = request(Body::empty());
        announced.headers_mut().insert(header::CONTENT_LENGTH, "11".parse().unwrap());
        assert!(bound(announced, 10).1.is_err());
    }
}
