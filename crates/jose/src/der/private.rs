//! PKCS#8, PKCS#1 and SEC 1 private keys.
//!
//! Where a document leaves the public half out it is computed; where it repeats it, all must agree.

use zeroize::Zeroizing;

use super::malformed;
use super::oid::{self, Kind};
use super::public::point;
use super::reader::{CONTEXT_0, CONTEXT_1, CONTEXT_1_BITS, Der, INTEGER, OCTET_STRING, SEQUENCE};
use crate::error::{Error, Reason};
use crate::material::{Curve, Ec, Ed25519, Material, Rsa, RsaPrivate, Secret};
use crate::{Result, crypto};

/// RFC 5208, and its successor RFC 5958 which can hold the public key.
pub(super) fn pkcs8(der: &[u8]) -> Result<Material> {
    let broken = || malformed("the private key (PKCS#8) does not read");
    let mut document = Der(der).only(SEQUENCE).ok_or_else(broken)?;
    let version = document.take(INTEGER).ok_or_else(broken)?;
    let (identifier, parameters) = document.algorithm().ok_or_else(broken)?;
    let kind = Kind::of(identifier, parameters)?;
    let key = document.take(OCTET_STRING).ok_or_else(broken)?;
    let _attributes = document.take(CONTEXT_0);
    let public = outer_public(&mut document).ok_or_else(broken)?;
    // Version 1 is the one with the public key.
    if !document.0.is_empty() || !matches!((version, public), ([0], None) | ([1], _)) {
        return Err(broken());
    }
    match kind {
        Kind::Rsa => {
            let material = rsa(key)?;
            match public.map(super::public::rsa) {
                Some(Ok(Material::Rsa(public))) if !same_rsa(&material, &public) => Err(unmatched()),
                Some(Err(error)) => Err(error),
                _ => Ok(material),
            }
        }
        Kind::Ec(curve) => {
            let material = sec1(key, Some(curve))?;
            match public.map(|public| point(curve, public)).transpose()? {
                Some((x, y)) if !matches!(&material, Material::Ec(ec) if ec.x == x && ec.y == y) => {
                    Err(unmatched())
                }
                _ => Ok(material),
            }
        }
        Kind::Ed25519 => ed25519(key, public),
    }
}

/// `[1]`, implicit as the RFC says, or explicit as ring wrote it for years. The outer `None` is one that does not
/// read.
fn outer_public<'a>(document: &mut Der<'a>) -> Option<Option<&'a [u8]>> {
    if let Some(bits) = document.take(CONTEXT_1_BITS) {
        return bits.strip_prefix(&[0]).map(Some);
    }
    let Some(explicit) = document.take(CONTEXT_1) else { return Some(None) };
    let mut explicit = Der(explicit);
    explicit.bits().filter(|_| explicit.0.is_empty()).map(Some)
}

/// PKCS#1 with two primes.
pub(super) fn rsa(key: &[u8]) -> Result<Material> {
    let broken = || malformed("the RSA private key does not read");
    let mut numbers = Der(key).only(SEQUENCE).ok_or_else(broken)?;
    match numbers.take(INTEGER) {
        Some([0]) => {}
        Some([1]) => {
            return Err(Error::new(
                Reason::KeyUnsupported,
                "RSA keys with more than two primes are not offered",
            ));
        }
        _ => return Err(broken()),
    }
    let mut read = || {
        let (n, e) = (numbers.number()?.to_vec(), numbers.number()?.to_vec());
        let mut secret = || -> Option<Secret> { Some(Zeroizing::new(numbers.number()?.to_vec())) };
        let private = RsaPrivate {
            d: secret()?,
            p: secret()?,
            q: secret()?,
            dp: secret()?,
            dq: secret()?,
            qi: secret()?,
        };
        numbers.0.is_empty().then(|| Material::Rsa(Rsa { n, e, private: Some(Box::new(private)) }))
    };
    read().ok_or_else(broken)
}

/// RFC 5915. Inside PKCS#8 the curve stands outside, and may be repeated.
pub(super) fn sec1(der: &[u8], outer: Option<Curve>) -> Result<Material> {
    let broken = || malformed("the EC private key (SEC 1) does not read");
    let mut document = Der(der).only(SEQUENCE).ok_or_else(broken)?;
    if document.take(INTEGER) != Some(&[1]) {
        return Err(broken());
    }
    let key = document.take(OCTET_STRING).ok_or_else(broken)?;
    let inner = document.take(CONTEXT_0).map(oid::curve).transpose()?;
    let public = document.take(CONTEXT_1);
    if !document.0.is_empty() || (outer.is_some() && inner.is_some() && outer != inner) {
        return Err(broken());
    }
    let curve = outer.or(inner).ok_or_else(|| malformed("the EC key names no curve"))?;
    // The RFC wants the curve's length; Java left leading zeros out for years.
    let missing = curve.len().checked_sub(key.len()).filter(|_| !key.is_empty());
    let missing = missing.ok_or_else(|| malformed("the private number has another length than its curve"))?;
    let mut d = Zeroizing::new(vec![0; curve.len()]);
    d[missing..].copy_from_slice(key);
    let (x, y) = crypto::ec_public(curve, &d)?;
    if let Some(public) = public {
        let mut explicit = Der(public);
        let bits = explicit.bits().filter(|_| explicit.0.is_empty()).ok_or_else(broken)?;
        if point(curve, bits)? != (x.clone(), y.clone()) {
            return Err(unmatched());
        }
    }
    Ok(Material::Ec(Ec { curve, x, y, d: Some(d) }))
}

/// RFC 8410 section 7: the seed in an octet string of its own.
fn ed25519(key: &[u8], public: Option<&[u8]>) -> Result<Material> {
    let seed = Der(key).only(OCTET_STRING).filter(|seed| seed.0.len() == 32);
    let Der(seed) = seed.ok_or_else(|| malformed("the Ed25519 private key is not 32 bytes"))?;
    let x = crypto::ed25519_public(seed)?;
    if public.is_some_and(|public| public != x) {
        return Err(unmatched());
    }
    Ok(Material::Ed25519(Ed25519 { x, d: Some(Zeroizing::new(seed.to_vec())) }))
}

fn same_rsa(material: &Material, public: &Rsa) -> bool {
    matches!(material, Material::Rsa(rsa) if rsa.n == public.n && rsa.e == public.e)
}

fn unmatched() -> Error {
    malformed("the public key beside the private one is not its other half")
}
