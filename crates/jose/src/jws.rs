//! Compact JWS (RFC 7515 section 3.1): signed bytes of any kind.
//!
//! For tokens use [`crate::jwt`], which also checks what the bytes say. Here nothing is known about the payload but
//! who signed it.

pub(crate) mod compact;
pub(crate) mod header;
mod scratch;

pub use scratch::Scratch;

use crate::{Algorithm, KeySet, Result, SigningKey, VerifyingKey, base64url};

/// Header members besides `alg` and `kid`, which come from the key.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Extras<'a> {
    /// What kind of object this is.
    pub typ: Option<&'a str>,
    /// What kind of thing the payload is; `JWT` when it is itself a token, see [`crate::jwt::verify_nested`].
    pub cty: Option<&'a str>,
}

impl<'a> Extras<'a> {
    /// With this `typ`.
    #[must_use]
    pub fn typ(typ: &'a str) -> Self {
        Self { typ: Some(typ), cty: None }
    }

    /// And with this `cty`.
    #[must_use]
    pub fn cty(self, cty: &'a str) -> Self {
        Self { cty: Some(cty), ..self }
    }
}

/// Signs bytes.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Ed25519)?;
/// let compact = jws::sign(b"any bytes", &key, &jws::Extras::default())?;
/// let verified = jws::verify(&compact, &KeySet::new([key.verifying_key()]))?;
/// assert_eq!(verified.payload(), b"any bytes");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `keys.unavailable` when the crypto library fails.
pub fn sign(payload: &[u8], key: &SigningKey, extras: &Extras<'_>) -> Result<String> {
    let mut out = header::encode(key.name(), extras, key.kid());
    out.push('.');
    base64url::encode_into(payload, &mut out);
    key.sign_onto(&mut out)?;
    Ok(out)
}

/// Checks a compact JWS of at most [`MAX_LEN`] bytes and hands out its payload.
///
/// # Errors
/// `malformed.*`, `alg.*`, `key.*`, `crit.*`, `signature.invalid`.
pub fn verify(compact: &str, keys: &KeySet) -> Result<VerifiedPayload> {
    let mut scratch = Scratch::new();
    let checked =
        compact::check(compact, keys, &compact::Limits { max_len: MAX_LEN, algorithms: None }, &mut scratch)?;
    Ok(VerifiedPayload {
        payload: checked.payload.to_vec(),
        typ: checked.typ.map(std::borrow::Cow::into_owned),
        key: checked.key.clone(),
    })
}

/// The longest JWS [`verify`] looks at.
pub const MAX_LEN: usize = 1 << 20;

/// Bytes whose signature was checked.
#[derive(Debug, Clone)]
pub struct VerifiedPayload {
    payload: Vec<u8>,
    typ: Option<String>,
    key: VerifyingKey,
}

impl VerifiedPayload {
    /// The bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes, to keep.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// The header's `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The name of the key that signed.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.key.kid()
    }

    /// The algorithm it was signed with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The key that signed.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }
}
