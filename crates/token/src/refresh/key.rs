//! One refresh key: an id, and the two MAC keys made from its secret.
//!
//! Never a signing key: what signs access tokens must not be able to make refresh tokens, nor the reverse.
//! Spec: RFC 5869 (HKDF), RFC 2104 (HMAC).

use std::fmt;

use jotgate_jose::primitive::{HmacKey, hkdf_sha256};
use zeroize::Zeroizing;

/// The id of a refresh key: eight bytes, chosen at random when the key is made. No secret; every token shows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefreshKeyId([u8; 8]);

impl RefreshKeyId {
    /// The bytes.
    ///
    /// ```
    /// # use jotgate_token::refresh::RefreshKeyId;
    /// assert_eq!(RefreshKeyId::from(*b"key-0001").as_bytes(), b"key-0001");
    /// ```
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl From<[u8; 8]> for RefreshKeyId {
    fn from(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RefreshKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RefreshKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshKeyId({self})")
    }
}

/// A refresh key, ready to make and check tags. Its secret is not kept.
pub struct RefreshKey {
    id: RefreshKeyId,
    k1: HmacKey,
    k2: HmacKey,
}

impl RefreshKey {
    /// Makes both MAC keys from a secret of 32 random bytes.
    ///
    /// ```
    /// # use jotgate_token::refresh::RefreshKey;
    /// let key = RefreshKey::new(*b"key-0001", &[7; 32]); // 32 random bytes, not these
    /// ```
    pub fn new(id: impl Into<RefreshKeyId>, secret: &[u8; 32]) -> Self {
        let derived = |label: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            hkdf_sha256(secret, &[], label, &mut *key);
            HmacKey::new(&*key)
        };
        Self { id: id.into(), k1: derived(K1_LABEL), k2: derived(K2_LABEL) }
    }

    /// The id that its tokens name.
    ///
    /// ```
    /// # use jotgate_token::refresh::RefreshKey;
    /// assert_eq!(RefreshKey::new(*b"key-0001", &[7; 32]).id().as_bytes(), b"key-0001");
    /// ```
    pub fn id(&self) -> RefreshKeyId {
        self.id
    }

    pub(super) fn tag1(&self, issuer: &str, body: &[u8]) -> [u8; 16] {
        let tag = self.k1.sign(&[TAG1_LABEL, &length(issuer), issuer.as_bytes(), body]);
        let mut half = [0; 16];
        half.copy_from_slice(&tag[..16]);
        half
    }

    pub(super) fn tag2(&self, issuer: &str, body: &[u8], salt: &[u8; 16]) -> [u8; 32] {
        self.k2.sign(&[TAG2_LABEL, &length(issuer), issuer.as_bytes(), body, salt])
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The issuer is the one part of varying length, so its length goes before it: no two inputs read alike.
fn length(issuer: &str) -> [u8; 8] {
    (issuer.len() as u64).to_be_bytes()
}

const K1_LABEL: &[u8] = b"jotgate refresh key v1: K1";
const K2_LABEL: &[u8] = b"jotgate refresh key v1: K2";
const TAG1_LABEL: &[u8] = b"jotgate refresh token v1: tag1\0";
const TAG2_LABEL: &[u8] = b"jotgate refresh token v1: tag2\0";
