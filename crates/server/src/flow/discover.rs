//! What other software reads to trust this server: the key set and the metadata. Only what is true.
//!
//! RFC 7517 section 5, RFC 8414.

use serde_json::{Value, json};

use crate::app::App;

/// The published keys; never a symmetric or private one.
#[must_use]
pub fn public_keys(app: &App) -> String {
    app.keyring.signing().jwks.clone()
}

/// The metadata of RFC 8414 section 2.
///
/// The three required members are there; the authorization and token endpoints of OAuth are not in this version, so no
/// grant and no response type is claimed.
#[must_use]
pub fn metadata(app: &App) -> Value {
    let issuer = app.config.issuer.as_str();
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": [],
        "grant_types_supported": [],
        "service_documentation": format!("{issuer}/"),
    })
}
