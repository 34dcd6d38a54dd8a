//! The edge to the network: how documents of an issuer are fetched, and within which bounds.
//!
//! [`Fetch`] is a trait so that a test can answer in process. The bounds on time and size stand here and not in an
//! implementation, so that none can forget them; they hold for the bytes after decompression. Redirects are not
//! followed, because an issuer that was trusted with an address was not trusted with any other.
//! Not here: which addresses may be asked (`address.rs`).

mod http_client;

use std::{fmt, future::Future, pin::Pin, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};

pub use http_client::HttpFetch;

/// Sends a request and gives the answer as it comes; never follows a redirect.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use jotgate_guard::{Answering, Fetch, FetchBody};
///
/// /// An issuer in process: no network in the tests that use it.
/// struct Canned;
/// impl Fetch for Canned {
///     fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
///         let known = request.uri().path() == "/.well-known/jwks.json";
///         let body = if known { r#"{"keys":[]}"# } else { "" };
///         Box::pin(async move { Ok(Response::new(FetchBody::full(body))) })
///     }
/// }
/// ```
pub trait Fetch: Send + Sync {
    /// Sends it. The future may be dropped at any time.
    ///
    /// ```
    /// # async fn fetch(edge: &dyn jotgate_guard::Fetch) -> Result<(), jotgate_guard::FetchError> {
    /// let request = http::Request::get("https://id.example/.well-known/jwks.json").body(bytes::Bytes::new());
    /// let answer = edge.fetch(request.expect("a good address")).await?;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_>;
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response<FetchBody>, FetchError>> + Send + 'a>>;

/// The body of an answer, decompressed.
pub struct FetchBody(UnsyncBoxBody<Bytes, FetchError>);

impl FetchBody {
    /// A body that is there already.
    ///
    /// ```
    /// let body = jotgate_guard::FetchBody::full("text");
    /// ```
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self(Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync())
    }

    /// A body that comes in pieces.
    ///
    /// ```
    /// let body = jotgate_guard::FetchBody::new(http_body_util::Empty::<bytes::Bytes>::new());
    /// ```
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: fmt::Display,
    {
        Self(body.map_err(|error| FetchError::Unreachable(error.to_string())).boxed_unsync())
    }

    /// The next piece; `None` at the end.
    ///
    /// ```
    /// # async fn read() -> Result<(), jotgate_guard::FetchError> {
    /// let mut body = jotgate_guard::FetchBody::full("text");
    /// assert_eq!(body.chunk().await?.as_deref(), Some(&b"text"[..]));
    /// assert_eq!(body.chunk().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`FetchError`] when the connection breaks before the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        while let Some(frame) = self.0.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for FetchBody {
    /// Never the bytes: they can hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchBody(..)")
    }
}

/// Why a document could not be had. The words are fit for a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("the issuer cannot be reached: {0}")]
    Unreachable(String),
    /// It took longer than allowed.
    #[error("no whole answer within {0:?}")]
    TimedOut(Duration),
    /// It is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// Another status than 200. A redirect is one.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// It came whole, but is not what belongs there.
    #[error("the answer is of no use: {0}")]
    Unusable(String),
}

/// How much an answer may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    /// Until the head of the answer is there.
    pub(crate) head: Duration,
    /// From then until its end.
    pub(crate) body: Duration,
}

impl Bounds {
    pub(crate) const fn bytes(bytes: usize) -> Self {
        Self { bytes, head: Duration::from_secs(5), body: Duration::from_secs(10) }
    }
}

/// A document that came whole.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

/// The answer to a GET of `url`, which must be a 200.
pub(crate) async fn document(fetch: &dyn Fetch, url: &str, bounds: Bounds) -> Result<Document, FetchError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.parse().map_err(|_| FetchError::Unusable("an address that is none".into()))?;
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let answer = send(fetch, request, bounds).await?;
    match answer.status() {
        StatusCode::OK => Ok(Document { headers: answer.headers().clone(), bytes: answer.into_body() }),
        other => Err(FetchError::Status(other.as_u16())),
    }
}

/// Any answer, whatever its status, with its whole body.
pub(crate) async fn send(
    fetch: &dyn Fetch,
    request: Request<Bytes>,
    bounds: Bounds,
) -> Result<Response<Bytes>, FetchError> {
    let answer = tokio::time::timeout(bounds.head, fetch.fetch(request))
        .await
        .map_err(|_| FetchError::TimedOut(bounds.head))??;
    let (parts, body) = answer.into_parts();
    let bytes = tokio::time::timeout(bounds.body, whole(body, bounds.bytes))
        .await
        .map_err(|_| FetchError::TimedOut(bounds.body))??;
    Ok(Response::from_parts(parts, bytes))
}

async fn whole(mut body: FetchBody, most: usize) -> Result<Bytes, FetchError> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.chunk().await? {
        if bytes.len() + piece.len() > most {
            return Err(FetchError::TooLarge(most));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}
