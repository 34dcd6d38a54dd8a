//! Signing, and making fresh keys. Signature randomness comes from the back end, never from a caller.

use aws_lc_rs::encoding::{AsBigEndian, AsDer};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair};
use zeroize::Zeroizing;

use super::mac::MacKey;
use super::public::{uncompressed, unfit};
use crate::error::{Error, Reason};
use crate::material::{Curve, Ec, Ed25519, Material, Rsa, RsaPrivate};
use crate::{Algorithm, Result};

/// A key that signs with one algorithm.
pub(crate) enum PrivateKey {
    Mac(Box<MacKey>),
    Rsa(RsaKeyPair, &'static dyn signature::RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Room for the longest signature: RSA with 8192 bits.
pub(crate) const MAX_SIGNATURE: usize = 1024;

impl PrivateKey {
    /// Refuses private numbers that do not belong to the public ones, because a signature made with such a pair can
    /// give the private key away (RSA faults, Ed25519 with a foreign public key).
    pub(crate) fn new(algorithm: Algorithm, material: &Material) -> Result<Self> {
        match material {
            Material::Oct(secret) => {
                MacKey::new(algorithm, secret).map(Box::new).map(Self::Mac).ok_or_else(unfit)
            }
            Material::Rsa(rsa) => Ok(Self::Rsa(rsa_pair(rsa)?, rsa_encoding(algorithm).ok_or_else(unfit)?)),
            Material::Ec(ec) => {
                let d = ec.d.as_ref().ok_or_else(not_private)?;
                EcdsaKeyPair::from_private_key_and_public_key(ec_signing(ec.curve), d, &uncompressed(ec))
                    .map(Self::Ec)
                    .map_err(|_| unmatched())
            }
            Material::Ed25519(okp) => {
                let d = okp.d.as_ref().ok_or_else(not_private)?;
                Ed25519KeyPair::from_seed_and_public_key(d, &okp.x)
                    .map(Self::Ed25519)
                    .map_err(|_| unmatched())
            }
        }
    }

    /// Writes the signature to the front of `out` and says how long it is.
    pub(crate) fn sign(&self, message: &[u8], out: &mut [u8; MAX_SIGNATURE]) -> Result<usize> {
        match self {
            Self::Mac(key) => copy(key.sign(message).as_ref(), out),
            Self::Rsa(key, encoding) => {
                let len = key.public_modulus_len();
                let signature = out.get_mut(..len).ok_or_else(unavailable)?;
                key.sign(*encoding, &SystemRandom::new(), message, signature).map_err(|_| unavailable())?;
                Ok(len)
            }
            Self::Ec(key) => {
                copy(key.sign(&SystemRandom::new(), message).map_err(|_| unavailable())?.as_ref(), out)
            }
            Self::Ed25519(key) => copy(key.try_sign(message).map_err(|_| unavailable())?.as_ref(), out),
        }
    }
}

/// A fresh key of the algorithm's usual size: RSA 2048 bits, a secret as long as the hash.
pub(crate) fn generate(algorithm: Algorithm) -> Result<Material> {
    match algorithm {
        Algorithm::Hs256 => Ok(fresh_secret(32)),
        Algorithm::Hs384 => Ok(fresh_secret(48)),
        Algorithm::Hs512 => Ok(fresh_secret(64)),
        Algorithm::Es256 => generate_ec(Curve::P256),
        Algorithm::Es384 => generate_ec(Curve::P384),
        Algorithm::Es512 => generate_ec(Curve::P521),
        Algorithm::Ed25519 => ed25519_numbers(&Ed25519KeyPair::generate().map_err(|_| unavailable())?),
        _ => generate_rsa(algorithm, 2048),
    }
}

/// A fresh RSA key.
pub(crate) fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Material> {
    if !algorithm.is_rsa() {
        return Err(unfit());
    }
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        _ => {
            return Err(Error::new(Reason::KeyUnsupported, "RSA keys of this size are not made here")
                .with_expected("2048, 3072 or 4096 bits")
                .with_received(format!("{bits} bits")));
        }
    };
    let pair = RsaKeyPair::generate(size).map_err(|_| unavailable())?;
    let der = pair.as_der().map_err(|_| unavailable())?;
    crate::der::key(der.as_ref())
}

/// The point of a private number of the curve's length.
pub(crate) fn ec_public(curve: Curve, d: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    // The back end computes it for a SEC 1 document (RFC 5915) that leaves it out.
    let mut document = Zeroizing::new(Vec::with_capacity(80));
    let (whole, number) =
        u8::try_from(d.len() + 5).ok().zip(u8::try_from(d.len()).ok()).ok_or_else(unmatched)?;
    document.extend_from_slice(&[0x30, whole, 2, 1, 1, 4, number]);
    document.extend_from_slice(d);
    let pair = EcdsaKeyPair::from_private_key_der(ec_signing(curve), &document).map_err(|_| {
        Error::new(Reason::KeyMalformed, "the private number is not one of the curve's")
            .with_expected("a number from 1 to the order of the curve")
    })?;
    coordinates(curve, &pair)
}

/// The public half of a seed.
pub(crate) fn ed25519_public(seed: &[u8]) -> Result<Vec<u8>> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unmatched())?;
    Ok(pair.public_key().as_ref().to_vec())
}

