//! Keys that carry exactly one algorithm, parsed and judged once, never in sign or verify.
//!
//! A token's `alg` can only agree with its key or fail; that is what makes confusion attacks impossible rather than
//! checked for. RFC 8725 section 3.1.

mod secret;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::algorithm::EDDSA;
use crate::crypto::{self, MAX_SIGNATURE, PrivateKey, PublicKey};
use crate::jwk::Operation;
use crate::material::{Material, Secret};
use crate::{Algorithm, Jwk, Result, SecretBytes, SecretText, base64url};

/// A key that signs.
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
/// assert_eq!(key.kid(), Some("2026-11"));
/// let published = key.public_jwk()?.to_json()?;
/// assert!(!published.contains("\"d\""));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    private: Arc<PrivateKey>,
    secret: Arc<Jwk>,
    public: VerifyingKey,
}

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

impl SigningKey {
    /// A fresh key: RSA with 2048 bits, a secret as long as the hash.
    ///
    /// # Errors
    /// `keys.unavailable` when the crypto library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        Self::new(Jwk::of(crypto::generate(algorithm)?), Some(algorithm))
    }

    /// A fresh RSA key of 2048, 3072 or 4096 bits. More bits cost time with every signature (4096 about six times as
    /// much as 2048), and longer tokens.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate_rsa(Algorithm::Ps256, 3072)?;
    /// assert_eq!(key.public_jwk()?.description(), "an RSA key of 3072 bits");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `alg.key_mismatch` for an algorithm that is not RSA, `key.unsupported` for another size, `keys.unavailable` when
    /// the crypto library fails.
    pub fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Self> {
        Self::new(Jwk::of(crypto::generate_rsa(algorithm, bits)?), Some(algorithm))
    }

    /// A shared secret.
    ///
    /// # Errors
    /// `key.too_small` below the hash's length; `key.wrong_use` for bytes that are a key in PEM, DER or JWK form,
    /// because then the secret is known to everybody who has the public key; `key.malformed` for a secret that
    /// stands in public lists or is one byte repeated.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self> {
        secret::check(algorithm, secret)?;
        Self::new(Jwk::of(Material::Oct(Zeroizing::new(secret.to_vec()))), Some(algorithm))
    }

    /// A private JWK. RSA and `oct` must name their algorithm.
    ///
    /// # Errors
    /// `key.missing_alg`, `key.wrong_use`, `key.too_small`, `key.malformed`, `key.unsupported`, `alg.key_mismatch`.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        jwk.permits(Operation::Sign)?;
        Self::new(jwk.clone(), None)
    }

    /// A private JWK under the algorithm the caller chose; the key's own `alg` must agree.
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_jwk_with(jwk: &Jwk, algorithm: Algorithm) -> Result<Self> {
        jwk.permits(Operation::Sign)?;
        Self::new(jwk.clone(), Some(algorithm))
    }

    /// A private key in DER: PKCS#8, PKCS#1 or SEC 1, unencrypted.
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_der(der: &[u8], algorithm: Algorithm) -> Result<Self> {
        Self::new(Jwk::from_der(der)?, Some(algorithm))
    }

    /// A private key in PEM: PKCS#8, PKCS#1 or SEC 1, unencrypted. What is mended: [`Jwk::from_pem`].
    ///
    /// # Errors
    /// As [`Self::from_jwk`]; other blocks are named with the command that converts them.
    pub fn from_pem(pem: impl AsRef<[u8]>, algorithm: Algorithm) -> Result<Self> {
        Self::new(Jwk::from_pem(pem)?, Some(algorithm))
    }

    fn new(mut jwk: Jwk, chosen: Option<Algorithm>) -> Result<Self> {
        let (algorithm, name) = jwk.algorithm(chosen)?;
        jwk.material.check(algorithm)?;
        if let Material::Oct(bytes) = &jwk.material {
            secret::check(algorithm, bytes)?;
        }
        // The private key first, because a public key given in its place has a clearer name there.
        let private = PrivateKey::new(algorithm, &jwk.material)?;
        let public = VerifyingKey::assemble(&jwk, algorithm, name)?;
        jwk.alg = Some(name.to_owned());
        jwk.usage = Some("sig".to_owned());
        jwk.key_ops = None;
        Ok(Self { private: Arc::new(private), secret: Arc::new(jwk), public })
    }

    /// The same key under this name, by which verifiers find it. An empty name takes the name away; one of more than
    /// 512 bytes no verifier of this library looks for.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        let kid = kid.into();
        self.public = self.public.with_kid(kid.as_str());
        self.secret = Arc::new(Jwk::clone(&self.secret).with_kid(kid));
        self
    }

    /// The same Ed25519 key under the name of RFC 8037, `EdDSA`, which many clients still know alone. No change for
    /// other algorithms.
    #[must_use]
    pub fn with_eddsa_name(mut self) -> Self {
        if self.algorithm() == Algorithm::Ed25519
            && let Ok(public) = VerifyingKey::assemble(&self.secret, Algorithm::Ed25519, EDDSA)
        {
            self.public = public;
            self.secret = Arc::new(Jwk { alg: Some(EDDSA.to_owned()), ..Jwk::clone(&self.secret) });
        }
        self
    }

    /// The name verifiers find it by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.public.kid()
    }

    /// Its one algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The other half; for HMAC the same secret.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }

    /// What may be published.
    ///
    /// # Errors
    /// `key.wrong_use` for HMAC, which has nothing to publish.
    pub fn public_jwk(&self) -> Result<Jwk> {
        self.secret.public()
    }

    /// The whole key, private numbers too, to be kept sealed.
    ///
    /// # Errors
    /// None today; a key that lives in a device will have nothing to give.
    pub fn private_jwk(&self) -> Result<SecretText> {
        Ok(self.secret.to_private_json())
    }

    /// The whole key in PEM (PKCS#8), to be kept sealed. The public half alone: `public_jwk` and [`Jwk::to_pem`].
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let pem = key.private_pem()?;
    /// assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    /// let same = SigningKey::from_pem(&*pem, Algorithm::Es256)?;
    /// assert_eq!(same.thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for HMAC, whose secrets have no such form.
    pub fn private_pem(&self) -> Result<SecretText> {
        self.secret.to_private_pem()
    }

    /// The whole key in DER (PKCS#8), to be kept sealed.
    ///
    /// # Errors
    /// As [`Self::private_pem`].
    pub fn private_der(&self) -> Result<SecretBytes> {
        self.secret.to_private_der()
    }

    /// The RFC 7638 thumbprint.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.public.inner.thumbprint.clone()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.public.inner.name
    }

    /// Appends the signature of what stands in `out`, and the dot before it.
    pub(crate) fn sign_onto(&self, out: &mut String) -> Result<()> {
        let mut signature = [0; MAX_SIGNATURE];
        let len = self.private.sign(out.as_bytes(), &mut signature)?;
        out.push('.');
        base64url::encode_into(&signature[..len], out);
        Ok(())
    }

    /// The encoded signature of any bytes.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Result<String> {
        let mut signature = [0; MAX_SIGNATURE];
        let len = self.private.sign(message, &mut signature)?;
        Ok(base64url::encode(&signature[..len]))
    }
}

