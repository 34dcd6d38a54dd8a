//! What an access token says: the claims of RFC 9068 §2.2, those of Jotgate, and mapped ones.
//! Not here: from where a login takes them.

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::ExtraClaims;

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
    /// The scope granted, words with single spaces between.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
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
    /// Mapped claims, beside the others at the top level. None may have a [reserved](RESERVED) name.
    #[serde(flatten)]
    pub extra: ExtraClaims,
}

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

/// A NumericDate may have a fraction (RFC 7519 §2); it is rounded down, so that nothing lives longer for it.
fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let rounded = |float: f64| (float.abs() <= FARTHEST).then(|| float.floor() as i64);
    number
        .as_i64()
        .or_else(|| number.as_f64().and_then(rounded))
        .ok_or_else(|| D::Error::custom("a time out of range"))
}

fn some_whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    whole_seconds(deserializer).map(Some)
}

fn one_or_many<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match names {
        [one] => serializer.serialize_str(one),
        _ => serializer.collect_seq(names),
    }
}

fn string_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string or a list of strings")
        }

        fn visit_str<E>(self, one: &str) -> Result<Self::Value, E> {
            Ok(vec![one.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = list.next_element()? {
                names.push(name);
            }
            Ok(names)
        }
    }

    deserializer.deserialize_any(Names)
}

/// Up to here every whole second is exact as a float.
const FARTHEST: f64 = 9_007_199_254_740_992.0;
