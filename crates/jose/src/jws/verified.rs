//! What is left of a JWS once its signature was found good.

use crate::{Algorithm, VerifyingKey};

use super::header::Header;

/// A signature that was checked, and what it says about the payload.
#[derive(Debug, Clone)]
pub struct VerifiedSignature {
    typ: Option<String>,
    cty: Option<String>,
    key: VerifyingKey,
    index: usize,
}

impl VerifiedSignature {
    pub(super) fn new(header: Header<'_>, key: VerifyingKey) -> Self {
        let own = |text: std::borrow::Cow<'_, str>| text.into_owned();
        Self { typ: header.typ.map(own), cty: header.cty.map(own), key, index: 0 }
    }

    pub(super) fn at(self, index: usize) -> Self {
        Self { index, ..self }
    }

    /// What kind of object this is, by its protected header.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.typ(), Some("receipt+jws"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// What kind of content this is, by its protected header.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.cty(), Some("text/plain"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    /// Which signature of the general form it is, counted from 0; in the other forms there is only one.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.index(), 0);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name of the key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.key.kid()
    }

    /// The algorithm it was signed with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// # let verified = jws::verify(&text, &keys)?;
    /// let signature = verified.signature();
    /// assert_eq!(signature.key().kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

/// Bytes whose signature was checked.
#[derive(Debug, Clone)]
pub struct VerifiedPayload {
    payload: Vec<u8>,
    signature: VerifiedSignature,
}

impl VerifiedPayload {
    pub(super) fn new(payload: Vec<u8>, signature: VerifiedSignature) -> Self {
        Self { payload, signature }
    }

    /// The bytes.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.payload(), b"bytes");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes, to keep.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.into_payload(), b"bytes");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// The signature that was found good.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.signature().index(), 0);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn signature(&self) -> &VerifiedSignature {
        &self.signature
    }

    /// The header's `typ`.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.typ(), Some("receipt+jws"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.signature.typ()
    }

    /// The name of the key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.signature.kid()
    }

    /// The algorithm it was signed with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.signature.algorithm()
    }

    /// The key that signed.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let keys = KeySet::new([key.verifying_key()]);
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::typ("receipt+jws").cty("text/plain"))?;
    /// let verified = jws::verify(&text, &keys)?;
    /// assert_eq!(verified.key().thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        self.signature.key()
    }
}
