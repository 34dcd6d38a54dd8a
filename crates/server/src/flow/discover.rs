//! What other software reads to trust this server: the key set and the metadata. Only what is true.
//!
//! RFC 7517 section 5, RFC 8414.

use jotgate_jose::Algorithm;
use serde_json::{Value, json};

use crate::app::App;

/// The published keys; never a symmetric or private one.
#[must_use]
pub fn public_keys(app: &App) -> String {
    app.keyring.signing().jwks.clone()
}

/// The metadata of RFC 8414 section 2.
///
/// The authorization endpoint of OAuth is not in this version, so no response type is claimed; the token endpoint has
/// the one grant for clients that act for themselves.
#[must_use]
pub fn metadata(app: &App) -> Value {
    let issuer = app.config.issuer.as_str();
    let asymmetric: Vec<_> =
        Algorithm::ALL.iter().filter(|algorithm| !algorithm.is_symmetric()).map(|one| one.name()).collect();
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": asymmetric,
        "revocations_uri": format!("{issuer}/v1/revocations"),
        "revocations_jwks_uri": format!("{issuer}/v1/revocations/keys"),
        "revocations_leeway": app.config.revocations.feed_leeway.as_secs(),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "service_documentation": format!("{issuer}/"),
    })
}
