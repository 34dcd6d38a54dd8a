//! What an access token says: the claims of RFC 9068 §2.2, those of Jotgate, and mapped ones.
//! Not here: from where a login takes them.

use jotgate_jose::{Error, Reason};
use serde::{Deserialize, Serialize};

use super::{ExtraClaims, Scope};
use crate::status_list::StatusReference;
use crate::wire::{one_or_many, some_whole_seconds, string_or_list, whole_seconds};

/// The claims of an access token.
///
/// A token may lack what is an `Option`, `scope`, `roles` and `amr`; everything else it must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer's address.
    pub iss: String,
    /// Whom the token speaks for: an opaque user id, or `client:` and the id of a client acting for itself.
    pub sub: String,
    /// For whom the token is meant. One name is written as a string, several as a list; both are read.
    #[serde(serialize_with = "one_or_many", deserialize_with = "string_or_list")]
    pub aud: Vec<String>,
    /// When it expires, in seconds since 1970.
    #[serde(deserialize_with = "whole_seconds")]
    pub exp: i64,
    /// When it was issued, in seconds since 1970.
    #[serde(deserialize_with = "whole_seconds")]
    pub iat: i64,
    /// The id of this token.
    pub jti: String,
    /// The client that obtained it; [`FIRST_PARTY`] for the JSON API.
    pub client_id: String,
    /// The session it belongs to; a client acting for itself has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The scope granted.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The roles of the user when it was issued.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The user's `authz_epoch` when it was issued: a token of an older epoch no longer counts.
    pub epoch: i64,
    /// When the user last proved who they are, in seconds since 1970; refreshing leaves it as it was.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_whole_seconds")]
    pub auth_time: Option<i64>,
    /// How they proved it (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// How strong that proof is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Where the token's status stands, for verifiers that know the Token Status List; the claim `status`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::status_list::nested")]
    pub status: Option<StatusReference>,
    /// Mapped claims, beside the others at the top level. None may have a [reserved](RESERVED) name.
    #[serde(flatten)]
    pub extra: ExtraClaims,
}

impl AccessClaims {
    /// Whom the token speaks for.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::access::{self, Subject, Verifier};
    /// # let signer = access::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// # let token = signer.sign(&serde_json::json!({"iss": "i", "sub": "client:reports", "aud": "api", "exp": 2,
    /// #     "iat": 0, "jti": "j", "client_id": "reports", "epoch": 0}))?;
    /// let verified = Verifier::new("i", "api").verify(&token, &keys, 1)?;
    /// match verified.claims().subject() {
    ///     Subject::User(id) => panic!("{id} is no user"),
    ///     Subject::Client(id) => assert_eq!(id, "reports"),
    /// }
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn subject(&self) -> Subject<'_> {
        match self.sub.strip_prefix(CLIENT_PREFIX) {
            Some(client) => Subject::Client(client),
            None => Subject::User(&self.sub),
        }
    }

    /// Whether the user had this role when the token was issued; compared exactly.
    ///
    /// ```
    /// # use jotgate_token::access::AccessClaims;
    /// # let claims: AccessClaims = serde_json::from_value(serde_json::json!({"iss": "i", "sub": "17", "aud": "api",
    /// #     "exp": 2, "iat": 0, "jti": "j", "client_id": "first-party", "epoch": 0, "roles": ["admin"]}))?;
    /// assert!(claims.has_role("admin"));
    /// assert!(!claims.has_role("administrator") && !claims.has_role("Admin") && !claims.has_role("adm"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|known| known == role)
    }

    /// The claims must not leave open whether a user or a client acts (RFC 9700 section 4.15): a client's `sub` has
    /// the prefix, names the client that obtained the token, and has no session; and a user's `sub` is no client's id.
    pub(super) fn check_subject(&self) -> Result<(), Error> {
        let clear = match self.subject() {
            Subject::User(id) => id != self.client_id,
            Subject::Client(id) => id == self.client_id && self.sid.is_none(),
        };
        if clear {
            return Ok(());
        }
        Err(Error::new(Reason::ClaimMismatch, "`sub` leaves open whether a user or a client acts"))
    }
}

/// Whom an access token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// A user, by the opaque id.
    User(&'a str),
    /// A client acting for itself, by its `client_id`.
    Client(&'a str),
}

/// Before the `client_id` in the `sub` of a client acting for itself, so that no client is ever taken for a user.
pub const CLIENT_PREFIX: &str = "client:";

/// The `client_id` of tokens obtained through the JSON API. No registered client may have it.
pub const FIRST_PARTY: &str = "first-party";

/// Names that no mapped claim may have, because verifiers draw conclusions from them about who vouches for what:
/// those of RFC 7519, those of an access token here, and those that bind a token, delegate, or belong to other kinds
/// of token.
pub const RESERVED: &[&str] = &[
    "acr",
    "act",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "epoch",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "roles",
    "scope",
    "sid",
    "status",
    "sub",
    "sub_id",
    "token_introspection",
];

/// Whether a mapped claim may not have this name.
///
/// ```
/// use jotgate_token::access::is_reserved;
///
/// assert!(is_reserved("sub") && is_reserved("roles"));
/// assert!(!is_reserved("email") && !is_reserved("role"));
/// ```
pub fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search(&name).is_ok()
}
