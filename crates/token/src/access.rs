//! The access token: an RFC 9068 JWT of type `at+jwt`, signed here and checked here by one set of rules.
//!
//! What a good token permits, and whether it was taken back since, is decided by whoever asked for the check.
//! Spec: RFC 9068 §2 and §4, RFC 8725 §3.11 (explicit type).
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_token::access::{self, AccessClaims, ExtraClaims, FIRST_PARTY, Scope, Verifier};
//!
//! let signer = access::signer(SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11"))?;
//! let keys = KeySet::new([signer.verifying_key()]);
//! let claims = AccessClaims {
//!     iss: "https://id.example".into(),
//!     sub: "0197".into(),
//!     aud: vec!["api".into()],
//!     exp: 1_700_000_900,
//!     iat: 1_700_000_000,
//!     jti: "0198".into(),
//!     client_id: FIRST_PARTY.into(),
//!     sid: Some("0199".into()),
//!     scope: Scope::default(),
//!     roles: vec!["editor".into()],
//!     epoch: 1,
//!     auth_time: Some(1_700_000_000),
//!     amr: vec!["pwd".into()],
//!     acr: None,
//!     status: None,
//!     extra: ExtraClaims::default(),
//! };
//! let issued = access::sign(&claims, &signer)?;
//!
//! let verifier = Verifier::new("https://id.example", "api");
//! let verified = verifier.verify(&issued.token, &keys, 1_700_000_899)?;
//! assert_eq!(verified.claims().roles, ["editor"]);
//!
//! let late = verifier.verify(&issued.token, &keys, 1_700_000_900).unwrap_err();
//! assert_eq!(late.reason().code(), "exp.expired");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod extra;
mod scope;

use std::fmt;
use std::sync::Arc;

use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jwt};

pub use claims::{AccessClaims, CLIENT_PREFIX, FIRST_PARTY, RESERVED, Subject, is_reserved};
pub use extra::{ExtraClaims, NotAClaim};
pub use jwt::Verified;
pub use scope::{NotAScope, Scope};

/// A signer of access tokens: the key under the type that [`Verifier`] demands.
///
/// ```
/// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
/// # use jotgate_token::access::{self, Verifier};
/// let signer = access::signer(SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11"))?;
/// assert_eq!(signer.verifying_key().kid(), Some("2026-11"));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As `jwt::Signer::new`.
pub fn signer(key: SigningKey) -> Result<jwt::Signer, Error> {
    jwt::Signer::new(key, TYP)
}

/// Signs an access token. The signer comes from [`signer`]; a token of another type no [`Verifier`] takes.
///
/// ```
/// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
/// # use jotgate_token::access::{self, Verifier};
/// # let claims: access::AccessClaims = serde_json::from_value(serde_json::json!({"iss": "https://id.example",
/// #     "sub": "0197", "aud": "api", "exp": 1_700_000_900, "iat": 1_700_000_000, "jti": "0198",
/// #     "client_id": "first-party", "epoch": 1}))?;
/// # let signer = access::signer(SigningKey::generate(Algorithm::Es256)?)?;
/// let issued = access::sign(&claims, &signer)?;
/// assert!(issued.token.len() < 1024 && !issued.size_warning);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SignError`]: each case is a mistake in the configuration or in the user's data, none in the request.
pub fn sign(claims: &AccessClaims, signer: &jwt::Signer) -> Result<Issued, SignError> {
    if let Some(name) = claims.extra.names().find(|name| is_reserved(name)) {
        return Err(SignError::Reserved { name: name.to_owned() });
    }
    // Because every API that checks with the shared secret could also sign with it, and then speak to the issuer as
    // any user it likes.
    if signer.key().algorithm().is_symmetric() && claims.aud.contains(&claims.iss) {
        return Err(SignError::SymmetricForIssuer);
    }
    let token = signer.sign(claims)?;
    if token.len() > LONGEST {
        return Err(SignError::TooLarge { size: token.len() });
    }
    Ok(Issued { size_warning: token.len() > LONG, token })
}

/// A new access token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The text for the `access_token` of the answer: a secret as long as it lasts.
    pub token: String,
    /// It is longer than 1 kB, so cookies and headers of other software will soon refuse it.
    pub size_warning: bool,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("size_warning", &self.size_warning).finish_non_exhaustive()
    }
}

/// Why an access token is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A mapped claim has a [reserved](RESERVED) name.
    #[error("the mapped claim `{name}` would stand in for one that verifiers rely on")]
    Reserved {
        /// The name.
        name: String,
    },
    /// A shared secret would sign a token meant for the issuer itself.
    #[error("a token for the issuer itself is never signed with a shared secret")]
    SymmetricForIssuer,
    /// The token is longer than 3 kB: a cookie holds 4 kB, and many servers take 8 kB of headers in all.
    #[error("the access token has {size} characters, more than {LONGEST}: map fewer or shorter claims")]
    TooLarge {
        /// Its length.
        size: usize,
    },
    /// The key could not sign, or the claims would make a token that every strict verifier refuses.
    #[error(transparent)]
    Jose(#[from] Error),
}

/// Checks the access tokens of one issuer for one audience.
///
/// Type, issuer, audience, expiry and the claims without which a token says nothing are always demanded; only the
/// leeway is open.
#[derive(Debug, Clone)]
pub struct Verifier {
    policy: jwt::Policy,
}

