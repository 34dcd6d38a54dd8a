//! The edge as it is outside of tests: reqwest over rustls.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use reqwest::{Certificate, Client, ClientBuilder, redirect::Policy};

use super::{Answering, Fetch, FetchBody, FetchError};
use crate::address;

/// Fetches over HTTP, with TLS by rustls against the certificates the machine trusts.
///
/// ```
/// let edge = jotgate_guard::HttpFetch::new()?;
/// # Ok::<(), jotgate_guard::FetchError>(())
/// ```
#[derive(Debug, Clone)]
pub struct HttpFetch {
    /// `https` only, so that no slip elsewhere ever sends a request in the clear.
    outside: Client,
    /// For an issuer on this machine: plain, and past any proxy.
    loopback: Client,
}

impl HttpFetch {
    /// With the certificates the machine trusts.
    ///
    /// ```
    /// let edge = jotgate_guard::HttpFetch::new()?;
    /// # Ok::<(), jotgate_guard::FetchError>(())
    /// ```
    ///
    /// # Errors
    /// [`FetchError::Unreachable`] when the machine's certificates cannot be read.
    pub fn new() -> Result<Self, FetchError> {
        Self::with(|client| client)
    }

    /// Trusting the certificates in this PEM and no others: for an issuer whose certificate comes from an authority
    /// of your own.
    ///
    /// ```
    /// assert!(jotgate_guard::HttpFetch::trusting("not a certificate").is_err());
    /// ```
    ///
    /// # Errors
    /// [`FetchError::Unusable`] when the text holds no certificate.
    pub fn trusting(pem: &str) -> Result<Self, FetchError> {
        let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| unusable(&error))?;
        if roots.is_empty() {
            return Err(FetchError::Unusable("there is no certificate in the PEM".into()));
        }
        Self::with(|client| client.tls_certs_only(roots))
    }

    fn with(outside: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self, FetchError> {
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .referer(false)
                .connect_timeout(CONNECT)
                .user_agent(concat!("jotgate-guard/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self {
            outside: outside(client().https_only(true)).build().map_err(|error| unreachable(&error))?,
            loopback: client().no_proxy().build().map_err(|error| unreachable(&error))?,
        })
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
        let client = match address::is_plain_loopback(request.uri()) {
            true => &self.loopback,
            false => &self.outside,
        };
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|error| unreachable(&error))?;
            let answer = client.execute(request).await.map_err(|error| unreachable(&error))?;
            Ok(Response::from(answer).map(FetchBody::new))
        })
    }
}

/// The error and its causes, without the address, which the log has beside it.
fn unreachable(error: &reqwest::Error) -> FetchError {
    let mut words = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words.push(error.to_string());
        cause = error.source();
    }
    FetchError::Unreachable(if words.is_empty() { error.to_string() } else { words.join(": ") })
}

fn unusable(error: &reqwest::Error) -> FetchError {
    FetchError::Unusable(error.to_string())
}

const CONNECT: Duration = Duration::from_secs(5);
