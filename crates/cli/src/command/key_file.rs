//! Keys as they come in files: JWK, JWK Set, PEM or DER, told apart by their first bytes.
//!
//! The filters here may take the algorithm from the token where neither the key nor the caller names one, because a
//! person at the command line tries things out. The library and the server never do.

use jotgate_jose::jwt::Unverified;
use jotgate_jose::{Algorithm, Error, Jwk, JwkSet, KeySet, SigningKey, UnusableKey, VerifyingKey, inspect};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// What a key file holds.
pub(super) enum KeyFile {
    One(Box<Jwk>),
    Set(JwkSet),
}

impl KeyFile {
    /// Reads a key file of any of the known forms.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = bytes.trim_ascii();
        // With a byte order mark it is no JSON, and the reader of JSON says so.
        if text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).starts_with(b"{") {
            return match is_set(text) {
                true => JwkSet::parse(text).map(Self::Set),
                false => Jwk::parse(text).map(|jwk| Self::One(Box::new(jwk))),
            };
        }
        // DER is hardly ever text. What is neither is told by the words for PEM, which know more mistakes.
        let jwk = match Jwk::from_der(bytes) {
            Err(_) if str::from_utf8(bytes).is_ok() || bytes.starts_with(UTF_16) => Jwk::from_pem(text),
            read => read,
        };
        jwk.map(|jwk| Self::One(Box::new(jwk)))
    }

    /// Reads the key of a line of JSON: a JWK, a JWK Set, or PEM in a string.
    pub(super) fn parse_json(key: &RawValue) -> Result<Self, Error> {
        match serde_json::from_str::<String>(key.get()).map(Zeroizing::new) {
            Ok(text) => Self::parse(text.as_bytes()),
            Err(_) => Self::parse(key.get().as_bytes()),
        }
    }

    /// The keys in it that could be read.
    pub(super) fn keys(&self) -> &[Jwk] {
        match self {
            Self::One(jwk) => std::slice::from_ref(jwk),
            Self::Set(set) => set.keys(),
        }
    }

    /// The keys in it that could not.
    pub(super) fn unusable(&self) -> &[UnusableKey] {
        match self {
            Self::One(_) => &[],
            Self::Set(set) => set.unusable(),
        }
    }

    /// The keys that may have signed `token`. When none of them can be used, why the first cannot.
    pub(super) fn for_token(&self, token: &str, chosen: Option<Algorithm>) -> Result<KeySet, Error> {
        let named = Unverified::parse(token).ok().and_then(|peek| peek.alg().and_then(Algorithm::from_name));
        if let Self::Set(set) = self
            && let Some(refusal) = inspect::shared_kid(set)
        {
            return Err(refusal);
        }
        let mut first_error = self.unusable().first().map(|key| key.error().clone());
        let mut keys = KeySet::new([]);
        for jwk in self.keys() {
            match verifying_key(jwk, chosen, named) {
                Ok(key) => keys.push(key),
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        match first_error {
            Some(error) if keys.keys().is_empty() => Err(error),
            _ => Ok(keys),
        }
    }

    /// The one private key in it.
    pub(super) fn signing_key(&self, chosen: Option<Algorithm>) -> Result<SigningKey, NotOne> {
        let [jwk] = self.keys() else { return Err(NotOne::Many(self.keys().len())) };
        let key = match chosen {
            Some(algorithm) => SigningKey::from_jwk_with(jwk, algorithm),
            None => SigningKey::from_jwk(jwk),
        };
        key.map_err(NotOne::Refused)
    }
}

/// Why there is no key to sign with.
pub(super) enum NotOne {
    Many(usize),
    Refused(Error),
}

fn verifying_key(
    jwk: &Jwk,
    chosen: Option<Algorithm>,
    named: Option<Algorithm>,
) -> Result<VerifyingKey, Error> {
    let own = match chosen {
        Some(algorithm) => VerifyingKey::from_jwk_with(jwk, algorithm),
        None => VerifyingKey::from_jwk(jwk),
    };
    match (own, named) {
        (Err(error), Some(named)) if error.reason() == jotgate_jose::Reason::KeyMissingAlg => {
            // The library refuses an algorithm of another kind, so a public key never becomes an HMAC secret here.
            VerifyingKey::from_jwk_with(jwk, named)
        }
        (own, _) => own,
    }
}

fn is_set(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Outline {
        keys: Option<IgnoredAny>,
    }
    serde_json::from_slice(text).is_ok_and(|Outline { keys }| keys.is_some())
}

const UTF_16: &[u8] = &[0xff, 0xfe];
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
