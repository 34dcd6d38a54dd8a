//! Keys as they come in files: JWK, JWK Set, PEM or DER, told apart by their first bytes.
//!
//! The filters here may take the algorithm from the token where neither the key nor the caller names one, because a
//! person at the command line tries things out. The library and the server never do.

use jotgate_jose::{
    Algorithm, Error, Jwk, JwkSet, KeySet, Reason, SigningKey, UnusableKey, VerifyingKey, inspect, jws,
};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::input::Source;
use crate::output::Output;

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

    /// The keys that may have signed this token or JWS, in whichever form it is. When none of them can be used, why
    /// the first cannot.
    pub(super) fn for_token(&self, token: &str, chosen: Option<Algorithm>) -> Result<KeySet, Error> {
        if let Self::Set(set) = self
            && let Some(refusal) = inspect::shared_kid(set)
        {
            return Err(refusal);
        }
        let named = named(token);
        let mut first_error = self.unusable().first().map(|key| key.error().clone());
        let mut keys = KeySet::new([]);
        for jwk in self.keys() {
            match verifying_keys(jwk, chosen, &named) {
                Ok(fitting) => fitting.into_iter().for_each(|key| keys.push(key)),
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        match first_error {
            // That no algorithm can be taken from the token is the token's flaw (`none`, a name nobody knows), and
            // checking it names that flaw before it asks for a key.
            Some(error)
                if error.reason() == Reason::KeyMissingAlg && named.as_ref().is_ok_and(Vec::is_empty) =>
            {
                Ok(keys)
            }
            Some(error) if keys.keys().is_empty() => Err(error),
            _ => Ok(keys),
        }
    }

    /// The one private key in it.
    pub(super) fn signing_key(&self, chosen: Option<Algorithm>) -> Result<SigningKey, Failure> {
        let [jwk] = self.keys() else {
            let count = self.keys().len();
            return Err(Failure::usage(format!("--key holds {count} usable keys, and one must sign")));
        };
        let key = match chosen {
            Some(algorithm) => SigningKey::from_jwk_with(jwk, algorithm),
            None => SigningKey::from_jwk(jwk),
        };
        Ok(key?)
    }
}

/// A shared secret to sign with.
pub(super) fn signing_secret(
    source: &Source,
    chosen: Option<Algorithm>,
    output: &Output,
) -> Result<SigningKey, Failure> {
    let secret = source.read("--secret")?;
    let key = SigningKey::hmac(chosen.unwrap_or(Algorithm::Hs256), &secret)?;
    if secret.ends_with(b"\n") {
        output.note("the secret ends with a line end, which counts as part of it");
    }
    Ok(key)
}

/// A shared secret as the keys that may have signed this token or JWS. Only symmetric algorithms can come of it: a
/// secret never verifies anything else.
pub(super) fn keys_of_secret(secret: &[u8], token: &str, chosen: Option<Algorithm>) -> Result<KeySet, Error> {
    let algorithms = match (chosen, named(token)) {
        (Some(chosen), _) => vec![chosen],
        (None, Ok(named)) => named.into_iter().filter(|algorithm| algorithm.is_symmetric()).collect(),
        (None, Err(_)) => Vec::new(),
    };
    match algorithms.as_slice() {
        [] => VerifyingKey::hmac(Algorithm::Hs256, secret).map(|key| KeySet::new([key])),
        algorithms => fitting(algorithms, |algorithm| VerifyingKey::hmac(algorithm, secret)).map(KeySet::new),
    }
}

/// The algorithms that the headers name, each once.
fn named(token: &str) -> Result<Vec<Algorithm>, Error> {
    let mut named = Vec::new();
    for signature in jws::Unverified::parse(token)?.signatures() {
        if let Some(algorithm) = signature.alg().and_then(Algorithm::from_name)
            && !named.contains(&algorithm)
        {
            named.push(algorithm);
        }
    }
    Ok(named)
}

fn verifying_keys(
    jwk: &Jwk,
    chosen: Option<Algorithm>,
    named: &Result<Vec<Algorithm>, Error>,
) -> Result<Vec<VerifyingKey>, Error> {
    let own = match chosen {
        Some(algorithm) => VerifyingKey::from_jwk_with(jwk, algorithm),
        None => VerifyingKey::from_jwk(jwk),
    };
    match (own, named) {
        (Ok(key), _) => Ok(vec![key]),
        (Err(error), Ok(named)) if error.reason() == Reason::KeyMissingAlg && !named.is_empty() => {
            // The library refuses an algorithm of another kind, so a public key never becomes an HMAC secret here.
            fitting(named, |algorithm| VerifyingKey::from_jwk_with(jwk, algorithm))
        }
        // A registered `alg` that is none of ours contradicts the token's; the library says so when both are named.
        (Err(error), Ok(named)) if error.reason() == Reason::KeyUnsupported && !named.is_empty() => {
            fitting(named, |algorithm| VerifyingKey::from_jwk_with(jwk, algorithm))
        }
        // What cannot be read names nothing, and is refused for what is wrong with it.
        (Err(error), Err(flaw)) if error.reason() == Reason::KeyMissingAlg => Err(flaw.clone()),
        (Err(error), _) => Err(error),
    }
}

/// The key under each algorithm that it can have; when there is none, why not the first.
fn fitting(
    algorithms: &[Algorithm],
    key: impl Fn(Algorithm) -> Result<VerifyingKey, Error>,
) -> Result<Vec<VerifyingKey>, Error> {
    let (mut keys, mut first_error) = (Vec::new(), None);
    for algorithm in algorithms {
        match key(*algorithm) {
            Ok(key) => keys.push(key),
            Err(error) => drop(first_error.get_or_insert(error)),
        }
    }
    match first_error {
        Some(error) if keys.is_empty() => Err(error),
        _ => Ok(keys),
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
