//! The signature algorithms this library offers (RFC 7518 section 3.1, RFC 8037, RFC 9864).
//!
//! There is no variant for `none`, because an unsigned token must not be expressible; and no algorithm is ever
//! chosen by a token: a key carries its own, a token can only agree.

use std::fmt;

/// A signature algorithm.
///
/// ```
/// use jotgate_jose::Algorithm;
///
/// assert_eq!(Algorithm::from_name("ES256"), Some(Algorithm::Es256));
/// assert_eq!(Algorithm::from_name("es256"), None);
/// assert_eq!(Algorithm::from_name("none"), None);
/// assert_eq!(Algorithm::from_name("EdDSA"), Some(Algorithm::Ed25519));
/// assert_eq!(Algorithm::Ed25519.name(), "Ed25519");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519, which RFC 8037 called `EdDSA`.
    Ed25519,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Ed25519,
    ];

    /// The registered name, as in the `alg` header.
    ///
    /// ```
    /// use jotgate_jose::Algorithm;
    ///
    /// assert_eq!(Algorithm::Rs256.name(), "RS256");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of a registered name, compared exactly; `EdDSA` is taken as Ed25519.
    ///
    /// ```
    /// use jotgate_jose::Algorithm;
    ///
    /// assert_eq!(Algorithm::from_name("PS512"), Some(Algorithm::Ps512));
    /// assert_eq!(Algorithm::from_name("none"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == EDDSA {
            return Some(Self::Ed25519);
        }
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }

    /// Whether signer and verifier share one secret.
    ///
    /// ```
    /// use jotgate_jose::Algorithm;
    ///
    /// assert!(Algorithm::Hs256.is_symmetric() && !Algorithm::Es256.is_symmetric());
    /// ```
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    pub(crate) const fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512)
    }

    /// The bytes of a signature; `None` for RSA, where it is the size of the modulus.
    pub(crate) const fn signature_len(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            Self::Hs512 | Self::Es256 | Self::Ed25519 => Some(64),
            Self::Es384 => Some(96),
            Self::Es512 => Some(132),
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of RFC 8037, deprecated by RFC 9864 but all that many clients know.
pub(crate) const EDDSA: &str = "EdDSA";

/// Whether the name stands in the IANA registry "JSON Web Signature and Encryption Algorithms".
pub(crate) fn is_registered(name: &str) -> bool {
    Algorithm::from_name(name).is_some() || OTHERS.contains(&name)
}

/// What is registered for `alg` and `enc`, is in use, and is no signature algorithm of this library.
const OTHERS: [&str; 35] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
    "A192GCM",
    "A256GCM",
    "ES256K",
    "Ed448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "HS1",
    "RS1",
    "A128CTR",
    "A192CTR",
    "A256CTR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_nothing_else_is_taken() {
        for &algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::from_name(&algorithm.name().to_lowercase()), None);
            assert_eq!(Algorithm::from_name(&format!(" {}", algorithm.name())), None);
        }
        for name in ["", "none", "None", "NONE", "nOnE", "HS1", "RS1", "ES256K", "ES521", "RSA1_5", "eddsa"] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn registered_names_are_known() {
        for name in ["ES256", "EdDSA", "A256GCM", "dir", "ML-DSA-44"] {
            assert!(is_registered(name), "{name}");
        }
        for name in ["none", "ES521", "", "a256gcm", "foo"] {
            assert!(!is_registered(name), "{name}");
        }
    }
}
