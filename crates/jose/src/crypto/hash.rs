//! Digest, key derivation, comparison and randomness: the parts without a key of their own.

use aws_lc_rs::{constant_time, digest, hkdf, rand};

use crate::Algorithm;

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(&digest::SHA256, bytes)
}

/// The hash a signature of this algorithm is made over; `None` for Ed25519, which does its hashing inside.
pub(crate) fn digest(algorithm: Algorithm, bytes: &[u8]) -> Option<Vec<u8>> {
    let hash = match algorithm {
        Algorithm::Hs256 | Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Hs384 | Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
        Algorithm::Hs512 | Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::Es512 => &digest::SHA512,
        Algorithm::Ed25519 => return None,
    };
    Some(digest::digest(hash, bytes).as_ref().to_vec())
}

pub(crate) fn sha384(bytes: &[u8]) -> [u8; 48] {
    array(&digest::SHA384, bytes)
}

pub(crate) fn sha512(bytes: &[u8]) -> [u8; 64] {
    array(&digest::SHA512, bytes)
}

/// `N` is the length of the hash.
fn array<const N: usize>(hash: &'static digest::Algorithm, bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(digest::digest(hash, bytes).as_ref());
    out
}

pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

pub(crate) fn hkdf_sha256(ikm: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) {
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(ikm)
        .expand(&[info], Len(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("HKDF-SHA256 gives up to 8160 bytes, and `out` is a key");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one wrapper: `jotgate_token::OsRandom` and key generation use it"
)]
pub(crate) fn fill_random(out: &mut [u8]) {
    rand::fill(out).expect("the operating system's randomness does not fail once it is seeded");
}

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}
