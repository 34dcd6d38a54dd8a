//! The metadata of an issuer (RFC 8414): where its keys and its revocation feed are.
//!
//! Every address in it is held against the issuer's own origin and the origins the configuration names, because a
//! document, once tampered with, must not be able to send the guard elsewhere. Catalogue row 16.

use serde::Deserialize;

use crate::{
    address::{Origin, shown},
    fetch::{Bounds, Fetch, FetchError, document},
};

/// What an issuer says of itself, with addresses that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) jwks_uri: String,
    /// The revocation feed, where there is one.
    pub(crate) feed: Option<FeedAddress>,
}

/// Where the feed is and what it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedAddress {
    pub(crate) uri: String,
    pub(crate) keys_uri: String,
    /// Seconds that entries outlast the tokens they concern.
    pub(crate) leeway: u64,
}

/// The origins that may be asked for the documents of one issuer.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) own: Origin,
    pub(crate) named: Vec<Origin>,
}

impl Places {
    fn allow(&self, member: &str, url: String) -> Result<String, FetchError> {
        match self.own.has(&url) || self.named.iter().any(|origin| origin.has(&url)) {
            true => Ok(url),
            false => Err(FetchError::Unusable(format!(
                "`{member}` is {}, which is neither on {} nor on an origin named with `allow_origin`",
                shown(&url),
                self.own.as_str()
            ))),
        }
    }
}

/// Fetches and checks it.
pub(crate) async fn discover(fetch: &dyn Fetch, places: &Places) -> Result<Metadata, FetchError> {
    let issuer = places.own.as_str();
    let url = format!("{issuer}/.well-known/oauth-authorization-server");
    let document = document(fetch, &url, BOUNDS).await?;
    let said: Said = serde_json::from_slice(&document.bytes)
        .map_err(|_| FetchError::Unusable("the metadata is not the JSON object of RFC 8414".into()))?;
    // RFC 8414 section 3.3: otherwise one issuer's metadata would speak for another.
    if said.issuer != issuer {
        let received = shown(&said.issuer);
        return Err(FetchError::Unusable(format!("the metadata is that of {received}, not of {issuer}")));
    }
    let feed = match (said.revocations_uri, said.revocations_jwks_uri) {
        (Some(uri), Some(keys_uri)) => Some(FeedAddress {
            uri: places.allow("revocations_uri", uri)?,
            keys_uri: places.allow("revocations_jwks_uri", keys_uri)?,
            leeway: said.revocations_leeway.unwrap_or(0),
        }),
        _ => None,
    };
    Ok(Metadata { jwks_uri: places.allow("jwks_uri", said.jwks_uri)?, feed })
}

#[derive(Deserialize)]
struct Said {
    issuer: String,
    jwks_uri: String,
    revocations_uri: Option<String>,
    revocations_jwks_uri: Option<String>,
    revocations_leeway: Option<u64>,
}

const BOUNDS: Bounds = Bounds::bytes(64 * 1024);