impl VerifyingKey {
    /// A shared secret; the same refusals as [`SigningKey::hmac`].
    ///
    /// # Errors
    /// As [`SigningKey::hmac`].
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self> {
        secret::check(algorithm, secret)?;
        Self::new(&Jwk::of(Material::Oct(Zeroizing::new(secret.to_vec()))), Some(algorithm))
    }

    /// A JWK. RSA and `oct` must name their algorithm. Private numbers, if any, are left behind.
    ///
    /// # Errors
    /// `key.missing_alg`, `key.wrong_use`, `key.too_small`, `key.malformed`, `key.unsupported`, `alg.key_mismatch`.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        jwk.permits(Operation::Verify)?;
        Self::new(jwk, None)
    }

    /// A JWK under the algorithm the caller chose; the key's own `alg` must agree.
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
    /// # Errors
    /// As [`Self::from_jwk`]; other blocks are named with the command that converts them.
    pub fn from_pem(pem: impl AsRef<[u8]>, algorithm: Algorithm) -> Result<Self> {
        Self::new(&Jwk::from_pem(pem)?, Some(algorithm))
    }

    /// A public key or a certificate in DER; of a private key the public half is taken.
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

    fn assemble(jwk: &Jwk, algorithm: Algorithm, name: &'static str) -> Result<Self> {
        let key = PublicKey::new(algorithm, &jwk.material)?;
        let material = jwk.material.public().unwrap_or_else(|| Material::Oct(Secret::default()));
        let thumbprint = jwk.thumbprint();
        let inner = Verifying { algorithm, name, material, key, thumbprint };
        Ok(Self { inner: Arc::new(inner), kid: jwk.kid().map(Into::into) })
    }

    /// The same key under this name; an empty one takes the name away.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into()).filter(|kid| !kid.is_empty()).map(Into::into);
        self
    }

    /// The name tokens call it by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its one algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.inner.algorithm
    }

    /// The RFC 7638 thumbprint.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.inner.thumbprint
    }

    /// As a JWK for publication.
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

impl fmt::Debug for SigningKey {
    /// Never the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "SigningKey", &self.public)
    }
}

impl fmt::Debug for VerifyingKey {
    /// Never the numbers: those of an HMAC key are its secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "VerifyingKey", self)
    }
}

/// The thumbprint of a secret is left out: with a weak secret it could be guessed from it.
fn show(f: &mut fmt::Formatter<'_>, name: &str, key: &VerifyingKey) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    shown.field("algorithm", &key.algorithm()).field("kid", &key.kid);
    if !key.algorithm().is_symmetric() {
        shown.field("thumbprint", &key.inner.thumbprint);
    }
    shown.finish_non_exhaustive()
}

#[cfg(test)]
mod tests;
