//! HMAC (RFC 2104) with SHA-256, -384 and -512. Comparison is in constant time.

use std::fmt;

use aws_lc_rs::hmac;

use crate::Algorithm;

/// HMAC-SHA256 with a prepared key, for tags that are not JWS signatures.
///
/// ```
/// use jotgate_jose::primitive::HmacKey;
///
/// let key = HmacKey::new(&[7; 32]);
/// let tag = key.sign(&[b"one", b"two"]);
/// assert!(key.verify(&[b"onetwo"], &tag));
/// assert!(!key.verify(&[b"onetwo!"], &tag));
/// ```
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// Prepares the key once, so that each tag costs only the hashing.
    ///
    /// ```
    /// use jotgate_jose::primitive::HmacKey;
    ///
    /// assert_eq!(format!("{:?}", HmacKey::new(&[7; 32])), "HmacKey(..)");
    /// ```
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The tag of the parts put together. Parts of varying length need a separator or a length in them.
    ///
    /// ```
    /// use jotgate_jose::primitive::HmacKey;
    ///
    /// let key = HmacKey::new(&[7; 32]);
    /// assert_eq!(key.sign(&[b"one", b"two"]), key.sign(&[b"onetwo"]));
    /// ```
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Compares in constant time. A shortened tag is no match.
    ///
    /// ```
    /// use jotgate_jose::primitive::HmacKey;
    ///
    /// let key = HmacKey::new(&[7; 32]);
    /// let tag = key.sign(&[b"text"]);
    /// assert!(key.verify(&[b"text"], &tag) && !key.verify(&[b"text"], &tag[..16]));
    /// ```
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        super::constant_time_eq(&self.sign(parts), tag)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// The HMAC of a JWS, with the hash of its algorithm.
#[derive(Clone)]
pub(crate) struct MacKey(hmac::Key);

impl MacKey {
    /// `None` for an algorithm that is not HMAC.
    pub(crate) fn new(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let hash = match algorithm {
            Algorithm::Hs256 => hmac::HMAC_SHA256,
            Algorithm::Hs384 => hmac::HMAC_SHA384,
            Algorithm::Hs512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self(hmac::Key::new(hash, secret)))
    }

    pub(crate) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        hmac::sign(&self.0, message)
    }
}
