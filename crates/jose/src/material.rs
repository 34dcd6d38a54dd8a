//! The numbers a key is made of, decoded once, whatever form they came in (JWK, PEM, DER, fresh).
//!
//! Structure and arithmetic that can be judged from the numbers is judged here; what needs a group (on the curve,
//! parts that match) is judged in `crypto`. RFC 7518 sections 3 and 6, RFC 8037 section 2.

mod number;
mod weak_rsa;

use zeroize::Zeroizing;

use crate::error::{Error, Reason};
use crate::{Algorithm, Result};

pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// A key's numbers, big-endian, as JWK spells them.
#[derive(Clone)]
pub(crate) enum Material {
    Oct(Secret),
    Rsa(Rsa),
    Ec(Ec),
    Ed25519(Ed25519),
}

#[derive(Clone)]
pub(crate) struct Rsa {
    /// Without leading zero, as all its kind.
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
    pub(crate) private: Option<Box<RsaPrivate>>,
}

#[derive(Clone)]
pub(crate) struct RsaPrivate {
    pub(crate) d: Secret,
    pub(crate) p: Secret,
    pub(crate) q: Secret,
    pub(crate) dp: Secret,
    pub(crate) dq: Secret,
    pub(crate) qi: Secret,
}

#[derive(Clone)]
pub(crate) struct Ec {
    pub(crate) curve: Curve,
    /// Coordinates and private number have the curve's length, leading zeros kept.
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
    pub(crate) d: Option<Secret>,
}

#[derive(Clone)]
pub(crate) struct Ed25519 {
    /// 32 bytes, as is the seed.
    pub(crate) x: Vec<u8>,
    pub(crate) d: Option<Secret>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Material {
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Oct(_) => true,
            Self::Rsa(rsa) => rsa.private.is_some(),
            Self::Ec(ec) => ec.d.is_some(),
            Self::Ed25519(okp) => okp.d.is_some(),
        }
    }

    /// Without the private numbers; `None` for a secret, which has no public half.
    pub(crate) fn public(&self) -> Option<Self> {
        Some(match self {
            Self::Oct(_) => return None,
            Self::Rsa(rsa) => Self::Rsa(Rsa { n: rsa.n.clone(), e: rsa.e.clone(), private: None }),
            Self::Ec(ec) => Self::Ec(Ec { d: None, ..ec.clone() }),
            Self::Ed25519(okp) => Self::Ed25519(Ed25519 { x: okp.x.clone(), d: None }),
        })
    }

    /// Whether both have one public half. A secret has none.
    pub(crate) fn is_same_public(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rsa(a), Self::Rsa(b)) => a.n == b.n && a.e == b.e,
            (Self::Ec(a), Self::Ec(b)) => a.curve == b.curve && a.x == b.x && a.y == b.y,
            (Self::Ed25519(a), Self::Ed25519(b)) => a.x == b.x,
            _ => false,
        }
    }

    /// The one algorithm these numbers are good for, if there is only one.
    pub(crate) fn only_algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Oct(_) | Self::Rsa(_) => None,
            Self::Ec(ec) => Some(ec.curve.algorithm()),
            Self::Ed25519(_) => Some(Algorithm::Ed25519),
        }
    }

    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Oct(_) => algorithm.is_symmetric(),
            Self::Rsa(_) => algorithm.is_rsa(),
            Self::Ec(_) | Self::Ed25519(_) => self.only_algorithm() == Some(algorithm),
        }
    }

    /// What to call the key in a message.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Oct(secret) => format!("a secret of {} bytes", secret.len()),
            Self::Rsa(rsa) => format!("an RSA key of {} bits", bit_len(&rsa.n)),
            Self::Ec(ec) => format!("an EC key on {}", ec.curve.name()),
            Self::Ed25519(_) => "an Ed25519 key".into(),
        }
    }

    /// Size and shape, before any arithmetic is spent on the numbers.
    pub(crate) fn check(&self, algorithm: Algorithm) -> Result<()> {
        match self {
            Self::Oct(secret) => check_secret_len(secret, algorithm),
            Self::Rsa(rsa) => rsa.check(),
            Self::Ec(_) | Self::Ed25519(_) => Ok(()),
        }
    }
}

impl Rsa {
    fn check(&self) -> Result<()> {
        let bits = bit_len(&self.n);
        if bits < MIN_RSA_BITS {
            return Err(Error::new(Reason::KeyTooSmall, "the RSA modulus is too short to be safe")
                .with_expected("at least 2048 bits")
                .with_received(format!("{bits} bits")));
        }
        // Because verifying costs the square of the size: an attacker's key must not cost the verifier seconds.
        if bits > MAX_RSA_BITS {
            return Err(Error::new(Reason::KeyUnsupported, "the RSA modulus is too long")
                .with_expected("at most 8192 bits")
                .with_received(format!("{bits} bits")));
        }
        if self.n.last().is_none_or(|byte| byte & 1 == 0) {
            return Err(Error::new(Reason::KeyMalformed, "the RSA modulus is even"));
        }
        // Because e = 1 verifies anything and e = 3 has a history of forgeries; FIPS 186-5 section 5.1 wants more
        // than 65536, and nothing beyond 33 bits is in use.
        let exponent = self
            .e
            .iter()
            .try_fold(0_u64, |value, byte| value.checked_mul(256).map(|value| value + u64::from(*byte)));
        if !exponent.is_some_and(|e| (65_537..1 << 33).contains(&e) && e & 1 == 1) {
            return Err(Error::new(Reason::KeyMalformed, "the RSA exponent is not safe")
                .with_expected("an odd number from 65537 to 33 bits"));
        }
        weak_rsa::check(self)
    }
}

/// RFC 7518 section 3.2: a key of at least the hash's length, because a shorter one can be guessed offline.
pub(crate) fn check_secret_len(secret: &[u8], algorithm: Algorithm) -> Result<()> {
    let (least, expected) = match algorithm {
        Algorithm::Hs256 => (32, "at least 32 bytes"),
        Algorithm::Hs384 => (48, "at least 48 bytes"),
        _ => (64, "at least 64 bytes"),
    };
    if secret.len() >= least {
        return Ok(());
    }
    Err(Error::new(Reason::KeyTooSmall, "the HMAC secret is shorter than the hash")
        .with_expected(expected)
        .with_received(format!("{} bytes", secret.len())))
}

impl Curve {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    /// The bytes of a coordinate.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// RFC 7518 section 3.4 binds each curve to one algorithm.
    pub(crate) const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::P384 => Algorithm::Es384,
            Self::P521 => Algorithm::Es512,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn low(wide: u128) -> u64 {
    wide as u64
}

fn bit_len(number: &[u8]) -> usize {
    match number.iter().position(|byte| *byte != 0) {
        Some(at) => (number.len() - at) * 8 - number[at].leading_zeros() as usize,
        None => 0,
    }
}

const MIN_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;
