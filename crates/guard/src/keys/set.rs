//! From a JWK Set as it came to the keys that count.

use std::time::Duration;

use http::{HeaderMap, header};
use jotgate_jose::{JwkSet, KeySet, VerifyingKey};

use crate::{address::shown, fetch::FetchError};

/// Reads a set. Its public keys are taken; what else is in it is passed over and named in the log.
pub(super) fn read(bytes: &[u8]) -> Result<KeySet, FetchError> {
    let set = JwkSet::parse(bytes).map_err(|error| FetchError::Unusable(error.to_string()))?;
    let count = set.keys().len() + set.unusable().len();
    if count > MOST_KEYS {
        return Err(FetchError::Unusable(format!("the key set has {count} keys, more than {MOST_KEYS}")));
    }
    for unusable in set.unusable() {
        tracing::warn!(target: "jotgate_guard", kid = unusable.kid().map(shown), error = %unusable.error(), "a key of the issuer cannot be used");
    }
    let mut keys = KeySet::default();
    for jwk in set.keys() {
        // Row 82: a secret that stands in a public document is no secret, so nothing it signs says anything.
        if jwk.is_private() {
            tracing::warn!(target: "jotgate_guard", kid = jwk.kid().map(shown), "the issuer's key set holds a secret, which is not used");
            continue;
        }
        match VerifyingKey::from_jwk(jwk) {
            Ok(key) => keys.push(key),
            Err(error) => {
                tracing::warn!(target: "jotgate_guard", kid = jwk.kid().map(shown), %error, "a key of the issuer cannot be used");
            }
        }
    }
    match keys.keys().is_empty() {
        // An issuer always has a key; a set without one is a mistake on the way, not a withdrawal of all.
        true => Err(FetchError::Unusable("the key set has no key that can be used".into())),
        false => Ok(keys),
    }
}

/// How long the answer may be kept (RFC 9111), within reason.
pub(super) fn max_age(headers: &HeaderMap) -> Duration {
    let lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let mut directives = lines.flat_map(|line| line.split(',')).map(str::trim);
    let said =
        directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    said.map_or(DEFAULT_AGE, Duration::from_secs).clamp(LEAST_AGE, MOST_AGE)
}

const MOST_KEYS: usize = 100;
/// What Jotgate says itself.
const DEFAULT_AGE: Duration = Duration::from_secs(300);
/// An issuer that forbids caching is asked this often and no oftener.
const LEAST_AGE: Duration = Duration::from_secs(30);
/// So that a key that was withdrawn is gone within the hour, whatever the issuer says.
const MOST_AGE: Duration = Duration::from_secs(3600);
