//! Making a JWS, in each of its forms (RFC 7515 sections 5.1 and 7, appendix F; RFC 7797).

use super::MAX_SIGNATURES;
use super::header;
use super::verify::{is_compact_text, not_compact};
use crate::error::{Error, Reason};
use crate::{Result, SigningKey, base64url};

/// Header members besides `alg` and `kid`, which come from the key, and where the payload goes.
///
/// ```
/// use jotgate_jose::jws::Extras;
///
/// let extras = Extras::typ("receipt+jws").cty("application/pdf").detached();
/// assert_eq!((extras.typ, extras.cty), (Some("receipt+jws"), Some("application/pdf")));
/// assert!(extras.detached && !extras.unencoded);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Extras<'a> {
    /// What kind of object this is.
    pub typ: Option<&'a str>,
    /// What kind of thing the payload is; `JWT` when it is itself a token, see [`crate::jwt::verify_nested`].
    pub cty: Option<&'a str>,
    /// The payload is signed as it is, without base64url (`"b64": false`, RFC 7797). Only verifiers that know this
    /// extension accept it.
    pub unencoded: bool,
    /// The payload is left out and travels by other means.
    pub detached: bool,
}

impl<'a> Extras<'a> {
    /// With this `typ`.
    ///
    /// ```
    /// # use jotgate_jose::jws::Extras;
    /// assert_eq!(Extras::typ("receipt+jws").typ, Some("receipt+jws"));
    /// ```
    #[must_use]
    pub fn typ(typ: &'a str) -> Self {
        Self { typ: Some(typ), ..Self::default() }
    }

    /// The same with this `cty`.
    ///
    /// ```
    /// # use jotgate_jose::jws::Extras;
    /// assert_eq!(Extras::default().cty("application/pdf").cty, Some("application/pdf"));
    /// ```
    #[must_use]
    pub fn cty(self, cty: &'a str) -> Self {
        Self { cty: Some(cty), ..self }
    }

    /// The same with the payload signed as it is.
    ///
    /// ```
    /// # use jotgate_jose::jws::Extras;
    /// assert!(Extras::default().unencoded().unencoded);
    /// ```
    #[must_use]
    pub fn unencoded(self) -> Self {
        Self { unencoded: true, ..self }
    }

    /// The same with the payload left out.
    ///
    /// ```
    /// # use jotgate_jose::jws::Extras;
    /// assert!(Extras::default().detached().detached);
    /// ```
    #[must_use]
    pub fn detached(self) -> Self {
        Self { detached: true, ..self }
    }
}

/// Signs bytes, in compact form.
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
/// `malformed.parts` for an unencoded payload that is neither detached nor free of dots and special characters;
/// `keys.unavailable` when the crypto library fails.
pub fn sign(payload: &[u8], key: &SigningKey, extras: &Extras<'_>) -> Result<String> {
    let protected = header::encode(key.name(), extras, key.kid());
    let body = body(payload, extras);
    let signature = sign_parts(&protected, &body, key)?;
    let payload = match (extras.detached, extras.unencoded) {
        (true, _) => "",
        (false, true) if !is_compact_text(payload) => return Err(not_compact()),
        (false, _) => text(&body)?,
    };
    Ok([protected.as_str(), payload, &signature].join("."))
}

/// Signs bytes that travel by other means: compact, with nothing between the dots.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let body = br#"{"amount": 12.50}"#;
/// let header = jws::sign_detached(body, &key, &jws::Extras::default().unencoded())?;
/// jws::verify_detached(&header, body, &KeySet::new([key.verifying_key()]))?;
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `keys.unavailable` when the crypto library fails.
pub fn sign_detached(payload: &[u8], key: &SigningKey, extras: &Extras<'_>) -> Result<String> {
    sign(payload, key, &extras.clone().detached())
}

/// Signs bytes, in the flattened JSON form.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let json = jws::sign_flattened("grüße".as_bytes(), &key, &jws::Extras::default().unencoded())?;
/// assert!(json.starts_with(r#"{"payload":"grüße","protected":""#));
/// assert_eq!(jws::verify_json(&json, &KeySet::new([key.verifying_key()]))?.payload(), "grüße".as_bytes());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `malformed.utf8` for an unencoded payload that is neither detached nor UTF-8; `keys.unavailable` when the crypto
/// library fails.
pub fn sign_flattened(payload: &[u8], key: &SigningKey, extras: &Extras<'_>) -> Result<String> {
    let body = body(payload, extras);
    Ok(format!("{{{}{}}}", payload_member(&body, extras)?, signature_members(&body, key, extras)?))
}

/// Signs bytes with each of these keys, in the general JSON form.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let keys = [SigningKey::generate(Algorithm::Es256)?, SigningKey::generate(Algorithm::Ed25519)?];
/// let json = jws::sign_general(b"a contract", &keys, &jws::Extras::typ("contract"))?;
/// for key in &keys {
///     assert_eq!(jws::verify_json(&json, &KeySet::new([key.verifying_key()]))?.typ(), Some("contract"));
/// }
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`sign_flattened`]; `policy.invalid` for no key, or more than [`MAX_SIGNATURES`].
pub fn sign_general(payload: &[u8], keys: &[SigningKey], extras: &Extras<'_>) -> Result<String> {
    if keys.is_empty() || keys.len() > MAX_SIGNATURES {
        return Err(Error::new(Reason::PolicyInvalid, "a JWS has at least one signature and not too many")
            .with_expected("1 to 16 keys")
            .with_received(keys.len().to_string()));
    }
    let body = body(payload, extras);
    let signatures: Vec<_> = keys
        .iter()
        .map(|key| Ok(format!("{{{}}}", signature_members(&body, key, extras)?)))
        .collect::<Result<_>>()?;
    Ok(format!("{{{}\"signatures\":[{}]}}", payload_member(&body, extras)?, signatures.join(",")))
}

/// The second half of the signing input.
fn body(payload: &[u8], extras: &Extras<'_>) -> Vec<u8> {
    if extras.unencoded { payload.to_vec() } else { base64url::encode(payload).into_bytes() }
}

fn sign_parts(protected: &str, body: &[u8], key: &SigningKey) -> Result<String> {
    key.sign_bytes(&[protected.as_bytes(), b".", body].concat())
}

/// `"payload":"...",` or nothing.
fn payload_member(body: &[u8], extras: &Extras<'_>) -> Result<String> {
    if extras.detached {
        return Ok(String::new());
    }
    Ok(format!("\"payload\":{},", serde_json::Value::from(text(body)?)))
}

fn signature_members(body: &[u8], key: &SigningKey, extras: &Extras<'_>) -> Result<String> {
    let protected = header::encode(key.name(), extras, key.kid());
    let signature = sign_parts(&protected, body, key)?;
    Ok(format!("\"protected\":\"{protected}\",\"signature\":\"{signature}\""))
}

fn text(body: &[u8]) -> Result<&str> {
    std::str::from_utf8(body).map_err(|_| {
        Error::new(Reason::MalformedUtf8, "an unencoded payload that is no text")
            .with_hint("detach it, or let it be encoded")
    })
}
