//! Algorithms in words: what a name stands for, whether it is offered, and what was probably meant by a wrong one.
//!
//! For reading only; which algorithms verify is decided by [`crate::Algorithm`] and the key. RFC 7518 sections 3, 4
//! and 5, RFC 8037, RFC 8812, RFC 9864, RFC 9964.

use super::report::AlgorithmNote;
use super::text::plain;
use crate::Algorithm;

/// What the `alg` of a header stands for.
pub(super) fn note(name: &str) -> AlgorithmNote {
    let known = TABLE.iter().find(|(known, ..)| *known == name);
    let is_offered = Algorithm::from_name(name).is_some();
    let (what, is_symmetric) = match known {
        Some((_, kind, what)) => (format!("{what} {}", kind.words()), kind.is_symmetric()),
        None => (unknown(name), None),
    };
    AlgorithmNote { name: plain(name), what, is_symmetric, is_offered }
}

/// How the content of an encrypted token is encrypted.
pub(super) fn content_encryption(name: &str) -> Option<&'static str> {
    Some(match name {
        "A128CBC-HS256" => "AES-128 in CBC mode with HMAC-SHA-256",
        "A192CBC-HS384" => "AES-192 in CBC mode with HMAC-SHA-384",
        "A256CBC-HS512" => "AES-256 in CBC mode with HMAC-SHA-512",
        "A128GCM" => "AES-128 in GCM mode",
        "A192GCM" => "AES-192 in GCM mode",
        "A256GCM" => "AES-256 in GCM mode",
        _ => return None,
    })
}

fn unknown(name: &str) -> String {
    match meant(name) {
        Some("none") => {
            "This looks like `none`, in another spelling: the token says it is unsigned.".to_owned()
        }
        Some(meant) => {
            format!("No registered name. Was `{meant}` meant? Names are compared letter by letter.")
        }
        None => "No registered name of a signature algorithm.".to_owned(),
    }
}

/// The registered name somebody probably had in mind.
fn meant(name: &str) -> Option<&'static str> {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
    };
    let word = letters(name);
    let same = TABLE.iter().find(|(known, ..)| letters(known) == word);
    if let Some((known, ..)) = same {
        return Some(known);
    }
    // Names of hashes and ciphers, as other standards have them.
    let family = match word.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "HMAC" | "HMACSHA" | "SHA" | "HMACWITHSHA" => "HS",
        "RSA" | "RSASHA" | "SHAWITHRSA" | "RSASSAPKCS1V1" => "RS",
        "RSAPSS" | "PSSSHA" | "RSASSAPSSSHA" => "PS",
        "ECDSA" | "ECDSASHA" | "EC" | "P" => "ES",
        _ => return None,
    };
    let size = &word[word.trim_end_matches(|letter: char| letter.is_ascii_digit()).len()..];
    TABLE.iter().map(|(known, ..)| *known).find(|known| known.strip_prefix(family) == Some(size))
}

#[derive(Clone, Copy)]
enum Class {
    Shared,
    Pair,
    Encryption,
    Unsigned,
}

impl Class {
    const fn words(self) -> &'static str {
        match self {
            Self::Shared => "One shared secret: whoever can check it can also sign.",
            Self::Pair => "A key pair: the private key signs, the public key only checks.",
            Self::Encryption => "This encrypts a key; it signs nothing.",
            Self::Unsigned => "Anybody can write such a token.",
        }
    }

    const fn is_symmetric(self) -> Option<bool> {
        match self {
            Self::Shared => Some(true),
            Self::Pair => Some(false),
            Self::Encryption | Self::Unsigned => None,
        }
    }
}

