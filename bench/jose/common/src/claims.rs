//! The token of the benchmark: eight claims, as an access token has.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Who issues it.
pub const ISSUER: &str = "https://id.example";
/// Whom it is for.
pub const AUDIENCE: &str = "api";
/// The key's name in every header.
pub const KID: &str = "2026-11";
/// The one claim that is not registered.
pub const SCOPE: &str = "read write";

/// Owned and typed, as most programs read them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub nbf: i64,
    pub iat: i64,
    pub jti: String,
    pub scope: String,
}

impl Claims {
    /// Valid from a minute ago until tomorrow.
    pub fn new() -> Self {
        Self {
            iss: ISSUER.into(),
            sub: "user-018f6b2e41c7".into(),
            aud: AUDIENCE.into(),
            exp: now() + 86_400,
            nbf: now() - 60,
            iat: now() - 60,
            jti: "5b0c3f9ad7e14c6b".into(),
            scope: SCOPE.into(),
        }
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self::new()
    }
}

/// Seconds since 1970, read anew for every token like a server does.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// The same token with another signature of the same length.
///
/// # Panics
/// Without a dot.
pub fn damaged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a token has dots");
    // The first letter, because the last one's spare bits would make the token malformed instead.
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}
