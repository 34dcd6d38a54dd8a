//! A token of the API, to copy its looks from. What it says is shown and never believed.

use std::fmt;

use jotgate_jose::primitive::base64url;
use serde_json::{Map, Value};

/// The text is no JWT: not three parts, or not JSON objects in the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotASample;

impl fmt::Display for NotASample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a signed JWT: three parts joined by dots, the first two JSON objects in base64url")
    }
}

impl std::error::Error for NotASample {}

/// What a sample shows.
pub(crate) struct Sample {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

pub(crate) fn read(token: &str) -> Result<Sample, NotASample> {
    let parts: Vec<_> = token.trim().split('.').collect();
    let [header, payload, _] = parts.as_slice() else { return Err(NotASample) };
    Ok(Sample { header: object(header)?, claims: object(payload)? })
}

fn object(part: &str) -> Result<Map<String, Value>, NotASample> {
    let bytes = base64url::decode(part).map_err(|_| NotASample)?;
    serde_json::from_slice(&bytes).map_err(|_| NotASample)
}
