//! Looking at the headers of a JWS without trusting them: to find a key, and for people who debug.

use super::envelope::{Envelope, Received};
use super::header::Members;
use super::{MAX_LEN, compact};
use crate::Result;
use crate::json::Value;

/// What the headers of a JWS in any form say; nobody has checked it. It gives out names to choose keys by, never the
/// payload.
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("k1");
/// let json = jws::sign_flattened(b"any bytes", &key, &jws::Extras::default())?;
/// let peek = jws::Unverified::parse(&json)?;
/// let said: Vec<_> = peek.signatures().iter().map(|signature| (signature.alg(), signature.kid())).collect();
/// assert_eq!(said, [(Some("ES256"), Some("k1"))]);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Unverified {
    signatures: Vec<UnverifiedSignature>,
}

/// What the headers of one signature say.
#[derive(Debug, Clone)]
pub struct UnverifiedSignature {
    alg: Option<String>,
    kid: Option<String>,
}

impl Unverified {
    /// Takes a compact JWS, or one of the JSON forms, apart.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::default())?;
    /// let peek = jws::Unverified::parse(&text)?;
    /// assert!(jws::Unverified::parse("no JWS").is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `malformed.*`, and `crit.malformed` for an unprotected `crit`.
    pub fn parse(jws: &str) -> Result<Self> {
        let read = |signatures: &[Received<'_>]| signatures.iter().map(UnverifiedSignature::read).collect();
        let signatures: Result<_> = if jws.trim_start().starts_with('{') {
            read(&Envelope::read(jws)?.signatures)
        } else {
            read(&[compact::split(jws, MAX_LEN)?.into()])
        };
        Ok(Self { signatures: signatures? })
    }

    /// One in the compact and flattened forms, at least one in the general form.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::default())?;
    /// let peek = jws::Unverified::parse(&text)?;
    /// assert_eq!(peek.signatures().len(), 1);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn signatures(&self) -> &[UnverifiedSignature] {
        &self.signatures
    }
}

impl UnverifiedSignature {
    fn read(received: &Received<'_>) -> Result<Self> {
        let protected = received.decode_protected()?;
        let members = Members::of(protected.as_deref(), received.unprotected)?;
        let own =
            |value: Option<Value<'_>>| value.and_then(Value::as_str).map(|text| text.decode().into_owned());
        Ok(Self { alg: own(members.alg), kid: own(members.kid) })
    }

    /// What the header says the algorithm is.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::default())?;
    /// let peek = jws::Unverified::parse(&text)?;
    /// assert_eq!(peek.signatures()[0].alg(), Some("ES256"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The key the header names.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey, jws};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let text = jws::sign(b"bytes", &key, &jws::Extras::default())?;
    /// let peek = jws::Unverified::parse(&text)?;
    /// assert_eq!(peek.signatures()[0].kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}
