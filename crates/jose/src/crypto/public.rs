//! Checking signatures with a key parsed beforehand.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey};

use super::edwards;
use super::mac::MacKey;
use crate::error::{Error, Reason};
use crate::material::{Curve, Ec, Material, Rsa};
use crate::{Algorithm, Result};

/// A key that checks signatures of one algorithm.
pub(crate) enum PublicKey {
    Mac(Box<MacKey>),
    /// The algorithm is inside.
    Parsed(ParsedPublicKey),
}

impl PublicKey {
    /// The caller has made sure that material and algorithm fit and that the sizes are sound.
    pub(crate) fn new(algorithm: Algorithm, material: &Material) -> Result<Self> {
        match material {
            Material::Oct(secret) => {
                MacKey::new(algorithm, secret).map(Box::new).map(Self::Mac).ok_or_else(unfit)
            }
            Material::Rsa(rsa) => rsa_key(algorithm, rsa),
            Material::Ec(ec) => ec_key(ec),
            Material::Ed25519(okp) => {
                edwards::check_public_key(&okp.x)?;
                let key = ParsedPublicKey::new(&signature::ED25519, &okp.x);
                key.map(Self::Parsed).map_err(|_| not_a_point())
            }
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Mac(key) => key.verify(message, signature),
            Self::Parsed(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

fn rsa_key(algorithm: Algorithm, rsa: &Rsa) -> Result<PublicKey> {
    let parameters = match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        // These three also demand a salt as long as the hash and MGF1 with the same hash (RFC 7518 section 3.5).
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return Err(unfit()),
    };
    PublicKeyComponents { n: &rsa.n, e: &rsa.e }
        .to_parsed_public_key(parameters)
        .map(PublicKey::Parsed)
        .map_err(|_| Error::new(Reason::KeyMalformed, "modulus and exponent are no RSA key"))
}

fn ec_key(ec: &Ec) -> Result<PublicKey> {
    let algorithm = match ec.curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
    };
    ParsedPublicKey::new(algorithm, uncompressed(ec)).map(PublicKey::Parsed).map_err(|_| not_a_point())
}

/// SEC 1 section 2.3.3.
pub(super) fn uncompressed(ec: &Ec) -> Vec<u8> {
    [&[4][..], &ec.x, &ec.y].concat()
}

pub(super) fn not_a_point() -> Error {
    Error::new(Reason::KeyMalformed, "the coordinates are not a point on the curve")
}

pub(super) fn unfit() -> Error {
    Error::new(Reason::AlgKeyMismatch, "the key is not of the algorithm's kind")
}
