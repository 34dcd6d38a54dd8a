//! The assertion with which a client shows who it is: a JWT signed with its own key, in place of a secret.
//!
//! Made by clients, checked by the issuer; that each is good once, and whose keys those are, the issuer knows. Spec:
//! RFC 7523 section 3 (`private_key_jwt` of OpenID Connect), narrowed by draft-ietf-oauth-rfc7523bis: the audience is the
//! issuer alone, as one string, because an assertion for several servers is one that a dishonest server can use at
//! another.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_token::{OsRandom, assertion};
//!
//! let signer = assertion::signer(SigningKey::generate(Algorithm::Es256)?.with_kid("reports-1"))?;
//! let keys = KeySet::new([signer.verifying_key()]);
//!
//! let claims = assertion::Claims::new("reports", "https://id.example", &OsRandom, 1_700_000_000);
//! let text = signer.sign(&claims)?;
//!
//! let read = assertion::verify(&text, "reports", "https://id.example", &keys, 1_700_000_001)?;
//! assert_eq!(read.jti, claims.jti);
//! assert!(assertion::verify(&text, "reports", "https://other.example", &keys, 1_700_000_001).is_err());
//! # Ok::<(), jotgate_jose::Error>(())
//! ```

use jotgate_jose::{Error, KeySet, Reason, SigningKey, jwt, primitive::base64url};
use serde::{Deserialize, Serialize};

use crate::random::{self, Random};
use crate::wire::whole_seconds;

/// What an assertion says. Everything is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The client.
    pub iss: String,
    /// The client once more.
    pub sub: String,
    /// The issuer it is shown to; a list, even of one, is refused.
    pub aud: String,
    /// Until when it is good, in seconds since 1970, at most [`LONGEST_LIFE`] from now.
    #[serde(deserialize_with = "whole_seconds")]
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The id of this assertion, which makes it good once.
    pub jti: String,
}

impl Claims {
    /// The claims of a new assertion of `client_id` for `issuer`, good for a minute from `now` (seconds since 1970).
    ///
    /// ```
    /// # use jotgate_token::{OsRandom, assertion};
    /// let claims = assertion::Claims::new("reports", "https://id.example", &OsRandom, 1_700_000_000);
    /// assert_eq!((claims.iss, claims.aud, claims.exp),
    ///     ("reports".into(), "https://id.example".into(), 1_700_000_060));
    /// ```
    pub fn new(client_id: &str, issuer: &str, random: &(impl Random + ?Sized), now: i64) -> Self {
        Self {
            iss: client_id.to_owned(),
            sub: client_id.to_owned(),
            aud: issuer.to_owned(),
            exp: now.saturating_add(60),
            iat: Some(now),
            jti: base64url::encode(&random::array::<16>(random)),
        }
    }
}

/// A signer of assertions: the client's key under their type.
///
/// ```
/// # use jotgate_jose::{Algorithm, SigningKey};
/// # use jotgate_token::assertion;
/// assert!(assertion::signer(SigningKey::generate(Algorithm::Ed25519)?).is_ok());
/// assert!(assertion::signer(SigningKey::generate(Algorithm::Hs256)?).is_err());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `alg.not_allowed` for a symmetric key: what both sides have proves nothing; else as `jwt::Signer::new`.
pub fn signer(key: SigningKey) -> Result<jwt::Signer, Error> {
    if key.algorithm().is_symmetric() {
        return Err(Error::new(Reason::AlgNotAllowed, "an assertion is signed with a private key"));
    }
    jwt::Signer::new(key, TYP)
}

