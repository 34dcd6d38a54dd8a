//! Tokens of several issuers at one verifier: whose token it says it is decides whose keys and rules it meets.
//!
//! The unverified `iss` only chooses; then that issuer's keys and policy judge as if there were no other, so that a
//! key of one issuer never speaks for another. RFC 8725 section 3.8.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::claims::Claims;
use super::policy::{MAX_LEN, Policy};
use super::verify::{Verified, verify, verify_in};
use crate::error::{Error, Reason, shown};
use crate::jws::{Scratch, compact};
use crate::{KeySet, Result};

/// The issuers a verifier trusts, each with its own keys and policy.
///
/// ```
/// use jotgate_jose::jwt::{Audience, Issuer, Issuers, Policy, Signer, Typ};
/// use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey};
/// use serde_json::{Value, json};
///
/// let policy = |issuer| Policy::new(Issuer::exact(issuer), Audience::any_of(["api"]), Typ::exact("at+jwt"));
/// let (a, b) = (SigningKey::generate(Algorithm::Es256)?, SigningKey::generate(Algorithm::Es256)?);
/// let issuers = Issuers::new()
///     .trust(KeySet::new([a.verifying_key()]), policy("https://a.example"))?
///     .trust(KeySet::new([b.verifying_key()]), policy("https://b.example"))?;
///
/// let claims = json!({"iss": "https://a.example", "aud": "api", "exp": 1_800_000_000});
/// let token = Signer::new(a, "at+jwt")?.sign(&claims)?;
/// assert!(issuers.verify::<Value>(&token, 1_700_000_000).is_ok());
///
/// // The same claims under the other issuer's key.
/// let forged = Signer::new(b, "at+jwt")?.sign(&claims)?;
/// let refused = issuers.verify::<Value>(&forged, 1_700_000_000).unwrap_err();
/// assert_eq!(refused.reason(), Reason::SignatureInvalid);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Issuers {
    trusted: BTreeMap<String, TrustedIssuer>,
    /// The most that any of their policies allows, before it is known whose token it is.
    max_len: Option<usize>,
}

/// One issuer's keys and the policy its tokens must satisfy, which names no other issuer.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    keys: KeySet,
    policy: Policy,
}

impl Issuers {
    /// Nobody yet.
    ///
    /// ```
    /// let nobody = jotgate_jose::jwt::Issuers::new();
    /// assert_eq!(nobody.names().count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the issuer the policy names, with these keys.
    ///
    /// ```
    /// use jotgate_jose::jwt::{Audience, Issuer, Issuers, Policy, Typ};
    /// use jotgate_jose::{KeySet, Reason};
    ///
    /// let anybody = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    /// let refused = Issuers::new().trust(KeySet::default(), anybody).unwrap_err();
    /// assert_eq!(refused.reason(), Reason::PolicyInvalid);
    /// ```
    ///
    /// # Errors
    /// `policy.invalid` for a policy with `Issuer::any()`, because its keys would then speak for everybody; for an
    /// empty name; and for an issuer that is trusted already, because one of the two would be forgotten.
    pub fn trust(mut self, keys: KeySet, policy: Policy) -> Result<Self> {
        let invalid = |detail| Error::new(Reason::PolicyInvalid, detail);
        let Some(name) = policy.issuer.0.clone().filter(|name| !name.is_empty()) else {
            return Err(invalid("a policy for one of several issuers must name it")
                .with_expected("`Issuer::exact` with a name"));
        };
        if self.trusted.contains_key(&name) {
            return Err(invalid("the issuer has keys and a policy already").with_received(shown(&name)));
        }
        self.max_len = self.max_len.max(Some(policy.max_len));
        self.trusted.insert(name, TrustedIssuer { keys, policy });
        Ok(self)
    }

    /// Gives an issuer other keys, after a rotation. False when nobody of that name is trusted: a key set never
    /// brings its issuer in.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::Issuers};
    ///
    /// assert!(!Issuers::new().replace_keys("https://id.example", KeySet::default()));
    /// ```
    pub fn replace_keys(&mut self, issuer: &str, keys: KeySet) -> bool {
        self.trusted.get_mut(issuer).map(|trusted| trusted.keys = keys).is_some()
    }