impl Verifier {
    /// Accepts tokens of `issuer` whose `aud` contains `audience`; both compared exactly.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::access::{self, Verifier};
    /// let verifier = Verifier::new("https://id.example", "api");
    /// ```
    pub fn new(issuer: &str, audience: &str) -> Self {
        let policy = jwt::Policy::new(
            jwt::Issuer::exact(issuer),
            jwt::Audience::any_of([audience]),
            jwt::Typ::exact(TYP),
        );
        // The other half of the rule in `sign`: should a shared secret ever get among the issuer's keys, it still
        // opens nothing at the issuer.
        let policy = if issuer == audience {
            policy.algorithms(Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_symmetric()))
        } else {
            policy
        };
        Self { policy: REQUIRED.iter().fold(policy, |policy, name| policy.require(*name)) }
    }

    /// Accepts tokens of `issuer` for anybody: for the issuer itself, when it is asked about a token it made. Whoever
    /// uses it decides about `aud`; an API never does.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::access::{self, Verifier};
    /// # let signer = access::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// # let token = signer.sign(&serde_json::json!({"iss": "https://id.example", "sub": "17", "aud": "api", "exp": 2,
    /// #     "iat": 0, "jti": "j", "client_id": "first-party", "epoch": 0}))?;
    /// let verified = Verifier::for_any_audience("https://id.example").verify(&token, &keys, 1)?;
    /// assert_eq!(verified.claims().aud, ["api"]);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn for_any_audience(issuer: &str) -> Self {
        let policy = jwt::Policy::new(jwt::Issuer::exact(issuer), jwt::Audience::any(), jwt::Typ::exact(TYP));
        let policy = policy.require("aud");
        Self { policy: REQUIRED.iter().fold(policy, |policy, name| policy.require(*name)) }
    }

    /// By how many seconds clocks may differ; not at all by default.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::access::{self, Verifier};
    /// let verifier = Verifier::new("https://id.example", "api").leeway(30)?;
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `policy.invalid` for more than clocks ever differ.
    pub fn leeway(self, seconds: u32) -> Result<Self, Error> {
        Ok(Self { policy: self.policy.leeway(seconds)? })
    }

    /// Checks a token at the time `now`, in seconds since 1970.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::access::{self, Verifier};
    /// # let claims: access::AccessClaims = serde_json::from_value(serde_json::json!({"iss": "https://id.example",
    /// #     "sub": "0197", "aud": "api", "exp": 1_700_000_900, "iat": 1_700_000_000, "jti": "0198",
    /// #     "client_id": "first-party", "epoch": 1}))?;
    /// # let signer = access::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let token = access::sign(&claims, &signer)?.token;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// let verifier = Verifier::new("https://id.example", "api");
    /// let verified = verifier.verify(&token, &keys, 1_700_000_010)?;
    /// assert_eq!(verified.claims().sub, "0197");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first check that fails, with its reason out of the [catalogue](crate::reason).
    pub fn verify(&self, token: &str, keys: &KeySet, now: i64) -> Result<Verified<AccessClaims>, Error> {
        let verified: Verified<AccessClaims> = jwt::verify(token, keys, &self.policy, now)?;
        let claims = verified.claims();
        claims.check_subject()?;
        // The rule in `sign` once more, for a verifier that holds the shared secret and takes any audience.
        if verified.algorithm().is_symmetric() && claims.aud.contains(&claims.iss) {
            let refusal =
                Error::new(Reason::AlgNotAllowed, "a shared secret signs nothing for the issuer itself");
            return Err(refusal);
        }
        Ok(verified)
    }

    /// As [`Self::verify`], sparing the signature of a token that `cache` has seen, and keeping there what `keep`
    /// makes of its claims and its key: see [`jwt::Cache::verify_with`]. Every call on one cache must come with the
    /// same `keep`.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_token::access::{self, Verifier};
    /// # let claims: access::AccessClaims = serde_json::from_value(serde_json::json!({"iss": "https://id.example",
    /// #     "sub": "0197", "aud": "api", "exp": 1_700_000_900, "iat": 1_700_000_000, "jti": "0198",
    /// #     "client_id": "first-party", "epoch": 1}))?;
    /// # let signer = access::signer(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let token = access::sign(&claims, &signer)?.token;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// let verifier = Verifier::new("https://id.example", "api");
    /// let cache = jwt::Cache::<String>::new(1 << 20);
    /// let verified = verifier.verify_with(&cache, &token, &keys, 1_700_000_010, |claims, _| claims.sub)?;
    /// assert_eq!(verified.claims().as_str(), "0197");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_with<K>(
        &self,
        cache: &jwt::Cache<K>,
        token: &str,
        keys: &KeySet,
        now: i64,
        keep: impl FnOnce(AccessClaims, &VerifyingKey) -> K,
    ) -> Result<Verified<Arc<K>>, Error> {
        cache.verify_with(token, keys, &self.policy, now, |claims: AccessClaims, key| {
            claims.check_subject()?;
            Ok(keep(claims, key))
        })
    }
}

/// The `typ` of an access token.
pub const TYP: &str = "at+jwt";

/// What every access token has, besides the claims that the policy names itself.
const REQUIRED: [&str; 5] = ["sub", "iat", "jti", "client_id", "epoch"];
/// From here on a token earns a warning.
const LONG: usize = 1024;
const LONGEST: usize = 3 * 1024;

#[cfg(test)]
mod tests;