fn generate_ec(curve: Curve) -> Result<Material> {
    ec_numbers(curve, &EcdsaKeyPair::generate(ec_signing(curve)).map_err(|_| unavailable())?)
}

fn ec_numbers(curve: Curve, pair: &EcdsaKeyPair) -> Result<Material> {
    let d = pair.private_key().as_be_bytes().map_err(|_| unavailable())?;
    let d = Zeroizing::new(d.as_ref().to_vec());
    let (x, y) = coordinates(curve, pair)?;
    if d.len() != curve.len() {
        return Err(unavailable());
    }
    Ok(Material::Ec(Ec { curve, x, y, d: Some(d) }))
}

fn coordinates(curve: Curve, pair: &EcdsaKeyPair) -> Result<(Vec<u8>, Vec<u8>)> {
    match pair.public_key().as_ref() {
        [4, point @ ..] if point.len() == 2 * curve.len() => {
            let (x, y) = point.split_at(curve.len());
            Ok((x.to_vec(), y.to_vec()))
        }
        _ => Err(unavailable()),
    }
}

fn ed25519_numbers(pair: &Ed25519KeyPair) -> Result<Material> {
    let seed = pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(|_| unavailable())?;
    let d = Zeroizing::new(seed.as_ref().to_vec());
    Ok(Material::Ed25519(Ed25519 { x: pair.public_key().as_ref().to_vec(), d: Some(d) }))
}

fn fresh_secret(len: usize) -> Material {
    let mut secret = Zeroizing::new(vec![0; len]);
    super::fill_random(&mut secret);
    Material::Oct(secret)
}

fn rsa_pair(rsa: &Rsa) -> Result<RsaKeyPair> {
    let RsaPrivate { d, p, q, dp, dq, qi } = &**rsa.private.as_ref().ok_or_else(not_private)?;
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n: &rsa.n, e: &rsa.e },
        d: d.as_slice(),
        p: p.as_slice(),
        q: q.as_slice(),
        dP: dp.as_slice(),
        dQ: dq.as_slice(),
        qInv: qi.as_slice(),
    })
    .map_err(|_| unmatched())
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn signature::RsaEncoding> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

fn ec_signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}

fn copy(signature: &[u8], out: &mut [u8; MAX_SIGNATURE]) -> Result<usize> {
    out.get_mut(..signature.len()).ok_or_else(unavailable)?.copy_from_slice(signature);
    Ok(signature.len())
}

fn unavailable() -> Error {
    Error::new(Reason::KeysUnavailable, "the crypto library refused to make the key or the signature")
}

fn not_private() -> Error {
    Error::new(Reason::KeyWrongUse, "signing wants the private key").with_received("a public key").with_hint(
        "the private half is a JWK with `d`, or a PRIVATE KEY block in PEM; a certificate never holds it",
    )
}

fn unmatched() -> Error {
    Error::new(Reason::KeyMalformed, "the private numbers are wrong or do not belong to the public ones")
}