    /// The names of those trusted, sorted.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::{Audience, Issuer, Issuers, Policy, Typ}};
    ///
    /// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let issuers = Issuers::new().trust(KeySet::default(), policy)?;
    /// assert!(issuers.names().eq(["https://id.example"]));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trusted.keys().map(String::as_str)
    }

    /// Whose keys and policy a token asks for. Nothing of it has been checked yet but that it says so: this is for
    /// fetching the right keys.
    ///
    /// ```
    /// use jotgate_jose::{Reason, jwt::Issuers};
    ///
    /// let refused = Issuers::new().of("not a token").unwrap_err();
    /// assert_eq!(refused.reason(), Reason::MalformedParts);
    /// ```
    ///
    /// # Errors
    /// `malformed.*`; `iss.missing`; `iss.malformed` for an `iss` that is no string; `iss.mismatch` for one nobody
    /// here trusts.
    pub fn of(&self, token: &str) -> Result<&TrustedIssuer> {
        self.choose(token, &mut Scratch::new())
    }

    /// As [`super::verify()`], with the keys and the policy of the issuer the token names.
    ///
    /// ```
    /// use jotgate_jose::{Reason, jwt::Issuers};
    ///
    /// let refused = Issuers::new().verify::<serde_json::Value>("not a token", 0).unwrap_err();
    /// assert_eq!(refused.reason(), Reason::MalformedParts);
    /// ```
    ///
    /// # Errors
    /// As [`Self::of`], then as [`super::verify()`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str, now: i64) -> Result<Verified<C>> {
        let TrustedIssuer { keys, policy } = self.of(token)?;
        verify(token, keys, policy, now)
    }

    /// As [`super::verify_in`], with the keys and the policy of the issuer the token names.
    ///
    /// ```
    /// use jotgate_jose::{Reason, jwt::{Issuers, Scratch}};
    ///
    /// let mut scratch = Scratch::new();
    /// let refused = Issuers::new().verify_in::<serde_json::Value>("not a token", &mut scratch, 0).unwrap_err();
    /// assert_eq!(refused.reason(), Reason::MalformedParts);
    /// ```
    ///
    /// # Errors
    /// As [`Self::of`], then as [`super::verify()`].
    pub fn verify_in<'a, C: Deserialize<'a>>(
        &self,
        token: &str,
        scratch: &'a mut Scratch,
        now: i64,
    ) -> Result<Verified<C>> {
        let TrustedIssuer { keys, policy } = self.choose(token, scratch)?;
        verify_in(token, scratch, keys, policy, now)
    }

    fn choose(&self, token: &str, scratch: &mut Scratch) -> Result<&TrustedIssuer> {
        let payload = compact::unverified_payload(token, self.max_len.unwrap_or(MAX_LEN), scratch)?;
        let issuer = Claims::read(payload)?
            .issuer()?
            .ok_or_else(|| Error::new(Reason::IssMissing, "the token names no issuer"))?
            .decode();
        self.trusted.get(&*issuer).ok_or_else(|| {
            Error::new(Reason::IssMismatch, "nobody here trusts the token's issuer")
                .with_expected("an issuer with keys and a policy")
                .with_received(shown(&issuer))
        })
    }
}

impl TrustedIssuer {
    /// Its keys.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::{Audience, Issuer, Issuers, Policy, Typ}};
    ///
    /// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let issuers = Issuers::new().trust(KeySet::default(), policy)?;
    /// // {"alg":"ES256"}.{"iss":"https://id.example"}
    /// let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.";
    /// assert!(issuers.of(token)?.keys().keys().is_empty());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What its tokens must satisfy.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::{Audience, Issuer, Issuers, Policy, Typ}};
    ///
    /// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let issuers = Issuers::new().trust(KeySet::default(), policy)?;
    /// // {"alg":"ES256"}.{"iss":"https://id.example"}
    /// let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.";
    /// let policy = issuers.of(token)?.policy().clone().leeway(5)?;
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
