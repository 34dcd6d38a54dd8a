//! Making tokens (RFC 7519 section 7.1).

use serde::Serialize;

use crate::error::{Error, Reason};
use crate::json::{self, Limits, Tape};
use crate::jws::{Extras, header};
use crate::{Result, SigningKey, VerifyingKey, base64url};

/// Signs claims with `typ` `JWT`. For more than one token, or another type, make a [`Signer`].
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey, jwt};
///
/// let key = SigningKey::generate(Algorithm::Ed25519)?.with_kid("k1");
/// let token = jwt::sign(&serde_json::json!({"sub": "17"}), &key)?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`Signer::sign`].
pub fn sign(claims: &impl Serialize, key: &SigningKey) -> Result<String> {
    let mut out = header::encode(key.name(), &Extras::typ("JWT"), key.kid());
    append(claims, key, &mut out)?;
    Ok(out)
}

/// A key and a type of token, with the header encoded once.
#[derive(Debug, Clone)]
pub struct Signer {
    key: SigningKey,
    header: String,
}

impl Signer {
    /// A signer of tokens with this `typ`.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// let signer = jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "at+jwt")?;
    /// assert!(jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "two words").is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `policy.invalid` for a `typ` that is no media type name.
    pub fn new(key: SigningKey, typ: &str) -> Result<Self> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/".contains(&byte);
        if typ.is_empty() || !typ.bytes().all(is_name) {
            return Err(Error::new(Reason::PolicyInvalid, "`typ` is no media type")
                .with_expected("a name such as at+jwt"));
        }
        let header = header::encode(key.name(), &Extras::typ(typ), key.kid());
        Ok(Self { key, header })
    }

    /// The key.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// let signer = jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "at+jwt")?;
    /// assert_eq!(signer.key().algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The key to check its tokens with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// let signer = jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "at+jwt")?;
    /// let keys = KeySet::new([signer.verifying_key()]);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// A token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// let signer = jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "at+jwt")?;
    /// let token = signer.sign(&serde_json::json!({"sub": "17", "exp": 1_800_000_000}))?;
    /// assert!(signer.sign(&"no object").is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `claim.malformed` when the claims do not serialise, `malformed.*` when they would make a token every strict
    /// verifier refuses (no object, a name twice); `keys.unavailable` when the crypto library fails.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let mut out = String::with_capacity(TYPICAL);
        self.sign_into(&mut out, claims)?;
        Ok(out)
    }

    /// A token in a buffer that is emptied first and can be used again.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// let signer = jwt::Signer::new(SigningKey::generate(Algorithm::Es256)?, "at+jwt")?;
    /// let mut token = String::new();
    /// for sub in ["17", "18"] {
    ///     signer.sign_into(&mut token, &serde_json::json!({"sub": sub, "exp": 1_800_000_000}))?;
    ///     assert_eq!(token.split('.').count(), 3);
    /// }
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::sign`]; the buffer's contents then mean nothing.
    pub fn sign_into(&self, out: &mut String, claims: &impl Serialize) -> Result<()> {
        out.clear();
        out.push_str(&self.header);
        append(claims, &self.key, out)
    }
}

fn append(claims: &impl Serialize, key: &SigningKey, out: &mut String) -> Result<()> {
    let payload = serde_json::to_vec(claims)
        .map_err(|_| Error::new(Reason::ClaimMalformed, "the claims cannot be written as JSON"))?;
    // Because a flattened map can repeat a registered claim, and then two readers see two tokens.
    json::object_onto(&mut Tape::default(), &payload, Limits::STRICT).map_err(|flaw| match flaw {
        json::Flaw::NotObject => {
            Error::new(Reason::MalformedClaimsNotObject, "the claims are no JSON object")
        }
        _ => flaw.within("the claims"),
    })?;
    out.push('.');
    base64url::encode_into(&payload, out);
    key.sign_onto(out)
}

/// Bytes of an ES256 access token with a scope or two.
const TYPICAL: usize = 768;
