//! Which key a token gets: by algorithm, `kid`, `use` and `key_ops` (RFC 7517 section 4, RFC 8725 section 3.1).
//!
//! Selection never tries keys one after the other, because "some key fits" is not what a token's `kid` says; when
//! more than one key fits, that is an error of its own.

use crate::error::{Error, Reason, shown};
use crate::jwk::{JwkSet, UnusableKey};
use crate::jws::Extras;
use crate::jws::header::{self, Header};
use crate::{Algorithm, Jwk, Result, VerifyingKey};

/// The keys a verifier trusts, all for one issuer.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
/// let keys = KeySet::new([key.verifying_key()]);
/// assert_eq!(keys.keys().len(), 1);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<VerifyingKey>,
    unusable: Vec<UnusableKey>,
    known: Vec<Known>,
}

/// An encoded header this library would write for a key of the set. A token with exactly these bytes needs no
/// parsing of its header.
#[derive(Debug, Clone)]
struct Known {
    encoded: String,
    key: usize,
    typ: Option<&'static str>,
}

impl KeySet {
    /// A set of these keys.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.push(key));
        set
    }

    /// The keys of a JWK Set, RSA keys without `alg` taken for this algorithm, because some publishers leave it out.
    /// Other keys keep what they say.
    #[must_use]
    pub fn assuming(set: &JwkSet, algorithm: Algorithm) -> Self {
        Self::of(set, |jwk| match VerifyingKey::from_jwk(jwk) {
            Err(error) if error.reason() == Reason::KeyMissingAlg => {
                VerifyingKey::from_jwk_with(jwk, algorithm)
            }
            taken => taken,
        })
    }

    fn of(set: &JwkSet, take: impl Fn(&Jwk) -> Result<VerifyingKey>) -> Self {
        let mut taken = Self { unusable: set.unusable().to_vec(), ..Self::default() };
        for jwk in set.keys() {
            match take(jwk) {
                Ok(key) => taken.push(key),
                Err(error) => taken.unusable.push(UnusableKey { kid: jwk.kid().map(str::to_owned), error }),
            }
        }
        taken
    }

    /// Adds a key.
    pub fn push(&mut self, key: VerifyingKey) {
        if self.keys.len() < MAX_KNOWN {
            for typ in [Some("at+jwt"), Some("JWT"), None] {
                let encoded = header::encode(key.name(), &Extras { typ, ..Extras::default() }, key.kid());
                self.known.push(Known { encoded, key: self.keys.len(), typ });
            }
        }
        self.keys.push(key);
    }

    /// The keys that can be used.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// The keys of the JWK Set that cannot, and why.
    #[must_use]
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    pub(crate) fn known_header(&self, encoded: &str) -> Option<Header<'_>> {
        let known = self.known.iter().find(|known| known.encoded == encoded)?;
        let key = &self.keys[known.key];
        Some(Header {
            algorithm: key.algorithm(),
            kid: key.kid().map(Into::into),
            typ: known.typ.map(Into::into),
            cty: None,
        })
    }

    /// The one key for a token.
    pub(crate) fn select(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<&VerifyingKey> {
        // Because with both kinds side by side a forged HS256 token meets a set in which HS256 is possible.
        let has = |symmetric| self.keys.iter().any(|key| key.algorithm().is_symmetric() == symmetric);
        if has(true) && has(false) {
            return Err(Error::new(Reason::KeyAmbiguous, "the key set mixes symmetric and asymmetric keys")
                .with_expected("one kind of key in a set"));
        }
        // A key without a name says nothing about names: it stands for any, after those that match.
        let is_named = |key: &VerifyingKey| kid.is_none() || key.kid() == kid;
        let is_unnamed = |key: &VerifyingKey| key.kid().is_none();
        if self.keys.iter().any(is_named) {
            return self.only(algorithm, is_named);
        }
        if let Some(refused) = self.unusable.iter().find(|key| kid.is_some() && key.kid() == kid) {
            return Err(refused.error.clone());
        }
        if self.keys.iter().any(is_unnamed) {
            return self.only(algorithm, is_unnamed);
        }
        Err(self.unknown(kid))
    }

    /// The one candidate with the algorithm. There is at least one candidate.
    fn only(
        &self,
        algorithm: Algorithm,
        is_candidate: impl Fn(&VerifyingKey) -> bool,
    ) -> Result<&VerifyingKey> {
        let candidates = || self.keys.iter().filter(|key| is_candidate(key));
        let mut fitting = candidates().filter(|key| key.algorithm() == algorithm);
        let Some(first) = fitting.next() else {
            let mut names: Vec<_> = candidates().map(|key| key.algorithm().name()).collect();
            names.dedup();
            return Err(Error::new(Reason::AlgKeyMismatch, "the token's algorithm is not the key's")
                .with_expected(names.join(" or "))
                .with_received(algorithm.name()));
        };
        // The same key twice is no choice to make.
        if fitting.any(|other| other.thumbprint() != first.thumbprint()) {
            return Err(Error::new(Reason::KeyAmbiguous, "more than one key fits the token")
                .with_expected("a `kid` that only one key has"));
        }
        Ok(first)
    }

    fn unknown(&self, kid: Option<&str>) -> Error {
        match (kid, self.unusable.as_slice()) {
            (Some(kid), _) => {
                Error::new(Reason::KeyUnknownKid, "no key has the token's `kid`").with_received(shown(kid))
            }
            // A token without a name and nothing but one broken key: its flaw is the answer.
            (None, [only]) => only.error.clone(),
            (None, _) => Error::new(Reason::KeyUnknownKid, "there is no usable key"),
        }
    }
}

impl From<&JwkSet> for KeySet {
    /// Keys that cannot be used are kept with their reason, see [`KeySet::unusable`].
    fn from(set: &JwkSet) -> Self {
        Self::of(set, VerifyingKey::from_jwk)
    }
}

impl From<VerifyingKey> for KeySet {
    fn from(key: VerifyingKey) -> Self {
        Self::new([key])
    }
}

/// Beyond this many keys, comparing with known headers costs more than parsing one.
const MAX_KNOWN: usize = 16;
