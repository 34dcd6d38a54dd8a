//! What leaves a key: the public half under plain names, the whole only under names that say private, and thumbprints.

use super::{Jwk, write};
use crate::error::{Error, Reason};
use crate::material::Secret;
use crate::{Result, SecretBytes, SecretText, base64url, crypto, der, pem};

impl Jwk {
    /// The public half.
    ///
    /// ```
    /// use jotgate_jose::{Jwk, Reason};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"oct","alg":"HS256","k":"c2hvcnQ"}"#)?;
    /// assert_eq!(jwk.public().unwrap_err().reason(), Reason::KeyWrongUse);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for a symmetric key, which has none.
    pub fn public(&self) -> Result<Self> {
        let material = self.material.public().ok_or_else(symmetric)?;
        Ok(Self { material, ..self.clone() })
    }

    /// The public half as JSON.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.to_json()?, r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for a symmetric key, because publishing it would give everybody the right to sign.
    pub fn to_json(&self) -> Result<String> {
        let mut out = String::new();
        write::public(&self.public()?, &mut out);
        Ok(out)
    }

    /// The public half in PEM (SPKI, `PUBLIC KEY`).
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.to_pem()?, "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    /// -----END PUBLIC KEY-----
    /// ");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for a symmetric key.
    pub fn to_pem(&self) -> Result<String> {
        Ok(std::mem::take(&mut *pem::block("PUBLIC KEY", &self.to_der()?)))
    }

    /// The public half in DER (SPKI).
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.to_der()?.len(), 44);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for a symmetric key.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        match der::spki(&self.material) {
            Some(mut der) => Ok(std::mem::take(&mut *der)),
            None => Err(symmetric()),
        }
    }

    /// The whole key as JSON, private numbers too, whatever is in it: for the owner of the key, never for publication.
    /// [`crate::SigningKey::private_jwk`] writes only what was found sound.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert!(jwk.to_private_json().contains(r#""d":"nWGx"#));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn to_private_json(&self) -> SecretText {
        SecretText::new(write::private(self))
    }

    /// The whole key in PEM (PKCS#8, `PRIVATE KEY`), for the owner of the key.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// let pem = jwk.to_private_pem()?;
    /// assert!(Jwk::from_pem(&pem)?.is_private());
    /// assert!(jwk.public()?.to_private_pem().is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` for a public key, and for a symmetric one, which has no such form.
    pub fn to_private_pem(&self) -> Result<SecretText> {
        self.pkcs8().map(|der| SecretText::new(pem::block("PRIVATE KEY", &der)))
    }

    /// The whole key in DER (PKCS#8), for the owner of the key.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.to_private_der()?.len(), 48);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::to_private_pem`].
    pub fn to_private_der(&self) -> Result<SecretBytes> {
        self.pkcs8().map(SecretBytes::new)
    }

    fn pkcs8(&self) -> Result<Secret> {
        der::pkcs8(&self.material).ok_or_else(|| {
            Error::new(Reason::KeyWrongUse, "PKCS#8 holds private keys of key pairs")
                .with_expected("a private RSA, EC or Ed25519 key")
                .with_received(self.description())
        })
    }

    /// The RFC 7638 thumbprint, SHA-256 in base64url, computed from the decoded numbers.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url::encode(&crypto::sha256(write::canonical(&self.material).as_bytes()))
    }

    /// The thumbprint as a URI (RFC 9278).
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert!(jwk.thumbprint_uri().starts_with("urn:ietf:params:oauth:jwk-thumbprint:sha-256:kPrK"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn thumbprint_uri(&self) -> String {
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", self.thumbprint())
    }
}

fn symmetric() -> Error {
    Error::new(Reason::KeyWrongUse, "a symmetric key has no public half and is never published")
}
