//! What signs: a key, or a secret of any length. `jotgate_jose` refuses weak secrets, and APIs have them all the same.

use std::sync::Arc;

use jotgate_jose::primitive::{self, base64url};
use jotgate_jose::{Algorithm, Jwk, SigningKey};
use serde_json::Value;
use zeroize::Zeroizing;

use super::CRYPTO;

/// The issuer's hand.
#[derive(Clone)]
pub(crate) enum Hand {
    Key(Box<SigningKey>),
    Secret(Algorithm, Arc<Zeroizing<Vec<u8>>>),
}

impl Hand {
    pub(super) fn of(key: SigningKey) -> Self {
        match secret_of(&key) {
            Some(secret) => Self::Secret(key.algorithm(), Arc::new(secret)),
            None => Self::Key(Box::new(key)),
        }
    }

    pub(super) fn secret(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        algorithm.is_symmetric().then(|| Self::Secret(algorithm, Arc::new(Zeroizing::new(secret.to_vec()))))
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Key(key) => key.algorithm(),
            Self::Secret(algorithm, _) => *algorithm,
        }
    }

    /// The algorithm as the header says it, which for Ed25519 may be `EdDSA`.
    pub(crate) fn name(&self) -> String {
        let jwk = match self {
            Self::Key(key) => key.public_jwk().ok(),
            Self::Secret(..) => None,
        };
        jwk.as_ref().and_then(Jwk::alg).unwrap_or(self.algorithm().name()).to_owned()
    }

    /// The public key, where there is one.
    pub(crate) fn public(&self) -> Option<Jwk> {
        match self {
            Self::Key(key) => key.public_jwk().ok(),
            Self::Secret(..) => None,
        }
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        match self {
            Self::Key(key) => primitive::sign(key, input).expect(CRYPTO),
            Self::Secret(algorithm, secret) => hmac(*algorithm, secret, input),
        }
    }

    /// The same key material under an algorithm it was not made for, where there is such an algorithm.
    pub(crate) fn under_another_algorithm(&self) -> Option<Self> {
        let other = match self.algorithm() {
            Algorithm::Hs256 => Algorithm::Hs512,
            Algorithm::Hs384 | Algorithm::Hs512 => Algorithm::Hs256,
            Algorithm::Rs256 => Algorithm::Rs512,
            Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 | Algorithm::Ps384 | Algorithm::Ps512 => {
                Algorithm::Rs256
            }
            _ => return None,
        };
        match self {
            Self::Secret(_, secret) => Some(Self::Secret(other, secret.clone())),
            Self::Key(key) => {
                let pem = key.private_pem().ok()?;
                SigningKey::from_pem(&*pem, other).ok().map(|key| Self::Key(Box::new(key)))
            }
        }
    }
}

/// The bytes of a symmetric key.
fn secret_of(key: &SigningKey) -> Option<Zeroizing<Vec<u8>>> {
    if !key.algorithm().is_symmetric() {
        return None;
    }
    let jwk: Value = serde_json::from_str(&key.private_jwk().ok()?).ok()?;
    base64url::decode(jwk.get("k")?.as_str()?).ok().map(Zeroizing::new)
}

/// RFC 2104 with the hash of this algorithm, and a key of any length. SHA-256 where the algorithm is not symmetric.
pub(crate) fn hmac(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    let hash = |bytes: &[u8]| match algorithm {
        Algorithm::Hs384 => primitive::sha384(bytes).to_vec(),
        Algorithm::Hs512 => primitive::sha512(bytes).to_vec(),
        _ => primitive::sha256(bytes).to_vec(),
    };
    let block = if matches!(algorithm, Algorithm::Hs384 | Algorithm::Hs512) { 128 } else { 64 };
    let mut padded = if key.len() > block { hash(key) } else { key.to_vec() };
    padded.resize(block, 0);
    let keyed = |byte: u8| padded.iter().map(move |key| key ^ byte);
    let inner: Vec<u8> = keyed(0x36).chain(message.iter().copied()).collect();
    let outer: Vec<u8> = keyed(0x5c).chain(hash(&inner)).collect();
    hash(&outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_the_library() {
        let secret = b"a secret of more than thirty-two bytes, and of more than sixty-four: here they are";
        for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
            for length in [64, secret.len()] {
                let key = SigningKey::hmac(algorithm, &secret[..length]).unwrap();
                let signature = primitive::sign(&key, b"message").unwrap();
                assert_eq!(hmac(algorithm, &secret[..length], b"message"), signature, "{algorithm}");
            }
        }
    }

    #[test]
    fn a_symmetric_key_is_taken_as_its_secret() {
        let key = SigningKey::generate(Algorithm::Hs256).unwrap();
        let signature = primitive::sign(&key, b"message").unwrap();
        assert_eq!(Hand::of(key).sign(b"message"), signature);
    }

    #[test]
    fn the_other_algorithm_is_of_the_same_key() {
        for (algorithm, other) in
            [(Algorithm::Hs256, "HS512"), (Algorithm::Rs256, "RS512"), (Algorithm::Ps256, "RS256")]
        {
            let hand = Hand::of(SigningKey::generate(algorithm).unwrap());
            assert_eq!(hand.under_another_algorithm().unwrap().name(), other);
        }
        assert!(
            Hand::of(SigningKey::generate(Algorithm::Es256).unwrap()).under_another_algorithm().is_none()
        );
    }
}
