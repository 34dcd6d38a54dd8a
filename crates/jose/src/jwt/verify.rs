//! From text to claims: the only door (RFC 7519 section 7.2).

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::claims::{self, Claims};
use super::policy::Policy;
use crate::error::{Error, Reason};
use crate::json::{self, Tape};
use crate::jws::{Scratch, compact};
use crate::{Algorithm, KeySet, Result, VerifyingKey};

/// Claims whose token passed every check of its policy. There is no other way to come by one.
///
/// ```compile_fail,E0451
/// # use jotgate_jose::jwt::Verified;
/// let forged = Verified { claims: "anything", key: todo!() };
/// ```
#[derive(Debug, Clone)]
pub struct Verified<C> {
    claims: C,
    key: VerifyingKey,
}

impl<C> Verified<C> {
    pub(super) fn new(claims: C, key: VerifyingKey) -> Self {
        Self { claims, key }
    }

    /// The claims.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 2}), &key)?;
    /// # let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// let verified: Verified<serde_json::Value> = jwt::verify(&token, &keys, &policy, 1)?;
    /// assert_eq!(verified.claims()["sub"], "17");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims, to keep.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 2}), &key)?;
    /// # let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// let verified: Verified<serde_json::Value> = jwt::verify(&token, &keys, &policy, 1)?;
    /// let claims = verified.into_claims();
    /// assert_eq!(claims["sub"], "17");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// The name of the key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 2}), &key)?;
    /// # let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// let verified: Verified<serde_json::Value> = jwt::verify(&token, &keys, &policy, 1)?;
    /// assert_eq!(verified.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.key.kid()
    }

    /// The algorithm it was signed with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 2}), &key)?;
    /// # let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// let verified: Verified<serde_json::Value> = jwt::verify(&token, &keys, &policy, 1)?;
    /// assert_eq!(verified.algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The RFC 7638 thumbprint of the key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ, Verified};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 2}), &key)?;
    /// # let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// let verified: Verified<serde_json::Value> = jwt::verify(&token, &keys, &policy, 1)?;
    /// assert_eq!(verified.key_thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn key_thumbprint(&self) -> &str {
        self.key.thumbprint()
    }
}

/// Checks a token and reads its claims into an owned type. `now` is in seconds since 1970.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey, jwt};
/// use jotgate_jose::jwt::{Audience, Issuer, Policy, Signer, Typ};
/// use serde_json::{Value, json};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
/// let keys = KeySet::new([key.verifying_key()]);
/// let token = Signer::new(key, "at+jwt")?
///     .sign(&json!({"iss": "https://id.example", "aud": "api", "sub": "17", "exp": 1_800_000_000}))?;
///
/// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
/// let verified = jwt::verify::<Value>(&token, &keys, &policy, 1_799_999_999)?;
/// assert_eq!(verified.claims()["sub"], "17");
///
/// let late = jwt::verify::<Value>(&token, &keys, &policy, 1_800_000_000).unwrap_err();
/// assert_eq!(late.reason(), Reason::ExpExpired);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// The first check that fails, in this order: size, segments, header, algorithm and key, signature, payload,
/// type, issuer, audience, times, other claims, the caller's type (`claim.malformed`).
pub fn verify<C: DeserializeOwned>(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    now: i64,
) -> Result<Verified<C>> {
    let mut scratch = Scratch::new();
    verify_in(token, &mut scratch, keys, policy, now)
}

/// As [`verify`], with claims that borrow from `scratch`: no allocation when no string has an escape.
///
/// ```
/// use std::borrow::Cow;
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
/// use jotgate_jose::jwt::{Audience, Issuer, Policy, Scratch, Typ};
///
/// #[derive(serde::Deserialize)]
/// struct Claims<'a> {
///     #[serde(borrow)]
///     sub: Cow<'a, str>,
/// }
///
/// let key = SigningKey::generate(Algorithm::Hs256)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let token = jwt::sign(&serde_json::json!({"sub": "17", "exp": 1_800_000_000}), &key)?;
/// let policy = Policy::new(Issuer::any(), Audience::any(), Typ::absent_or("JWT"));
/// let mut scratch = Scratch::new();
/// let verified = jwt::verify_in::<Claims>(&token, &mut scratch, &keys, &policy, 1_700_000_000)?;
/// assert!(matches!(verified.claims().sub, Cow::Borrowed("17")));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`verify`].
pub fn verify_in<'a, C: Deserialize<'a>>(
    token: &str,
    scratch: &'a mut Scratch,
    keys: &KeySet,
    policy: &Policy,
    now: i64,
) -> Result<Verified<C>> {
    let checked = compact::check(token, keys, &policy.limits(), scratch)?;
    let key = checked.key;
    Ok(Verified::new(accept(checked, policy, now)?.typed()?, key.clone()))
}

/// Claims that met a policy, not yet of the caller's type.
pub(super) struct Accepted<'a> {
    pub(super) text: &'a str,
    tape: &'a Tape,
}

/// The claims of a token whose signature is good, if the policy is met.
pub(super) fn accept<'a>(
    checked: compact::Checked<'_, 'a>,
    policy: &Policy,
    now: i64,
) -> Result<Accepted<'a>> {
    let compact::Checked { typ, cty, payload, tape, .. } = checked;
    claims::check_not_nested(cty.as_deref())?;
    let claims = Claims::read_for(payload, &policy.wanted, tape)?;
    claims::check_typ(&policy.typ, typ.as_deref())?;
    claims.check(policy, now)?;
    Ok(Accepted { text: claims.text, tape })
}

impl<'a> Accepted<'a> {
    pub(super) fn typed<C: Deserialize<'a>>(&self) -> Result<C> {
        json::typed(self.text, self.tape).map_err(|error| unfit(&error))
    }
}

/// Past every check, so what fails here is the caller's type, not the token.
#[cold]
fn unfit(error: &serde_json::Error) -> Error {
    let refusal = Error::new(Reason::ClaimMalformed, "the claims do not fit the type they are read into");
    // serde's words quote values; only what it wanted is passed on.
    let words = error.to_string();
    let wanted = words.rsplit_once(", expected ").map_or(words.as_str(), |(_, wanted)| wanted);
    let is_safe = wanted.len() < words.len() || words.starts_with("missing field");
    let wanted = wanted.split(" at line ").next().unwrap_or_default();
    let refusal = if is_safe { refusal.with_expected(wanted.to_owned()) } else { refusal };
    refusal.with_received(format!("something else near line {} column {}", error.line(), error.column()))
}
