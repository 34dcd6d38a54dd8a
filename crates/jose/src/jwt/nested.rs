//! A signed token whose payload is another signed token (RFC 7519 section 5.2, `cty`: `JWT`).
//!
//! Refused by everything else in [`super`], and here exactly two layers deep, because each further layer is work an
//! attacker orders and nobody needs. Who wrapped a token says nothing of who issued it: each layer has its keys.

use serde::de::DeserializeOwned;

use super::claims;
use super::policy::{Policy, Typ};
use super::verify::{Verified, accept};
use crate::error::{Error, Reason};
use crate::jws::{Scratch, compact};
use crate::{Algorithm, KeySet, Result};

/// What the outer token must be: it has a signature and a type, and no claims.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    keys: &'a KeySet,
    typ: Typ,
    algorithms: Option<Vec<Algorithm>>,
}

impl<'a> Envelope<'a> {
    /// Signed with one of these keys, of this type.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::{Envelope, Typ}};
    ///
    /// let keys = KeySet::default();
    /// let envelope = Envelope::new(&keys, Typ::absent_or("JWT"));
    /// ```
    #[must_use]
    pub fn new(keys: &'a KeySet, typ: Typ) -> Self {
        Self { keys, typ, algorithms: None }
    }

    /// Narrows the algorithms of the outer signature.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, KeySet, jwt::{Envelope, Typ}};
    ///
    /// let keys = KeySet::default();
    /// let envelope = Envelope::new(&keys, Typ::exact("JWT")).algorithms([Algorithm::Es256]);
    /// ```
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }
}

/// Checks a token inside a token: the outer one against the envelope, the inner one against keys and policy. The
/// policy's cap on the length holds for the whole.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws, jwt};
/// use jotgate_jose::jwt::{Audience, Envelope, Issuer, Policy, Typ};
/// use serde_json::{Value, json};
///
/// let (issuer, relay) = (SigningKey::generate(Algorithm::Es256)?, SigningKey::generate(Algorithm::Ed25519)?);
/// let token = jwt::sign(&json!({"sub": "17", "exp": 1_800_000_000}), &issuer)?;
/// let wrapped = jws::sign(token.as_bytes(), &relay, &jws::Extras::typ("JWT").cty("JWT"))?;
///
/// let policy = Policy::new(Issuer::any(), Audience::any(), Typ::exact("JWT"));
/// let (outer, inner) = (KeySet::new([relay.verifying_key()]), KeySet::new([issuer.verifying_key()]));
/// let envelope = Envelope::new(&outer, Typ::exact("JWT"));
/// let verified = jwt::verify_nested::<Value>(&wrapped, &envelope, &inner, &policy, 1_700_000_000)?;
/// assert_eq!(verified.claims()["sub"], "17");
///
/// let refused = jwt::verify::<Value>(&wrapped, &outer, &policy, 1_700_000_000).unwrap_err();
/// assert_eq!(refused.reason().code(), "typ.mismatch");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `typ.mismatch` when the outer token holds no token; `malformed.depth` when the inner one holds another; else as
/// [`super::verify()`], for the outer token and then for the inner one.
pub fn verify_nested<C: DeserializeOwned>(
    token: &str,
    envelope: &Envelope<'_>,
    keys: &KeySet,
    policy: &Policy,
    now: i64,
) -> Result<Verified<C>> {
    let mut scratch = Scratch::new();
    let limits = compact::Limits { max_len: policy.max_len, algorithms: envelope.algorithms.as_deref() };
    let outer = compact::check(token, envelope.keys, &limits, &mut scratch)?;
    claims::check_typ(&envelope.typ, outer.typ.as_deref())?;
    if !claims::is_nested(outer.cty.as_deref()) {
        return Err(Error::new(Reason::TypMismatch, "the token holds no other token")
            .with_expected("`cty` \"JWT\"")
            .with_hint("a token with claims of its own is for `jwt::verify`"));
    }
    let token = std::str::from_utf8(outer.payload)
        .map_err(|_| Error::new(Reason::MalformedUtf8, "bytes that are no token").within("the payload"))?;
    let mut scratch = Scratch::new();
    let inner = compact::check(token, keys, &policy.limits(), &mut scratch)?;
    if claims::is_nested(inner.cty.as_deref()) {
        return Err(Error::new(Reason::MalformedDepth, "a token in a token in a token")
            .with_expected("at most 2 layers"));
    }
    let key = inner.key;
    Ok(Verified::new(accept(inner, policy, now)?.typed()?, key.clone()))
}
