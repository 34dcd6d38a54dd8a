//! AES-256-GCM for what Jotgate keeps sealed at rest (NIST SP 800-38D).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::SecretBytes;

/// AES-256-GCM. The caller brings the nonce and must never use one twice under one key.
///
/// ```
/// use jotgate_jose::primitive::Sealer;
///
/// let sealer = Sealer::new(&[1; 32]);
/// let sealed = sealer.seal([2; 12], b"row 7", b"a private key");
/// assert_eq!(*sealer.open([2; 12], b"row 7", &sealed)?, *b"a private key");
/// assert!(sealer.open([2; 12], b"row 8", &sealed).is_err());
/// # Ok::<(), jotgate_jose::primitive::Unopened>(())
/// ```
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// Prepares the key.
    ///
    /// ```
    /// use jotgate_jose::primitive::Sealer;
    ///
    /// let sealer = Sealer::new(&[1; 32]);
    /// assert_eq!(format!("{sealer:?}"), "Sealer(..)");
    /// ```
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a 256-bit key has the one length AES-256 takes");
        Self(LessSafeKey::new(key))
    }

    /// Ciphertext followed by the 16-byte tag; `aad` is bound to it without being in it.
    ///
    /// ```
    /// use jotgate_jose::primitive::Sealer;
    ///
    /// let sealed = Sealer::new(&[1; 32]).seal([2; 12], b"what it is", b"secret");
    /// assert_eq!(sealed.len(), 6 + 16);
    /// ```
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed)
            .expect("GCM refuses only inputs of 64 GiB and more");
        sealed
    }

    /// The plaintext, if nothing was changed.
    ///
    /// ```
    /// use jotgate_jose::primitive::Sealer;
    ///
    /// let sealer = Sealer::new(&[1; 32]);
    /// let sealed = sealer.seal([2; 12], b"what it is", b"secret");
    /// assert!(sealer.open([2; 12], b"what it is", &sealed).is_ok_and(|plain| *plain == *b"secret"));
    /// assert!(sealer.open([2; 12], b"something else", &sealed).is_err());
    /// ```
    ///
    /// # Errors
    /// [`Unopened`], one error whatever differs: key, nonce, `aad`, ciphertext or tag.
    pub fn open(&self, nonce: [u8; 12], aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, Unopened> {
        let mut plain = Zeroizing::new(sealed.to_vec());
        let len = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut plain)
            .map_err(|_| Unopened)?
            .len();
        plain.truncate(len);
        Ok(SecretBytes::new(plain))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// Sealed bytes that do not open under this key, nonce and additional data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unopened;

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sealed bytes were changed or belong to another key")
    }
}

impl std::error::Error for Unopened {}
