//! Hash, HMAC, key derivation, sealing, randomness: small and safe, so that only this crate names a crypto crate.
//!
//! For the rest of Jotgate (refresh tokens, sealed keys at rest, passwords that come from elsewhere). Not for tokens: those
//! have [`crate::jwt`]. RFC 2104, RFC 5869, RFC 8018, NIST SP 800-38A and 38D.

/// base64url without padding, strict in what it takes.
pub mod base64url {
    pub use crate::base64url::{InvalidBase64, decode, encode};
}

pub use crate::crypto::{HmacKey, Pbkdf2, Sealer, Unopened};

/// The SHA-256 of the bytes.
///
/// ```
/// use jotgate_jose::primitive;
///
/// assert_eq!(primitive::sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    crate::crypto::sha256(bytes)
}

/// The SHA-384 of the bytes.
///
/// ```
/// assert_eq!(jotgate_jose::primitive::sha384(b"abc")[..3], [0xcb, 0x00, 0x75]);
/// ```
#[must_use]
pub fn sha384(bytes: &[u8]) -> [u8; 48] {
    crate::crypto::sha384(bytes)
}

/// The SHA-512 of the bytes.
///
/// ```
/// assert_eq!(jotgate_jose::primitive::sha512(b"abc")[..3], [0xdd, 0xaf, 0x35]);
/// ```
#[must_use]
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    crate::crypto::sha512(bytes)
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
///
/// ```
/// assert!(jotgate_jose::primitive::constant_time_eq(b"same", b"same"));
/// assert!(!jotgate_jose::primitive::constant_time_eq(b"same", b"sane"));
/// ```
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    crate::crypto::constant_time_eq(a, b)
}

/// HKDF-SHA256, extract and expand. `info` labels the purpose, so that one secret gives unrelated keys.
///
/// ```
/// use jotgate_jose::primitive;
///
/// let (mut one, mut other) = ([0; 32], [0; 32]);
/// primitive::hkdf_sha256(&[1; 32], b"", b"first purpose", &mut one);
/// primitive::hkdf_sha256(&[1; 32], b"", b"second purpose", &mut other);
/// assert_ne!(one, other);
/// ```
///
/// # Panics
/// When `out` is longer than 8160 bytes, the most RFC 5869 allows.
pub fn hkdf_sha256(ikm: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) {
    crate::crypto::hkdf_sha256(ikm, salt, info, out);
}

/// AES-256 in counter mode, the counter beginning at zero: what Firebase ends its password hash with. Says nothing of
/// changes, so it seals nothing; that is [`Sealer`]'s.
///
/// ```
/// use jotgate_jose::primitive::aes_256_ctr;
///
/// let mut data = *b"both ways alike";
/// aes_256_ctr(&[7; 32], &mut data);
/// assert_ne!(&data, b"both ways alike");
/// aes_256_ctr(&[7; 32], &mut data);
/// assert_eq!(&data, b"both ways alike");
/// ```
pub fn aes_256_ctr(key: &[u8; 32], data: &mut [u8]) {
    crate::crypto::aes_256_ctr(key, data);
}

/// The bare signature of these bytes, with no header around it: for tests that make tokens no signer of this crate would
/// make. Tokens come from [`crate::jwt::Signer`].
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey, primitive};
///
/// let signature = primitive::sign(&SigningKey::generate(Algorithm::Es256)?, b"any bytes")?;
/// assert_eq!(signature.len(), 64);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `keys.unavailable` when the crypto library fails.
pub fn sign(key: &crate::SigningKey, message: &[u8]) -> crate::Result<Vec<u8>> {
    key.signature(message)
}

/// Fills with randomness of the operating system. Outside this crate only `jotgate_token::OsRandom` calls it.
///
/// ```
/// use jotgate_jose::primitive;
///
/// let mut bytes = [0; 32];
/// primitive::fill_random(&mut bytes);
/// assert_ne!(bytes, [0; 32]);
/// ```
pub fn fill_random(out: &mut [u8]) {
    crate::crypto::fill_random(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn sha256_of_the_standard_example() {
        let want = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(b"abc").to_vec(), want);
    }

    #[test]
    fn hmac_of_rfc_4231_case_2() {
        let tag = HmacKey::new(b"Jefe").sign(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(tag.to_vec(), hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
        assert!(!HmacKey::new(b"Jefe").verify(&[b"what do ya want for nothing?"], &tag[..31]));
    }

    #[test]
    fn hkdf_of_rfc_5869_case_1() {
        let mut out = [0; 42];
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        hkdf_sha256(&[0x0b; 22], &hex("000102030405060708090a0b0c"), &info, &mut out);
        let want = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(out.to_vec(), hex(want));
    }

    #[test]
    fn pbkdf2_of_rfc_6070_and_of_python() {
        let derive = |hash: Pbkdf2, iterations: u32, length: usize| {
            let mut out = vec![0; length];
            hash.derive(b"password", b"salt", iterations.try_into().unwrap(), &mut out);
            out
        };
        assert_eq!(derive(Pbkdf2::Sha1, 4096, 20), hex("4b007901b765489abead49d926f721d065a429c1"));
        // hashlib.pbkdf2_hmac, Python 3.11
        let sha256 = "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134af7ad98c1b458ce3f";
        assert_eq!(derive(Pbkdf2::Sha256, 4096, 40), hex(sha256));
        let sha512 = "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5";
        assert_eq!(derive(Pbkdf2::Sha512, 4096, 32), hex(sha512));
    }

    #[test]
    fn a_sealed_box_opens_only_unchanged() {
        let sealer = Sealer::new(&[3; 32]);
        let sealed = sealer.seal([4; 12], b"aad", b"plain");
        assert_eq!(sealed.len(), 5 + 16);
        assert_eq!(*sealer.open([4; 12], b"aad", &sealed).unwrap(), *b"plain");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open([4; 12], b"aad", &changed).is_err());
        }
        assert!(sealer.open([5; 12], b"aad", &sealed).is_err());
        assert!(sealer.open([4; 12], b"", &sealed).is_err());
        assert!(sealer.open([4; 12], b"aad", &sealed[..10]).is_err());
        assert!(sealer.open([4; 12], b"aad", b"").is_err());
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(
            format!("{:?}{:?}", HmacKey::new(&[65; 32]), Sealer::new(&[65; 32])),
            "HmacKey(..)Sealer(..)"
        );
    }

    #[test]
    fn randomness_differs() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        fill_random(&mut a);
        fill_random(&mut b);
        assert_ne!(a, b);
    }
}
