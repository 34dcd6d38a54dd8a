//! Object identifiers: the few that are taken, and the names of those people bring all the same.

use super::malformed;
use super::reader::{Der, NULL, OID, SEQUENCE};
use crate::Result;
use crate::error::{Error, Reason};
use crate::material::Curve;

/// The kinds of keys that are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    Ec(Curve),
    Ed25519,
}

impl Kind {
    /// From an AlgorithmIdentifier.
    pub(super) fn of(identifier: &[u8], parameters: &[u8]) -> Result<Self> {
        match identifier {
            // RFC 3279 section 2.3.1 wants NULL here; some writers leave it out, and it says nothing.
            RSA if matches!(parameters, [] | [NULL, 0]) => Ok(Self::Rsa),
            EC => curve(parameters).map(Self::Ec),
            // RFC 8410 section 3: no parameters.
            ED25519 if parameters.is_empty() => Ok(Self::Ed25519),
            RSA | ED25519 => Err(malformed("the algorithm of the key has parameters it must not have")),
            _ => Err(unsupported(identifier)),
        }
    }
}

/// A curve by its name; RFC 5480 section 2.1.1 allows nothing else.
pub(super) fn curve(parameters: &[u8]) -> Result<Curve> {
    let name = match Der(parameters).only(OID) {
        Some(Der(P256)) => return Ok(Curve::P256),
        Some(Der(P384)) => return Ok(Curve::P384),
        Some(Der(P521)) => return Ok(Curve::P521),
        Some(Der(identifier)) => named(CURVES, identifier).unwrap_or("a curve that has no name here"),
        None if Der(parameters).only(SEQUENCE).is_some() => {
            return Err(Error::new(
                Reason::KeyUnsupported,
                "the EC key spells out its curve instead of naming it",
            )
            .with_expected("P-256, P-384 or P-521 by name")
            .with_received("explicit parameters")
            .with_hint(
                "name the curve with `openssl ec -in key.pem -param_enc named_curve -out named.pem`",
            ));
        }
        None => return Err(malformed("the EC key names no curve")),
    };
    Err(Error::new(Reason::KeyUnsupported, "the EC key is on another curve")
        .with_expected("P-256, P-384 or P-521")
        .with_received(name))
}

fn unsupported(identifier: &[u8]) -> Error {
    let error = Error::new(Reason::KeyUnsupported, "the document holds another kind of key")
        .with_expected("an RSA, EC or Ed25519 key")
        .with_received(named(KINDS, identifier).unwrap_or("a kind that has no name here"));
    match identifier {
        RSASSA_PSS => error.with_hint(
            "JOSE wants a plain RSA key for PS256 too; make one with `jotgate key generate PS256`",
        ),
        X25519 | X448 => error.with_hint("a key for key agreement signs nothing; an Ed25519 key does"),
        _ => error,
    }
}

fn named(names: &[(&[u8], &'static str)], identifier: &[u8]) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == identifier).map(|(_, name)| *name)
}

pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
pub(super) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const X448: &[u8] = &[0x2b, 0x65, 0x6f];

const KINDS: &[(&[u8], &str)] = &[
    (RSASSA_PSS, "an RSASSA-PSS key"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07], "an RSAES-OAEP key"),
    (X25519, "an X25519 key"),
    (X448, "an X448 key"),
    (&[0x2b, 0x65, 0x71], "an Ed448 key"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "a DSA key"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01], "a Diffie-Hellman key"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01], "a Diffie-Hellman key"),
    (&[0x2b, 0x81, 0x04, 0x01, 0x0c], "an ECDH key"),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11], "an ML-DSA-44 key"),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12], "an ML-DSA-65 key"),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13], "an ML-DSA-87 key"),
];

const CURVES: &[(&[u8], &str)] = &[
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "secp256k1"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], "P-224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01], "P-192"),
    (&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07], "brainpoolP256r1"),
    (&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b], "brainpoolP384r1"),
    (&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d], "brainpoolP512r1"),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d], "SM2"),
];
