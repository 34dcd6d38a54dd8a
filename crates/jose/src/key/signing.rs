//! The key that signs: what may become one, and what leaves it.
//!
//! Everything private that leaves does so under a name that says it, as a type that is wiped and does not print.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::secret;
use super::verifying::{VerifyingKey, show};
use crate::algorithm::EDDSA;
use crate::crypto::{self, MAX_SIGNATURE, PrivateKey};
use crate::jwk::Operation;
use crate::material::Material;
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

impl SigningKey {
    /// A fresh key: RSA with 2048 bits, a secret as long as the hash.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Ed25519)?;
    /// assert_eq!(key.algorithm(), Algorithm::Ed25519);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    /// ```
    /// use jotgate_jose::{Algorithm, Reason, SigningKey};
    ///
    /// let secret = b"f83ac1907be2d645e3b7a0924c16d8f5";
    /// let key = SigningKey::hmac(Algorithm::Hs256, secret)?;
    /// assert_eq!(key.algorithm(), Algorithm::Hs256);
    /// // A public key, which everybody has, is no secret.
    /// let error = SigningKey::hmac(Algorithm::Hs256, b"-----BEGIN PUBLIC KEY-----").unwrap_err();
    /// assert_eq!(error.reason(), Reason::KeyWrongUse);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    /// ```
    /// use jotgate_jose::{Jwk, Reason, SigningKey};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// let key = SigningKey::from_jwk(&jwk)?;
    /// assert_eq!(key.kid(), Some("a"));
    /// let error = SigningKey::from_jwk(&jwk.public()?).unwrap_err();
    /// assert_eq!(error.reason(), Reason::KeyWrongUse);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.missing_alg`, `key.wrong_use`, `key.too_small`, `key.malformed`, `key.unsupported`, `alg.key_mismatch`.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        jwk.permits(Operation::Sign)?;
        Self::new(jwk.clone(), None)
    }

    /// A private JWK under the algorithm the caller chose; the key's own `alg` must agree.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Jwk, Reason, SigningKey};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"oct","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"}"#)?;
    /// let key = SigningKey::from_jwk_with(&jwk, Algorithm::Hs256)?;
    /// assert_eq!(key.algorithm(), Algorithm::Hs256);
    /// // Without the choice there is none to take.
    /// assert_eq!(SigningKey::from_jwk(&jwk).unwrap_err().reason(), Reason::KeyMissingAlg);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_jwk_with(jwk: &Jwk, algorithm: Algorithm) -> Result<Self> {
        jwk.permits(Operation::Sign)?;
        Self::new(jwk.clone(), Some(algorithm))
    }

    /// A private key in DER: PKCS#8, PKCS#1 or SEC 1, unencrypted.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let der = SigningKey::generate(Algorithm::Es256)?.private_der()?;
    /// let key = SigningKey::from_der(&der, Algorithm::Es256)?;
    /// assert_eq!(*key.private_der()?, *der);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_jwk`].
    pub fn from_der(der: &[u8], algorithm: Algorithm) -> Result<Self> {
        Self::new(Jwk::from_der(der)?, Some(algorithm))
    }

    /// A private key in PEM: PKCS#8, PKCS#1 or SEC 1, unencrypted. What is mended: [`Jwk::from_pem`].
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let pem = "-----BEGIN PRIVATE KEY-----
    /// MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    /// -----END PRIVATE KEY-----";
    /// let key = SigningKey::from_pem(pem, Algorithm::Ed25519)?;
    /// assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
    /// assert_eq!(key.kid(), Some("2026-11"));
    /// assert_eq!(key.with_kid("").kid(), None);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        let kid = kid.into();
        self.public = self.public.with_kid(kid.as_str());
        self.secret = Arc::new(Jwk::clone(&self.secret).with_kid(kid));
        self
    }

    /// The same Ed25519 key under the name of RFC 8037, `EdDSA`, which many clients still know alone. No change for
    /// other algorithms.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Ed25519)?.with_eddsa_name();
    /// assert_eq!(key.public_jwk()?.alg(), Some("EdDSA"));
    /// assert_eq!(key.algorithm(), Algorithm::Ed25519);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// assert_eq!(SigningKey::generate(Algorithm::Es256)?.kid(), None);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.public.kid()
    }

    /// Its one algorithm.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// assert_eq!(SigningKey::generate(Algorithm::Hs512)?.algorithm(), Algorithm::Hs512);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The other half; for HMAC the same secret.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey, jws};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let token = jws::sign(b"payload", &key, &jws::Extras::default())?;
    /// let verified = jws::verify(&token, &key.verifying_key().into())?;
    /// assert_eq!(verified.payload(), b"payload");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }

    /// What may be published.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// assert!(!key.public_jwk()?.is_private());
    /// assert!(SigningKey::generate(Algorithm::Hs256)?.public_jwk().is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for HMAC, which has nothing to publish.
    pub fn public_jwk(&self) -> Result<Jwk> {
        self.secret.public()
    }

    /// The whole key, private numbers too, to be kept sealed.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Jwk, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let text = key.private_jwk()?;
    /// let same = SigningKey::from_jwk(&Jwk::parse(&text)?)?;
    /// assert_eq!(same.thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
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
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// let same = SigningKey::from_der(&key.private_der()?, Algorithm::Es256)?;
    /// assert_eq!(same.thumbprint(), key.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::private_pem`].
    pub fn private_der(&self) -> Result<SecretBytes> {
        self.secret.to_private_der()
    }

    /// The RFC 7638 thumbprint.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// assert_eq!(key.thumbprint(), key.public_jwk()?.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint().to_owned()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.public.name()
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
        self.signature(message).map(|signature| base64url::encode(&signature))
    }

    /// The signature of any bytes.
    pub(crate) fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = [0; MAX_SIGNATURE];
        let len = self.private.sign(message, &mut signature)?;
        Ok(signature[..len].to_vec())
    }
}

impl fmt::Debug for SigningKey {
    /// Never the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "SigningKey", &self.public)
    }
}
