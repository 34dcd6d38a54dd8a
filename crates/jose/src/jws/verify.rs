//! The doors in: one function a form, so that nobody takes a form that was not meant (RFC 7515 section 7).

use super::critical::Encoding;
use super::envelope::Envelope;
use super::signature::{self, Payload};
use super::verified::{VerifiedPayload, VerifiedSignature};
use super::{MAX_LEN, compact};
use crate::error::{Error, Reason};
use crate::{KeySet, Result, base64url};

/// Checks a compact JWS of at most [`MAX_LEN`] bytes and hands out its payload, encoded or not (`b64`).
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let compact = jws::sign(b"any bytes", &key, &jws::Extras::default())?;
/// assert_eq!(jws::verify(&compact, &keys)?.payload(), b"any bytes");
///
/// let other = KeySet::new([SigningKey::generate(Algorithm::Es256)?.verifying_key()]);
/// assert_eq!(jws::verify(&compact, &other).unwrap_err().reason(), Reason::SignatureInvalid);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `malformed.*`, `alg.*`, `key.*`, `crit.*`, `signature.invalid`.
pub fn verify(compact: &str, keys: &KeySet) -> Result<VerifiedPayload> {
    let parts = compact::split(compact, MAX_LEN)?;
    let text = parts.payload;
    let (signature, encoding) = signature::check(&[parts.into()], Payload::Attached(text), keys)?;
    if encoding == Encoding::Unencoded && !is_compact_text(text.as_bytes()) {
        return Err(not_compact());
    }
    Ok(VerifiedPayload::new(payload(text, encoding)?, signature))
}

/// Checks a compact JWS whose payload came by other means (appendix F): `header..signature`.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Ed25519)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let detached = jws::sign_detached(b"a large file", &key, &jws::Extras::default())?;
/// assert!(detached.contains(".."));
/// jws::verify_detached(&detached, b"a large file", &keys)?;
/// assert!(jws::verify_detached(&detached, b"another file", &keys).is_err());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`verify`]; `malformed.parts` when there is a payload inside as well, because then nobody knows which counts.
pub fn verify_detached(compact: &str, payload: &[u8], keys: &KeySet) -> Result<VerifiedSignature> {
    let parts = compact::split(compact, MAX_LEN)?;
    if !parts.payload.is_empty() {
        return Err(two_payloads());
    }
    signature::check(&[parts.into()], Payload::Detached(payload), keys).map(|(signature, _)| signature)
}

/// Checks a JWS in flattened or general JSON form. Of several signatures one good one is enough;
/// [`VerifiedSignature::index`] says which it was. Who wants more than one asks with the keys of each signer.
///
/// `alg` may stand in the unprotected header here, as in RFC 7520 section 4.7. That is harmless because the key
/// carries its algorithm; `typ` and `cty` count only when protected. A JWT never has this form, see [`crate::jwt`].
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let ours = SigningKey::generate(Algorithm::Es256)?.with_kid("ours");
/// let theirs = SigningKey::generate(Algorithm::Ed25519)?.with_kid("theirs");
/// let json = jws::sign_general(b"a contract", &[theirs, ours.clone()], &jws::Extras::default())?;
///
/// let verified = jws::verify_json(&json, &KeySet::new([ours.verifying_key()]))?;
/// assert_eq!(verified.payload(), b"a contract");
/// assert_eq!((verified.signature().index(), verified.kid()), (1, Some("ours")));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`verify`]; `malformed.size` for more than [`MAX_SIGNATURES`](super::MAX_SIGNATURES). Of several signatures
/// that all fail, a `signature.invalid` is told first.
pub fn verify_json(json: &str, keys: &KeySet) -> Result<VerifiedPayload> {
    let envelope = Envelope::read(json)?;
    let text = envelope.payload.ok_or_else(|| {
        Error::new(Reason::MalformedParts, "a JSON form without `payload`")
            .with_hint("a detached payload has to be given beside it")
    })?;
    let (signature, encoding) = signature::check(&envelope.signatures, Payload::Attached(&text), keys)?;
    Ok(VerifiedPayload::new(payload(&text, encoding)?, signature))
}

/// Checks a JWS in JSON form whose payload came by other means; its `payload` is absent or empty.
///
/// ```
/// use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let json = jws::sign_flattened(b"a large file", &key, &jws::Extras::default().detached())?;
/// let keys = KeySet::new([key.verifying_key()]);
/// assert_eq!(jws::verify_json_detached(&json, b"a large file", &keys)?.index(), 0);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// As [`verify_json`] and [`verify_detached`].
pub fn verify_json_detached(json: &str, payload: &[u8], keys: &KeySet) -> Result<VerifiedSignature> {
    let envelope = Envelope::read(json)?;
    if envelope.payload.is_some_and(|payload| !payload.is_empty()) {
        return Err(two_payloads());
    }
    signature::check(&envelope.signatures, Payload::Detached(payload), keys).map(|(signature, _)| signature)
}

fn payload(text: &str, encoding: Encoding) -> Result<Vec<u8>> {
    match encoding {
        Encoding::Unencoded => Ok(text.as_bytes().to_vec()),
        Encoding::Base64url => base64url::decode(text).map_err(|_| compact::not_base64(text, "the payload")),
    }
}

/// What a payload may be to stand unencoded between two dots (RFC 7797 section 5.2).
pub(super) fn is_compact_text(payload: &[u8]) -> bool {
    payload.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'.')
}

pub(super) fn not_compact() -> Error {
    Error::new(Reason::MalformedParts, "an unencoded payload that a compact JWS cannot carry")
        .with_expected("printable ASCII without a dot")
        .with_hint("detach it, or use a JSON form")
}

fn two_payloads() -> Error {
    Error::new(Reason::MalformedParts, "a payload inside, and another one beside it")
        .with_expected("an empty payload where it is detached")
}