const TABLE: [(&str, Class, &str); 38] = [
    ("none", Class::Unsigned, "No signature at all."),
    ("HS256", Class::Shared, "HMAC with SHA-256."),
    ("HS384", Class::Shared, "HMAC with SHA-384."),
    ("HS512", Class::Shared, "HMAC with SHA-512."),
    ("RS256", Class::Pair, "RSA in its older padding (PKCS #1 v1.5) with SHA-256."),
    ("RS384", Class::Pair, "RSA in its older padding (PKCS #1 v1.5) with SHA-384."),
    ("RS512", Class::Pair, "RSA in its older padding (PKCS #1 v1.5) with SHA-512."),
    ("PS256", Class::Pair, "RSA in its newer padding (PSS) with SHA-256."),
    ("PS384", Class::Pair, "RSA in its newer padding (PSS) with SHA-384."),
    ("PS512", Class::Pair, "RSA in its newer padding (PSS) with SHA-512."),
    ("ES256", Class::Pair, "ECDSA on the curve P-256 with SHA-256."),
    ("ES384", Class::Pair, "ECDSA on the curve P-384 with SHA-384."),
    ("ES512", Class::Pair, "ECDSA on the curve P-521 with SHA-512."),
    ("ES256K", Class::Pair, "ECDSA on the curve of Bitcoin, secp256k1, with SHA-256."),
    ("EdDSA", Class::Pair, "Ed25519 (or Ed448) under its older name."),
    ("Ed25519", Class::Pair, "EdDSA on the curve Ed25519."),
    ("Ed448", Class::Pair, "EdDSA on the curve Ed448."),
    ("ML-DSA-44", Class::Pair, "ML-DSA, safe against quantum computers, smallest size."),
    ("ML-DSA-65", Class::Pair, "ML-DSA, safe against quantum computers, middle size."),
    ("ML-DSA-87", Class::Pair, "ML-DSA, safe against quantum computers, largest size."),
    (
        "RSA1_5",
        Class::Encryption,
        "RSA encryption in its older padding, which has been attacked for decades.",
    ),
    ("RSA-OAEP", Class::Encryption, "RSA encryption (OAEP with SHA-1)."),
    ("RSA-OAEP-256", Class::Encryption, "RSA encryption (OAEP with SHA-256)."),
    ("RSA-OAEP-384", Class::Encryption, "RSA encryption (OAEP with SHA-384)."),
    ("RSA-OAEP-512", Class::Encryption, "RSA encryption (OAEP with SHA-512)."),
    ("A128KW", Class::Encryption, "AES-128 key wrap."),
    ("A192KW", Class::Encryption, "AES-192 key wrap."),
    ("A256KW", Class::Encryption, "AES-256 key wrap."),
    ("dir", Class::Encryption, "A shared key encrypts the content directly."),
    ("ECDH-ES", Class::Encryption, "Key agreement with a one-time key."),
    ("ECDH-ES+A128KW", Class::Encryption, "Key agreement with a one-time key, then AES-128 key wrap."),
    ("ECDH-ES+A192KW", Class::Encryption, "Key agreement with a one-time key, then AES-192 key wrap."),
    ("ECDH-ES+A256KW", Class::Encryption, "Key agreement with a one-time key, then AES-256 key wrap."),
    ("A128GCMKW", Class::Encryption, "Key wrap with AES-128 in GCM mode."),
    ("A256GCMKW", Class::Encryption, "Key wrap with AES-256 in GCM mode."),
    ("PBES2-HS256+A128KW", Class::Encryption, "A key made from a password, then AES-128 key wrap."),
    ("PBES2-HS384+A192KW", Class::Encryption, "A key made from a password, then AES-192 key wrap."),
    ("PBES2-HS512+A256KW", Class::Encryption, "A key made from a password, then AES-256 key wrap."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_algorithm_has_words_of_its_kind() {
        for algorithm in Algorithm::ALL {
            let note = note(algorithm.name());
            assert!(note.is_offered);
            assert_eq!(note.is_symmetric, Some(algorithm.is_symmetric()), "{}", note.name);
        }
        assert!(!note("none").is_offered && !note("Ed448").is_offered && !note("A128KW").is_offered);
    }

    #[test]
    fn wrong_names_lead_to_the_right_one() {
        for (wrong, right) in [
            ("hs256", "`HS256`"),
            ("HMAC-SHA256", "`HS256`"),
            ("SHA512", "`HS512`"),
            ("RSA-SHA256", "`RS256`"),
            ("ed25519", "`Ed25519`"),
            ("ECDSA384", "`ES384`"),
            ("nOnE", "unsigned"),
            (" none", "unsigned"),
        ] {
            assert!(note(wrong).what.contains(right), "{wrong}: {}", note(wrong).what);
        }
        assert_eq!(note("XY").what, unknown("XY"));
        assert!(note("\u{1b}[31m").name.is_ascii());
    }
}
