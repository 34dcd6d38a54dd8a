//! Keys to DER: SPKI for the public half, PKCS#8 for the whole, as OpenSSL writes them.
//!
//! Every piece is allocated in its final size and wiped, so that no copy of a private number stays behind.

use zeroize::Zeroizing;

use super::oid;
use super::reader::{BIT_STRING, CONTEXT_1, INTEGER, NULL, OCTET_STRING, OID, SEQUENCE};
use crate::material::{Curve, Material, Secret};

/// SubjectPublicKeyInfo; `None` for a secret, which has no public half.
pub(crate) fn spki(material: &Material) -> Option<Secret> {
    let key = match material {
        Material::Oct(_) => return None,
        Material::Rsa(rsa) => sequence(&[&number(&rsa.n), &number(&rsa.e)]),
        Material::Ec(ec) => joined(&[&[4], &ec.x, &ec.y]),
        Material::Ed25519(okp) => joined(&[&okp.x]),
    };
    Some(sequence(&[&algorithm(material)?, &element(BIT_STRING, &[&[0], &key])]))
}

/// PKCS#8, version 1 of the standard; `None` for what is no private key of a pair.
pub(crate) fn pkcs8(material: &Material) -> Option<Secret> {
    let key = match material {
        Material::Oct(_) => return None,
        Material::Rsa(rsa) => {
            let private = rsa.private.as_ref()?;
            let numbers: Vec<_> = [&rsa.n, &rsa.e]
                .into_iter()
                .map(|public| number(public))
                .chain(
                    [&private.d, &private.p, &private.q, &private.dp, &private.dq, &private.qi]
                        .into_iter()
                        .map(|secret| number(secret)),
                )
                .collect();
            let numbers: Vec<&[u8]> =
                std::iter::once(VERSION_0).chain(numbers.iter().map(|number| number.as_slice())).collect();
            sequence(&numbers)
        }
        Material::Ec(ec) => {
            let point = element(CONTEXT_1, &[&element(BIT_STRING, &[&[0, 4], &ec.x, &ec.y])]);
            sequence(&[&[INTEGER, 1, 1], &element(OCTET_STRING, &[ec.d.as_ref()?]), &point])
        }
        Material::Ed25519(okp) => element(OCTET_STRING, &[okp.d.as_ref()?]),
    };
    Some(sequence(&[VERSION_0, &algorithm(material)?, &element(OCTET_STRING, &[&key])]))
}

fn algorithm(material: &Material) -> Option<Secret> {
    let name = |identifier: &[u8]| element(OID, &[identifier]);
    Some(match material {
        Material::Oct(_) => return None,
        Material::Rsa(_) => sequence(&[&name(oid::RSA), &[NULL, 0]]),
        Material::Ec(ec) => {
            let curve = match ec.curve {
                Curve::P256 => oid::P256,
                Curve::P384 => oid::P384,
                Curve::P521 => oid::P521,
            };
            sequence(&[&name(oid::EC), &name(curve)])
        }
        Material::Ed25519(_) => sequence(&[&name(oid::ED25519)]),
    })
}

/// A positive integer; its leading zeros, which some JWKs have, are left out.
fn number(bytes: &[u8]) -> Secret {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[start..];
    let sign: &[u8] = if digits.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits])
}

fn sequence(parts: &[&[u8]]) -> Secret {
    element(SEQUENCE, parts)
}

fn element(tag: u8, parts: &[&[u8]]) -> Secret {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let digits = len.to_be_bytes();
    let digits = &digits[digits.iter().position(|byte| *byte != 0).unwrap_or(digits.len() - 1)..];
    let mut out = Zeroizing::new(Vec::with_capacity(len + digits.len() + 2));
    out.push(tag);
    if len >= 0x80 {
        // At most eight digits.
        out.push(0x80 | digits.len().to_le_bytes()[0]);
    }
    out.extend_from_slice(digits);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

fn joined(parts: &[&[u8]]) -> Secret {
    Zeroizing::new(parts.concat())
}

const VERSION_0: &[u8] = &[INTEGER, 1, 0];
