//! What an ID token says (OpenID Connect Core 1.0, sections 2, 3.1.3.6 and 3.3.2.11), and what it must not say.

use jotgate_jose::{Error, Reason};
use serde::{Deserialize, Serialize};

use crate::access::ExtraClaims;
use crate::wire::{one_or_many, some_whole_seconds, string_or_list, whole_seconds};

/// The claims of an ID token.
///
/// It must have `iss`, `sub`, `aud`, `exp` and `iat`; what is an `Option` or a list it may lack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdClaims {
    /// The issuer's address.
    pub iss: String,
    /// Who logged in: an opaque id, never reused by this issuer; 1 to 255 ASCII characters.
    pub sub: String,
    /// The client, and others who may read the token.
    #[serde(serialize_with = "one_or_many", deserialize_with = "string_or_list")]
    pub aud: Vec<String>,
    /// Until when the token may be taken as the answer to a login, in seconds since 1970.
    #[serde(deserialize_with = "whole_seconds")]
    pub exp: i64,
    /// When it was issued, in seconds since 1970.
    #[serde(deserialize_with = "whole_seconds")]
    pub iat: i64,
    /// When the user last proved who they are, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_whole_seconds")]
    pub auth_time: Option<i64>,
    /// What the client sent along with its request, to know the answer again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How strong the proof was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How they proved it (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The client the token was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// Half a hash of the access token that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Half a hash of the code that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// The session at the issuer, by which a logout will name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Claims about the user, such as `name` and `email`, and others.
    #[serde(flatten)]
    pub extra: ExtraClaims,
}

impl IdClaims {
    /// The claims that every ID token has, for a token that lasts `lifetime` seconds from `now`.
    ///
    /// ```
    /// use jotgate_token::id_token::IdClaims;
    ///
    /// let claims = IdClaims::new("https://id.example", "0197", "app", 1_700_000_000, 300);
    /// assert_eq!((claims.iat, claims.exp), (1_700_000_000, 1_700_000_300));
    /// ```
    pub fn new(
        iss: impl Into<String>,
        sub: impl Into<String>,
        client_id: impl Into<String>,
        now: i64,
        lifetime: u32,
    ) -> Self {
        Self {
            iss: iss.into(),
            sub: sub.into(),
            aud: vec![client_id.into()],
            exp: now.saturating_add(lifetime.into()),
            iat: now,
            auth_time: None,
            nonce: None,
            acr: None,
            amr: Vec::new(),
            azp: None,
            at_hash: None,
            c_hash: None,
            sid: None,
            extra: ExtraClaims::default(),
        }
    }

    pub(super) fn check_sub(&self) -> Result<(), Error> {
        if (1..=LONGEST_SUB).contains(&self.sub.len()) && self.sub.is_ascii() {
            return Ok(());
        }
        Err(Error::new(Reason::ClaimMalformed, "`sub` of an ID token is 1 to 255 ASCII characters"))
    }

    /// `typ` alone does not tell an ID token from the kinds that are older than types, so the claims that only other
    /// kinds have decide (RFC 8725 section 3.12).
    pub(super) fn check_kind(&self) -> Result<(), Error> {
        if self.extra.names().any(|name| FOREIGN.contains(&name)) {
            return Err(Error::new(Reason::TypMismatch, "the token has a claim that only another kind has"));
        }
        Ok(())
    }
}

/// Of a logout token, an introspection answer, a DPoP proof, a status list, a revocation feed, an access token.
const FOREIGN: [&str; 11] = [
    "events",
    "token_introspection",
    "htm",
    "htu",
    "ath",
    "status_list",
    "feed_leeway",
    "scope",
    "client_id",
    "epoch",
    "authorization_details",
];
const LONGEST_SUB: usize = 255;
