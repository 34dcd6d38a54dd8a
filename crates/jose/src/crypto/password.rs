//! What other systems hash passwords with, to check them once more: PBKDF2 (RFC 8018 section 5.2), and the AES-256-CTR
//! with which Firebase ends its scrypt (NIST SP 800-38A section 6.5). Not for new passwords: those are Argon2id.

use std::num::NonZeroU32;

use aws_lc_rs::{
    cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
    pbkdf2,
};

/// PBKDF2 with HMAC over one of three hashes.
///
/// ```
/// use jotgate_jose::primitive::Pbkdf2;
///
/// let mut out = [0; 20];
/// Pbkdf2::Sha1.derive(b"password", b"salt", std::num::NonZeroU32::MIN, &mut out);
/// assert_eq!(out[..4], [0x0c, 0x60, 0xc8, 0x0f]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pbkdf2 {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Pbkdf2 {
    /// Fills `out` with the key of this password. The work grows with the iterations and with the length of `out`.
    ///
    /// ```
    /// use jotgate_jose::primitive::Pbkdf2;
    ///
    /// let (mut short, mut long) = ([0; 16], [0; 32]);
    /// let iterations = std::num::NonZeroU32::new(1000).ok_or("not zero")?;
    /// Pbkdf2::Sha256.derive(b"password", b"salt", iterations, &mut short);
    /// Pbkdf2::Sha256.derive(b"password", b"salt", iterations, &mut long);
    /// assert_eq!(short, long[..16]);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn derive(self, password: &[u8], salt: &[u8], iterations: NonZeroU32, out: &mut [u8]) {
        let algorithm = match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        pbkdf2::derive(algorithm, iterations, salt, password, out);
    }

    /// The bytes of one block of output: each block costs all iterations once more.
    ///
    /// ```
    /// assert_eq!(jotgate_jose::primitive::Pbkdf2::Sha1.block(), 20);
    /// ```
    #[must_use]
    pub fn block(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// AES-256 in counter mode from a counter of zero. No tag: whoever calls compares the whole output.
pub(crate) fn aes_256_ctr(key: &[u8; 32], data: &mut [u8]) {
    let key = UnboundCipherKey::new(&AES_256, key).expect("a 256-bit key has the one length AES-256 takes");
    EncryptingKey::ctr(key)
        .and_then(|key| {
            key.less_safe_encrypt(data, EncryptionContext::Iv128(FixedLength::from([0; 16]))).map(drop)
        })
        .expect("counter mode takes any length and a counter of 16 bytes");
}
