//! Which key a token gets: by algorithm, `kid`, `use` and `key_ops` (RFC 7517 section 4, RFC 8725 section 3.1).
//!
//! Selection never tries keys one after the other, because "some key fits" is not what a token's `kid` says; when
//! more than one key fits, that is an error of its own.

use crate::error::{Error, Reason, shown};
use crate::hash::Map;
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
    /// Which keys have this name; those without one under the empty name, which no key can have.
    by_kid: Map<String, Vec<usize>>,
    known: Map<String, Known>,
    has_symmetric: bool,
    has_asymmetric: bool,
}

/// What an encoded header says that this library would write for a key of the set. A token with exactly these bytes
/// needs no parsing of its header.
#[derive(Debug, Clone, Copy)]
struct Known {
    key: usize,
    typ: Option<&'static str>,
    /// Other keys come into question too.
    is_rivalled: bool,
}

impl KeySet {
    /// A set of these keys.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let keys = KeySet::new([key.verifying_key()]);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.push(key));
        set
    }

    /// The keys of a JWK Set, RSA keys without `alg` taken for this algorithm, because some publishers leave it out.
    /// Other keys keep what they say.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, Jwk, JwkSet, KeySet, SigningKey};
    /// # let bare = SigningKey::generate(Algorithm::Rs256)?.public_jwk()?.to_json()?.replace(",\"alg\":\"RS256\"", "");
    /// let set = JwkSet::new([Jwk::parse(bare)?]); // an RSA key that does not say for which algorithm it is
    /// assert_eq!(KeySet::from(&set).unusable()[0].error().reason().code(), "key.missing_alg");
    /// assert_eq!(KeySet::assuming(&set, Algorithm::Rs256).keys()[0].algorithm(), Algorithm::Rs256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let mut keys = KeySet::default();
    /// keys.push(key.verifying_key());
    /// assert_eq!(keys.keys().len(), 1);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn push(&mut self, key: VerifyingKey) {
        let at = self.keys.len();
        // A token without `kid` asks every key, one with `kid` those of that name.
        let is_rivalled = key.kid().map_or(at > 0, |kid| self.by_kid.contains_key(kid));
        if is_rivalled || self.by_kid.contains_key("") {
            let is_rival = |other: &VerifyingKey| other.kid().is_none() || other.kid() == key.kid();
            self.known
                .values_mut()
                .filter(|known| is_rival(&self.keys[known.key]))
                .for_each(|known| known.is_rivalled = true);
        }
        if at < MAX_KNOWN {
            for typ in [Some("at+jwt"), Some("JWT"), None] {
                let encoded = header::encode(key.name(), &Extras { typ, ..Extras::default() }, key.kid());
                self.known.entry(encoded).or_insert(Known { key: at, typ, is_rivalled });
            }
        }
        self.by_kid.entry(key.kid().unwrap_or_default().to_owned()).or_default().push(at);
        match key.algorithm().is_symmetric() {
            true => self.has_symmetric = true,
            false => self.has_asymmetric = true,
        }
        self.keys.push(key);
    }

    /// The keys that can be used.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// assert_eq!(KeySet::new([key.verifying_key()]).keys()[0].algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// The keys of the JWK Set that cannot, and why.
    ///
    /// ```
    /// # use jotgate_jose::{JwkSet, KeySet};
    /// let set = JwkSet::parse(r#"{"keys":[{"kty":"new","kid":"b"}]}"#)?;
    /// assert_eq!(KeySet::from(&set).unusable()[0].kid(), Some("b"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    /// What a header known beforehand says, and the key that [`Self::select`] would choose for it, where no other key
    /// can have a say.
    pub(crate) fn known_header(&self, encoded: &str) -> Option<(Header<'_>, Option<&VerifyingKey>)> {
        let known = self.known.get(encoded)?;
        let key = &self.keys[known.key];
        let header = Header {
            algorithm: key.algorithm(),
            kid: key.kid().map(Into::into),
            typ: known.typ.map(Into::into),
            cty: None,
        };
        let is_mixed = self.has_symmetric && self.has_asymmetric;
        Some((header, (!known.is_rivalled && !is_mixed).then_some(key)))
    }

    /// The one key for a token.
    pub(crate) fn select(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<&VerifyingKey> {
        // Because with both kinds side by side a forged HS256 token meets a set in which HS256 is possible.
        if self.has_symmetric && self.has_asymmetric {
            return Err(Error::new(Reason::KeyAmbiguous, "the key set mixes symmetric and asymmetric keys")
                .with_expected("one kind of key in a set"));
        }
        let Some(kid) = kid else {
            return match self.keys.is_empty() {
                true => Err(self.unknown(None)),
                false => only(algorithm, self.keys.iter()),
            };
        };
        if let Some(named) = self.named(kid) {
            return only(algorithm, named);
        }
        if let Some(refused) = self.unusable.iter().find(|key| key.kid() == Some(kid)) {
            return Err(refused.error.clone());
        }
        // A key without a name says nothing about names: it stands for any, after those that match.
        match self.named("") {
            Some(unnamed) => only(algorithm, unnamed),
            None => Err(self.unknown(Some(kid))),
        }
    }

    /// The keys of that name, of which there is at least one.
    fn named(&self, kid: &str) -> Option<impl Iterator<Item = &VerifyingKey> + Clone> {
        Some(self.by_kid.get(kid)?.iter().map(|at| &self.keys[*at]))
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

/// The one candidate with the algorithm. There is at least one candidate.
fn only<'a>(
    algorithm: Algorithm,
    candidates: impl Iterator<Item = &'a VerifyingKey> + Clone,
) -> Result<&'a VerifyingKey> {
    let mut fitting = candidates.clone().filter(|key| key.algorithm() == algorithm);
    let Some(first) = fitting.next() else {
        let mut names: Vec<_> = candidates.map(|key| key.algorithm().name()).collect();
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

/// More keys than this no issuer has in use at a time; tokens of further ones have their headers parsed.
const MAX_KNOWN: usize = 256;

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;
    use crate::SigningKey;

    /// The rules read off the documentation: no index, every key looked at every time.
    fn by_the_book<'a>(
        keys: &'a [VerifyingKey],
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<&'a VerifyingKey, Reason> {
        let symmetric = keys.iter().filter(|key| key.algorithm().is_symmetric()).count();
        if symmetric != 0 && symmetric != keys.len() {
            return Err(Reason::KeyAmbiguous);
        }
        let mut candidates: Vec<_> = keys.iter().filter(|key| kid.is_none() || key.kid() == kid).collect();
        if candidates.is_empty() {
            candidates = keys.iter().filter(|key| key.kid().is_none()).collect();
        }
        if candidates.is_empty() {
            return Err(Reason::KeyUnknownKid);
        }
        candidates.retain(|key| key.algorithm() == algorithm);
        let first = *candidates.first().ok_or(Reason::AlgKeyMismatch)?;
        match candidates.iter().all(|key| key.thumbprint() == first.thumbprint()) {
            true => Ok(first),
            false => Err(Reason::KeyAmbiguous),
        }
    }

    fn materials() -> &'static [VerifyingKey] {
        static KEYS: OnceLock<Vec<VerifyingKey>> = OnceLock::new();
        KEYS.get_or_init(|| {
            [Algorithm::Hs256, Algorithm::Hs256, Algorithm::Hs384, Algorithm::Es256, Algorithm::Ed25519]
                .into_iter()
                .map(|algorithm| SigningKey::generate(algorithm).unwrap().verifying_key())
                .collect()
        })
    }

    proptest! {
        #[test]
        fn choice_follows_the_book(
            chosen in prop::collection::vec((0..5_usize, "[ab]?"), 0..6),
            wanted in 0..5_usize,
            kid in prop::option::of("[abc]"),
        ) {
            let keys: Vec<_> =
                chosen.into_iter().map(|(at, kid)| materials()[at].clone().with_kid(kid)).collect();
            let set = KeySet::new(keys.iter().cloned());
            let algorithm = materials()[wanted].algorithm();
            let ours = set.select(algorithm, kid.as_deref()).map_err(|error| error.reason());
            let book = by_the_book(&keys, algorithm, kid.as_deref());
            prop_assert_eq!(ours.map(VerifyingKey::thumbprint), book.map(VerifyingKey::thumbprint));
            // Where a known header names its key, it is the one that would be chosen.
            for key in &keys {
                let encoded = header::encode(key.name(), &Extras::default(), key.kid());
                if let Some((header, Some(only))) = set.known_header(&encoded) {
                    let chosen = set.select(header.algorithm, header.kid.as_deref()).unwrap();
                    prop_assert_eq!(chosen.thumbprint(), only.thumbprint());
                    prop_assert_eq!(chosen.kid(), only.kid());
                }
            }
        }
    }

    #[test]
    fn every_header_this_library_writes_is_known() {
        let keys: Vec<_> = (0..300).map(|n| materials()[0].clone().with_kid(n.to_string())).collect();
        let set = KeySet::new(keys.iter().cloned());
        for (at, key) in keys.iter().enumerate() {
            for typ in [Some("at+jwt"), Some("JWT"), None] {
                let encoded = header::encode(key.name(), &Extras { typ, ..Extras::default() }, key.kid());
                let known = set.known_header(&encoded);
                assert_eq!(known.is_some(), at < MAX_KNOWN);
                if let Some((known, only)) = known {
                    assert_eq!(only.and_then(VerifyingKey::kid), key.kid());
                    assert_eq!((known.kid.as_deref(), known.typ.as_deref()), (key.kid(), typ));
                    assert_eq!(known.algorithm, key.algorithm());
                }
            }
            assert_eq!(set.select(Algorithm::Hs256, key.kid()).unwrap().kid(), key.kid());
        }
    }
}
