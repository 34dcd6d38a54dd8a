//! The key that checks signatures: what may become one, and what may be published of it.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::secret;
use crate::crypto::{MAX_SIGNATURE, PrivateKey, PublicKey};
use crate::jwk::Operation;
use crate::material::{Material, Secret};
use crate::{Algorithm, Jwk, Result};

/// A key that checks signatures.
///
/// ```
/// use jotgate_jose::{Algorithm, Jwk, VerifyingKey};
///
/// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// let key = VerifyingKey::from_jwk(&jwk)?;
/// assert_eq!((key.algorithm(), key.kid()), (Algorithm::Ed25519, Some("a")));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<Verifying>,
    kid: Option<Arc<str>>,
}

struct Verifying {
    algorithm: Algorithm,
    /// The name on headers and in JWKs: `EdDSA` where the key came with that.
    name: &'static str,
    material: Material,
    key: PublicKey,
    thumbprint: String,
}

impl VerifyingKey {
    /// A shared secret; the same refusals as [`crate::SigningKey::hmac`].
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, VerifyingKey};
    ///
    /// let key = VerifyingKey::hmac(Algorithm::Hs256, b"f83ac1907be2d645e3b7a0924c16d8f5")?;
    /// assert_eq!(key.algorithm(), Algorithm::Hs256);
    /// assert!(VerifyingKey::hmac(Algorithm::Hs256, b"secret").is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`crate::SigningKey::hmac`].
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self> {
        secret::check(algorithm, secret)?;
        Self::new(&Jwk::of(Material::Oct(Zeroizing::new(secret.to_vec()))), Some(algorithm))
    }

    /// A JWK. RSA and `oct` must name their algorithm. Private numbers, if any, are left behind.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Jwk, VerifyingKey};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(VerifyingKey::from_jwk(&jwk)?.algorithm(), Algorithm::Ed25519);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.missing_alg`, `key.wrong_use`, `key.too_small`, `key.malformed`, `key.unsupported`, `alg.key_mismatch`.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        jwk.permits(Operation::Verify)?;
        Self::new(jwk, None)
    }

    /// A JWK under the algorithm the caller chose; the key's own `alg` must agree.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Jwk, Reason, VerifyingKey};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// let key = VerifyingKey::from_jwk_with(&jwk, Algorithm::Ed25519)?;
    /// assert_eq!(key.kid(), Some("a"));
    /// let error = VerifyingKey::from_jwk_with(&jwk, Algorithm::Es256).unwrap_err();
    /// assert_eq!(error.reason(), Reason::AlgKeyMismatch);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_jwk_with(jwk: &Jwk, algorithm: Algorithm) -> Result<Self> {
        jwk.permits(Operation::Verify)?;
        Self::new(jwk, Some(algorithm))
    }

    /// A public key or a certificate in PEM; of a private key the public half is taken. What is mended:
    /// [`Jwk::from_pem`].
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, VerifyingKey};
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    /// -----END PUBLIC KEY-----";
    /// let key = VerifyingKey::from_pem(pem, Algorithm::Ed25519)?;
    /// assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_jwk`]; other blocks are named with the command that converts them.
    pub fn from_pem(pem: impl AsRef<[u8]>, algorithm: Algorithm) -> Result<Self> {
        Self::new(&Jwk::from_pem(pem)?, Some(algorithm))
    }

    /// A public key or a certificate in DER; of a private key the public half is taken.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey, VerifyingKey};
    ///
    /// let der = SigningKey::generate(Algorithm::Es256)?.public_jwk()?.to_der()?;
    /// let key = VerifyingKey::from_der(&der, Algorithm::Es256)?;
    /// assert_eq!(key.public_jwk()?.to_der()?, der);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_der(der: &[u8], algorithm: Algorithm) -> Result<Self> {
        Self::new(&Jwk::from_der(der)?, Some(algorithm))
    }

    fn new(jwk: &Jwk, chosen: Option<Algorithm>) -> Result<Self> {
        let (algorithm, name) = jwk.algorithm(chosen)?;
        jwk.material.check(algorithm)?;
        if let Material::Oct(bytes) = &jwk.material {
            secret::check_given(algorithm, bytes)?;
        }
        if jwk.material.is_private() {
            // A pair whose halves differ is broken, whichever half is asked for.
            PrivateKey::new(algorithm, &jwk.material)?;
        }
        Self::assemble(jwk, algorithm, name)
    }

    pub(super) fn assemble(jwk: &Jwk, algorithm: Algorithm, name: &'static str) -> Result<Self> {
        let key = PublicKey::new(algorithm, &jwk.material)?;
        let material = jwk.material.public().unwrap_or_else(|| Material::Oct(Secret::default()));
        let thumbprint = jwk.thumbprint();
        let inner = Verifying { algorithm, name, material, key, thumbprint };
        Ok(Self { inner: Arc::new(inner), kid: jwk.kid().map(Into::into) })
    }

    /// The same key under this name; an empty one takes the name away.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?.verifying_key().with_kid("a");
    /// assert_eq!(key.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into()).filter(|kid| !kid.is_empty()).map(Into::into);
        self
    }

    /// The name tokens call it by.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?.verifying_key();
    /// assert_eq!(key.kid(), None);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its one algorithm.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es384)?.verifying_key();
    /// assert_eq!(key.algorithm(), Algorithm::Es384);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.inner.algorithm
    }

    /// The RFC 7638 thumbprint.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// assert_eq!(key.verifying_key().thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.inner.thumbprint
    }

    /// As a JWK for publication.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?.verifying_key().with_kid("a");
    /// let json = key.public_jwk()?.to_json()?;
    /// assert!(json.contains(r#""kid":"a""#) && json.contains(r#""alg":"ES256""#));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for HMAC, which has nothing to publish.
    pub fn public_jwk(&self) -> Result<Jwk> {
        let jwk = Jwk {
            material: self.inner.material.clone(),
            kid: self.kid.as_deref().map(str::to_owned),
            alg: Some(self.inner.name.to_owned()),
            usage: Some("sig".to_owned()),
            key_ops: None,
        };
        jwk.public()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.inner.name
    }

    /// The bytes a signature must have.
    pub(crate) fn signature_len(&self) -> usize {
        match (&self.inner.material, self.algorithm().signature_len()) {
            (Material::Rsa(rsa), _) => rsa.n.len(),
            (_, len) => len.unwrap_or(MAX_SIGNATURE),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.inner.key.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    /// Never the numbers: those of an HMAC key are its secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "VerifyingKey", self)
    }
}

/// The thumbprint of a secret is left out: with a weak secret it could be guessed from it.
pub(super) fn show(f: &mut fmt::Formatter<'_>, name: &str, key: &VerifyingKey) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    shown.field("algorithm", &key.algorithm()).field("kid", &key.kid);
    if !key.algorithm().is_symmetric() {
        shown.field("thumbprint", &key.inner.thumbprint);
    }
    shown.finish_non_exhaustive()
}
