//! Checking signatures, whatever form they came in: headers, then key, then signature, then payload (RFC 7515
//! section 5.2).
//!
//! The order is that of a compact token, see [`super::compact`]; here a document may carry several signatures, of
//! which one good one is enough.

use std::borrow::Cow;

use super::compact;
use super::critical::{self, Encoding};
use super::envelope::Received;
use super::header::{Header, Members};
use super::verified::VerifiedSignature;
use crate::error::{Error, Reason};
use crate::{KeySet, Result, base64url};

/// The payload before its signature was checked.
#[derive(Clone, Copy)]
pub(super) enum Payload<'a> {
    /// The text in the document.
    Attached(&'a str),
    /// Bytes that came by other means.
    Detached(&'a [u8]),
}

/// The first good one of these signatures, and how the payload is encoded.
pub(super) fn check(
    signatures: &[Received<'_>],
    payload: Payload<'_>,
    keys: &KeySet,
) -> Result<(VerifiedSignature, Encoding)> {
    let protected: Vec<_> = signatures.iter().map(Received::decode_protected).collect::<Result<_>>()?;
    let members: Vec<_> = signatures
        .iter()
        .zip(&protected)
        .map(|(received, protected)| Members::of(protected.as_deref(), received.unprotected))
        .collect::<Result<_>>()?;
    let encoding = members.first().map_or(Encoding::Base64url, Members::encoding);
    // RFC 7797 section 3; otherwise the same text would be two payloads.
    if members.iter().any(|members| members.encoding() != encoding) {
        return Err(critical::malformed("signatures that disagree about `b64`"));
    }
    let body = body(payload, encoding);
    let mut told: Option<Error> = None;
    for (index, (members, received)) in members.into_iter().zip(signatures).enumerate() {
        let checked = members
            .judge(critical::OF_JWS)
            .and_then(|header| prove(header, received, &body, keys).map(|proof| proof.at(index)));
        match checked {
            Ok(proof) => return Ok((proof, encoding)),
            // Of several refusals the one that came furthest says most.
            Err(error) if told.is_none() || error.reason() == Reason::SignatureInvalid => told = Some(error),
            Err(_) => {}
        }
    }
    Err(told.unwrap_or_else(|| Error::new(Reason::MalformedParts, "no signature at all")))
}

/// The second half of the signing input.
fn body(payload: Payload<'_>, encoding: Encoding) -> Cow<'_, [u8]> {
    match (payload, encoding) {
        (Payload::Attached(text), _) => Cow::Borrowed(text.as_bytes()),
        (Payload::Detached(bytes), Encoding::Unencoded) => Cow::Borrowed(bytes),
        (Payload::Detached(bytes), Encoding::Base64url) => Cow::Owned(base64url::encode(bytes).into_bytes()),
    }
}

fn prove(
    header: Header<'_>,
    received: &Received<'_>,
    body: &[u8],
    keys: &KeySet,
) -> Result<VerifiedSignature> {
    let key = keys.select(header.algorithm, header.kid.as_deref())?;
    let signature = base64url::decode(&received.signature)
        .map_err(|_| compact::not_base64(&received.signature, "the signature"))?;
    let protected = received.protected.as_deref().unwrap_or_default();
    let signed = [protected.as_bytes(), b".", body].concat();
    compact::check_signature(key, &signed, &signature)?;
    Ok(VerifiedSignature::new(header, key.clone()))
}
