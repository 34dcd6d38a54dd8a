//! JSON Web Keys (RFC 7517): read strictly, written public only.
//!
//! A `Jwk` is a description that reads well; whether its numbers are a sound key is found out when it becomes a
//! [`crate::SigningKey`] or [`crate::VerifyingKey`]. RFC 7518 section 6, RFC 8037 section 2, RFC 7638.

mod export;
mod read;
mod set;
mod write;

use std::fmt;

use crate::algorithm::{self, Algorithm, EDDSA};
use crate::error::{Error, Reason, shown};
use crate::material::Material;
use crate::{Result, der, pem};

pub use set::{JwkSet, UnusableKey};

/// A key as JSON, public or private.
///
/// ```
/// use jotgate_jose::Jwk;
///
/// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// assert_eq!((jwk.kty(), jwk.kid(), jwk.alg()), ("OKP", Some("a"), None));
/// assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct Jwk {
    pub(crate) material: Material,
    pub(crate) kid: Option<String>,
    pub(crate) alg: Option<String>,
    pub(crate) usage: Option<String>,
    pub(crate) key_ops: Option<Vec<String>>,
}

/// What a key is about to be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Sign,
    Verify,
}

impl Jwk {
    /// Reads one key. Unknown members are ignored, duplicate members are not.
    ///
    /// ```
    /// use jotgate_jose::{Jwk, Reason};
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"oct","alg":"HS256","k":"c2hvcnQ"}"#)?;
    /// assert_eq!(jwk.description(), "a secret of 5 bytes");
    /// let error = Jwk::parse(r#"{"kty":"oct","k":"c2hvcnQ="}"#).unwrap_err();
    /// assert_eq!(error.reason(), Reason::KeyMalformed);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `malformed.*` for text that is no strict JSON object, `key.unsupported` for another `kty` or `crv`,
    /// `key.malformed` for missing, wrongly typed or wrongly encoded members.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self> {
        read::jwk(json.as_ref())
    }

    /// Reads a key in PEM: PKCS#8, SPKI, PKCS#1, SEC 1 or an X.509 certificate.
    ///
    /// Text that was damaged on its way is mended where the damage says nothing about the key: escaped line ends
    /// (`\n` from an environment variable), lost or wrong line breaks, quotes and white space around it, a byte order
    /// mark, headers and remarks before the block, curve parameters before an EC key, base64 around the whole, or the
    /// base64 alone without its BEGIN and END lines.
    ///
    /// Of several certificates the first counts. A private key may stand beside its own certificate. Nobody judges
    /// the signature, the dates or the issuer of a certificate here: it is taken as a wrapping of its key, and you
    /// vouch for the file.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let from_env = r#""-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n""#;
    /// let jwk = Jwk::from_pem(from_env)?;
    /// assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.malformed`, or `key.unsupported` for other blocks, kinds and curves, saying what was found and how to
    /// convert it; `malformed.size` beyond 256 KiB.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self> {
        pem::key(pem.as_ref()).map(Self::of)
    }

    /// Reads a key in DER, of the same kinds as [`Self::from_pem`], told apart by their shape.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(Jwk::from_der(&jwk.to_der()?)?.thumbprint(), jwk.thumbprint());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        der::key(der).map(Self::of)
    }

    pub(crate) fn of(material: Material) -> Self {
        Self { material, kid: None, alg: None, usage: None, key_ops: None }
    }

    /// `EC`, `RSA`, `OKP` or `oct`.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.kty(), "OKP");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kty(&self) -> &'static str {
        match self.material {
            Material::Oct(_) => "oct",
            Material::Rsa(_) => "RSA",
            Material::Ec(_) => "EC",
            Material::Ed25519(_) => "OKP",
        }
    }

    /// The `alg` member, whatever it says.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.alg(), None);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The `kid` member.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The same key under another name; an empty one takes the name away.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.clone().with_kid("b").kid(), Some("b"));
    /// assert_eq!(jwk.with_kid("").kid(), None);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into()).filter(|kid| !kid.is_empty());
        self
    }

    /// Whether it holds a secret: private numbers, or a symmetric key.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519",
    ///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert!(jwk.is_private() && !jwk.public()?.is_private());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.material.is_private()
    }

    /// Type and size in words, for people.
    ///
    /// ```
    /// use jotgate_jose::Jwk;
    ///
    /// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(jwk.description(), "an Ed25519 key");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn description(&self) -> String {
        self.material.description()
    }

    /// The one algorithm of the key: its `alg`, what its curve implies, or what the caller chose; and the name it
    /// goes by. They must not contradict each other.
    pub(crate) fn algorithm(&self, chosen: Option<Algorithm>) -> Result<(Algorithm, &'static str)> {
        let named = match &self.alg {
            None => None,
            Some(name) => Some(Algorithm::from_name(name).ok_or_else(|| foreign(name, chosen))?),
        };
        let algorithm = named.or(self.material.only_algorithm()).or(chosen).ok_or_else(|| {
            Error::new(Reason::KeyMissingAlg, "the key fits several algorithms and names none")
                .with_received(self.description())
                .with_hint("name the algorithm in the key's `alg`, or choose it where the key is loaded")
        })?;
        if !self.material.fits(algorithm) {
            return Err(Error::new(Reason::AlgKeyMismatch, "the key is not of the algorithm's kind")
                .with_expected(format!("a key for {algorithm}"))
                .with_received(self.description()));
        }
        if let Some(chosen) = chosen
            && chosen != algorithm
        {
            return Err(Error::new(Reason::AlgKeyMismatch, "the key is good for another algorithm")
                .with_expected(chosen.name())
                .with_received(algorithm.name()));
        }
        let is_legacy = self.alg.as_deref() == Some(EDDSA);
        Ok((algorithm, if is_legacy { EDDSA } else { algorithm.name() }))
    }

    /// RFC 7517 sections 4.2 and 4.3: where both members stand, both must allow it.
    pub(crate) fn permits(&self, operation: Operation) -> Result<()> {
        let name = match operation {
            Operation::Sign => "sign",
            Operation::Verify => "verify",
        };
        if let Some(usage) = &self.usage
            && usage != "sig"
        {
            return Err(Error::new(Reason::KeyWrongUse, "`use` of the key forbids signatures")
                .with_expected("sig")
                .with_received(shown(usage)));
        }
        if let Some(ops) = &self.key_ops
            && !ops.iter().any(|op| op == name)
        {
            return Err(Error::new(Reason::KeyWrongUse, "`key_ops` of the key does not list the operation")
                .with_expected(name)
                .with_received(shown(&ops.join(" "))));
        }
        Ok(())
    }
}

/// An `alg` that is none of ours. A registered name is a good name for something else; any other is none at all.
fn foreign(name: &str, chosen: Option<Algorithm>) -> Error {
    match chosen {
        Some(chosen) if algorithm::is_registered(name) => {
            Error::new(Reason::AlgKeyMismatch, "the key is good for another algorithm")
                .with_expected(chosen.name())
                .with_received(shown(name))
        }
        _ => Error::new(Reason::KeyUnsupported, "`alg` of the key is no signature algorithm of this library")
            .with_received(shown(name)),
    }
}

impl fmt::Debug for Jwk {
    /// Never the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("key", &self.description())
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .field("private", &self.is_private())
            .finish()
    }
}
