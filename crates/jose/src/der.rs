//! Just enough DER to read keys: PKCS#8 (RFC 5208, 5958), SPKI (RFC 5280 section 4.1.2.7), PKCS#1 (RFC 8017
//! appendix A.1), and to recognise any of them where a secret was expected.
//!
//! Strict: shortest lengths, minimal integers, nothing behind the end.

use zeroize::Zeroizing;

use crate::Result;
use crate::crypto;
use crate::error::{Error, Reason};
use crate::material::{Curve, Ec, Ed25519, Material, Rsa, RsaPrivate, Secret};

/// A private key in PKCS#8.
pub(crate) fn pkcs8(der: &[u8]) -> Result<Material> {
    let mut document = Der(der).only(SEQUENCE).ok_or_else(not_pkcs8)?;
    let version = document.take(INTEGER).ok_or_else(not_pkcs8)?;
    let (oid, parameters) = document.algorithm().ok_or_else(not_pkcs8)?;
    let key = document.take(OCTET_STRING).ok_or_else(not_pkcs8)?;
    if !matches!(version, [0 | 1]) {
        return Err(not_pkcs8());
    }
    match oid {
        OID_RSA => rsa_private(key).ok_or_else(|| malformed("the RSA private key does not read")),
        OID_EC => crypto::ec_from_pkcs8(curve(parameters)?, der),
        OID_ED25519 => crypto::ed25519_from_pkcs8(der),
        _ => Err(unsupported_algorithm()),
    }
}

/// A public key in SubjectPublicKeyInfo.
pub(crate) fn spki(der: &[u8]) -> Result<Material> {
    let mut document = Der(der).only(SEQUENCE).ok_or_else(not_spki)?;
    let (oid, parameters) = document.algorithm().ok_or_else(not_spki)?;
    let bits = document.take(BIT_STRING).filter(|_| document.0.is_empty()).ok_or_else(not_spki)?;
    let [0, key @ ..] = bits else { return Err(not_spki()) };
    match oid {
        OID_RSA => {
            let mut numbers = Der(key).only(SEQUENCE).ok_or_else(not_spki)?;
            let (n, e) = numbers.two_numbers().ok_or_else(not_spki)?;
            Ok(Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private: None }))
        }
        OID_EC => {
            let curve = curve(parameters)?;
            let [4, point @ ..] = key else {
                return Err(malformed("the EC point is not in its uncompressed form"));
            };
            let (x, y) = point
                .split_at_checked(curve.len())
                .filter(|(_, y)| y.len() == curve.len())
                .ok_or_else(|| malformed("the EC point has another length than its curve"))?;
            Ok(Material::Ec(Ec { curve, x: x.to_vec(), y: y.to_vec(), d: None }))
        }
        OID_ED25519 => Ok(Material::Ed25519(Ed25519 { x: key.to_vec(), d: None })),
        _ => Err(unsupported_algorithm()),
    }
}

/// Whether the bytes are a whole key or certificate in DER: a sequence of what such documents begin with, whose
/// members fill it exactly. A random secret is that once in 2^30 or less.
pub(crate) fn is_key(bytes: &[u8]) -> bool {
    let Some(mut document) = Der(bytes).only(SEQUENCE) else { return false };
    let mut tags = Vec::new();
    while !document.0.is_empty() {
        let Some((tag, _)) = document.any() else { return false };
        tags.push(tag);
    }
    matches!(
        tags.as_slice(),
        // SPKI; certificate; PKCS#8; PKCS#1 (two numbers, or nine); SEC 1.
        [SEQUENCE, BIT_STRING]
            | [SEQUENCE, SEQUENCE, BIT_STRING]
            | [INTEGER, SEQUENCE, OCTET_STRING, ..]
            | [INTEGER, INTEGER, ..]
            | [INTEGER, OCTET_STRING, ..]
    )
}

/// PKCS#1 with two primes.
fn rsa_private(key: &[u8]) -> Option<Material> {
    let mut numbers = Der(key).only(SEQUENCE)?;
    if numbers.take(INTEGER)? != [0] {
        return None;
    }
    let (n, e) = (numbers.number()?.to_vec(), numbers.number()?.to_vec());
    let mut secret = || -> Option<Secret> { Some(Zeroizing::new(numbers.number()?.to_vec())) };
    let private =
        RsaPrivate { d: secret()?, p: secret()?, q: secret()?, dp: secret()?, dq: secret()?, qi: secret()? };
    numbers.0.is_empty().then(|| Material::Rsa(Rsa { n, e, private: Some(Box::new(private)) }))
}

fn curve(parameters: &[u8]) -> Result<Curve> {
    match Der(parameters).only(OID) {
        Some(Der(OID_P256)) => Ok(Curve::P256),
        Some(Der(OID_P384)) => Ok(Curve::P384),
        Some(Der(OID_P521)) => Ok(Curve::P521),
        _ => Err(Error::new(Reason::KeyUnsupported, "the EC key is on another curve")
            .with_expected("P-256, P-384 or P-521")),
    }
}

/// What is left to read.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the one element this is.
    fn only(mut self, tag: u8) -> Option<Self> {
        let contents = self.take(tag)?;
        self.0.is_empty().then_some(Self(contents))
    }

    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = self.0;
        let (found, contents) = self.any()?;
        if found == tag {
            return Some(contents);
        }
        self.0 = before;
        None
    }

    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk()?;
        let mut len = usize::from(first);
        if first >= 0x80 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let digits = rest.split_off(..count)?;
            len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
            // The shortest form only.
            if digits[0] == 0 || len < 0x80 {
                return None;
            }
        }
        let contents = rest.split_off(..len)?;
        self.0 = rest;
        Some((tag, contents))
    }

    /// An AlgorithmIdentifier: the identifier's bytes and its parameters, unread.
    fn algorithm(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let mut identifier = Self(self.take(SEQUENCE)?);
        Some((identifier.take(OID)?, identifier.0))
    }

    /// A positive integer in its minimal form, without the sign byte.
    fn number(&mut self) -> Option<&'a [u8]> {
        match self.take(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Some(rest),
            number @ [1..0x80, ..] => Some(number),
            _ => None,
        }
    }

    fn two_numbers(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let both = (self.number()?, self.number()?);
        self.0.is_empty().then_some(both)
    }
}

fn malformed(detail: &'static str) -> Error {
    Error::new(Reason::KeyMalformed, detail)
}

fn not_pkcs8() -> Error {
    malformed("the bytes are not an unencrypted PKCS#8 private key")
}

fn not_spki() -> Error {
    malformed("the bytes are not a SubjectPublicKeyInfo public key")
}

fn unsupported_algorithm() -> Error {
    Error::new(Reason::KeyUnsupported, "the document holds another kind of key")
        .with_expected("an RSA, EC or Ed25519 key")
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const OID_P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
