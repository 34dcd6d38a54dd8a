//! SubjectPublicKeyInfo, PKCS#1 public keys, and the SubjectPublicKeyInfo of a certificate.

use super::malformed;
use super::oid::Kind;
use super::reader::{BIT_STRING, CONTEXT_0, CONTEXT_1, CONTEXT_2, CONTEXT_3, Der, INTEGER, SEQUENCE};
use crate::Result;
use crate::error::{Error, Reason};
use crate::material::{Curve, Ec, Ed25519, Material, Rsa};

pub(super) fn spki(der: &[u8]) -> Result<Material> {
    let broken = || malformed("the public key (SPKI) does not read");
    let mut document = Der(der).only(SEQUENCE).ok_or_else(broken)?;
    let (identifier, parameters) = document.algorithm().ok_or_else(broken)?;
    let kind = Kind::of(identifier, parameters)?;
    let key = document.bits().filter(|_| document.0.is_empty()).ok_or_else(broken)?;
    match kind {
        Kind::Rsa => rsa(key),
        Kind::Ec(curve) => {
            let (x, y) = point(curve, key)?;
            Ok(Material::Ec(Ec { curve, x, y, d: None }))
        }
        Kind::Ed25519 => Ok(Material::Ed25519(Ed25519 { x: key.to_vec(), d: None })),
    }
}

pub(super) fn rsa(der: &[u8]) -> Result<Material> {
    let read = || {
        let mut numbers = Der(der).only(SEQUENCE)?;
        let (n, e) = (numbers.number()?.to_vec(), numbers.number()?.to_vec());
        numbers.0.is_empty().then_some(Material::Rsa(Rsa { n, e, private: None }))
    };
    read().ok_or_else(|| malformed("the RSA public key does not read"))
}

/// RFC 5280 section 4.1, every member in its place. The signature, the dates, the names and the extensions are not
/// judged: a certificate is taken as a wrapping of its key, and whoever names the file vouches for it.
pub(crate) fn certificate(der: &[u8]) -> Result<Material> {
    spki(spki_of(der).ok_or_else(|| malformed("the certificate does not read"))?)
}

fn spki_of(der: &[u8]) -> Option<&[u8]> {
    let mut document = Der(der).only(SEQUENCE)?;
    let mut content = Der(document.take(SEQUENCE)?);
    let signed_with = document.take(SEQUENCE)?;
    document.take(BIT_STRING)?;
    if !document.0.is_empty() {
        return None;
    }
    if let Some(version) = content.take(CONTEXT_0) {
        Der(version).only(INTEGER)?;
    }
    content.take(INTEGER)?;
    // Section 4.1.1.2: the algorithm is named twice, alike.
    if content.take(SEQUENCE)? != signed_with {
        return None;
    }
    let (_issuer, _dates, _subject) =
        (content.take(SEQUENCE)?, content.take(SEQUENCE)?, content.take(SEQUENCE)?);
    let before = content.0;
    content.take(SEQUENCE)?;
    let spki = &before[..before.len() - content.0.len()];
    // Two ancient identifiers (primitive), and the extensions.
    for tag in [CONTEXT_1 & !CONSTRUCTED, CONTEXT_2 & !CONSTRUCTED, CONTEXT_3] {
        content.take(tag);
    }
    content.0.is_empty().then_some(spki)
}

/// SEC 1 section 2.3.4, the uncompressed form.
pub(super) fn point(curve: Curve, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    match bytes {
        [4, point @ ..] if point.len() == 2 * curve.len() => {
            let (x, y) = point.split_at(curve.len());
            Ok((x.to_vec(), y.to_vec()))
        }
        [4, ..] => Err(malformed("the EC point has another length than its curve")),
        [2 | 3 | 6 | 7, ..] => {
            Err(Error::new(Reason::KeyUnsupported, "the EC point is compressed")
                .with_expected("an uncompressed point")
                .with_hint("write it out with `openssl ec -pubin -in key.pem -conv_form uncompressed -out public.pem` (a private key without -pubin)"))
        }
        _ => Err(malformed("the EC public key is no point")),
    }
}

const CONSTRUCTED: u8 = 0x20;