/// Checks an assertion of `client_id`, shown to `issuer` at the time `now` (seconds since 1970), against the keys that
/// were registered for the client.
///
/// The type may be absent or `JWT` too, as most libraries write it: the keys are the client's alone, and with them it
/// signs nothing else for this audience.
///
/// ```
/// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
/// # use jotgate_token::assertion;
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let hour = serde_json::json!({"iss": "reports", "sub": "reports", "aud": "https://id.example", "jti": "1",
///     "exp": 1_700_003_600});
/// let refused = assertion::verify(&jwt::sign(&hour, &key)?, "reports", "https://id.example", &keys, 1_700_000_000);
/// assert_eq!(refused.unwrap_err().reason().code(), "claim.mismatch");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// The first check that fails. Reasons about claims and type come only after a good signature.
pub fn verify(text: &str, client_id: &str, issuer: &str, keys: &KeySet, now: i64) -> Result<Claims, Error> {
    let says = jwt::Unverified::parse(text)?;
    // One of two policies, chosen by what the token says of itself and then held against it.
    let is_typed = says.typ().is_some_and(|typ| typ.to_ascii_lowercase().ends_with(TYP));
    let typ = if is_typed { jwt::Typ::exact(TYP) } else { jwt::Typ::absent_or("JWT") };
    let policy = jwt::Policy::new(jwt::Issuer::exact(client_id), jwt::Audience::only(issuer), typ)
        .algorithms(jotgate_jose::Algorithm::ALL.iter().copied().filter(|one| !one.is_symmetric()))
        .require_exact("sub", client_id)
        .require("jti")
        .leeway(LEEWAY)?;
    let claims: Claims = jwt::verify(text, keys, &policy, now)?.into_claims();
    if claims.exp > now.saturating_add(LONGEST_LIFE) {
        return Err(Error::new(Reason::ClaimMismatch, "`exp` is more than ten minutes ahead"));
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return Err(Error::new(Reason::ClaimMalformed, "`jti` is not 1 to 256 bytes long"));
    }
    Ok(claims)
}

/// The `typ` of an assertion.
pub const TYP: &str = "client-authentication+jwt";

/// How far ahead `exp` may be, in seconds: a stolen assertion that nobody has used yet is good for no longer.
pub const LONGEST_LIFE: i64 = 600;

/// By how many seconds the clocks of client and issuer may differ.
pub const LEEWAY: u32 = 30;

const LONGEST_ID: usize = 256;

#[cfg(test)]
mod tests {
    use jotgate_jose::{Algorithm, jws};
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example";
    const NOW: i64 = 1_700_000_000;

    fn good() -> Value {
        json!({"iss": "reports", "sub": "reports", "aud": ISSUER, "exp": NOW + 60, "jti": "a"})
    }

    fn judge(change: &Value, typ: Option<&str>) -> Result<Claims, &'static str> {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let keys = KeySet::new([key.verifying_key()]);
        let mut claims = good();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let extras = typ.map(jws::Extras::typ).unwrap_or_default();
        let text = jws::sign(claims.to_string().as_bytes(), &key, &extras).unwrap();
        verify(&text, "reports", ISSUER, &keys, NOW).map_err(|error| error.reason().code())
    }

    #[test]
    fn row_101_claims_of_an_assertion() {
        let code = |change: &Value| judge(change, Some("JWT")).map(drop);
        assert_eq!(code(&json!({})), Ok(()));
        assert_eq!(code(&json!({"exp": NOW + 600})), Ok(()));
        assert_eq!(code(&json!({"exp": NOW - 29})), Ok(()), "clocks differ");
        for (change, reason) in [
            (json!({"aud": format!("{ISSUER}/oauth/token")}), "aud.mismatch"),
            (json!({"aud": [ISSUER]}), "claim.malformed"),
            (json!({"aud": [ISSUER, "https://other.example"]}), "aud.mismatch"),
            (json!({"aud": null}), "aud.missing"),
            (json!({"exp": null}), "exp.missing"),
            (json!({"exp": NOW + 601}), "claim.mismatch"),
            (json!({"exp": 1e300}), "exp.malformed"),
            (json!({"exp": NOW - 30}), "exp.expired"),
            (json!({"nbf": NOW + 31}), "nbf.not_yet"),
            (json!({"iss": "other"}), "iss.mismatch"),
            (json!({"sub": "other"}), "claim.mismatch"),
            (json!({"sub": null}), "claim.missing"),
            (json!({"jti": null}), "claim.missing"),
            (json!({"jti": 7}), "claim.malformed"),
            (json!({"jti": ""}), "claim.malformed"),
            (json!({"jti": "x".repeat(257)}), "claim.malformed"),
        ] {
            assert_eq!(code(&change), Err(reason), "{change}");
        }
    }

    #[test]
    fn other_kinds_of_token_are_no_assertion() {
        for good in [None, Some("JWT"), Some("jwt"), Some(TYP), Some("application/client-authentication+jwt")]
        {
            assert!(judge(&json!({}), good).is_ok(), "{good:?}");
        }
        for bad in ["at+jwt", "dpop+jwt", "logout+jwt", "xclient-authentication+jwt"] {
            assert_eq!(judge(&json!({}), Some(bad)), Err("typ.mismatch"), "{bad}");
        }
    }

    #[test]
    fn a_shared_secret_proves_nothing() {
        let key = SigningKey::generate(Algorithm::Hs256).unwrap();
        let text = jwt::sign(&good(), &key).unwrap();
        let refused = verify(&text, "reports", ISSUER, &KeySet::new([key.verifying_key()]), NOW);
        assert_eq!(refused.unwrap_err().reason().code(), "alg.not_allowed");
    }
}
