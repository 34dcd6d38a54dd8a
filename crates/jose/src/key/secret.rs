//! Which bytes may be an HMAC secret.
//!
//! The classic forgery takes a public key, which everybody has, as the secret of an HS256 token. So bytes that are a
//! key in any text or binary form are refused where they enter. RFC 7518 section 3.2, RFC 8725 sections 2.1 and 3.5.

use crate::error::{Error, Reason};
use crate::material::check_secret_len;
use crate::{Algorithm, Result, der, is_known_secret, pem};

/// A secret to sign with, or one that a caller hands over as bytes.
pub(super) fn check(algorithm: Algorithm, secret: &[u8]) -> Result<()> {
    check_given(algorithm, secret)?;
    if secret.iter().all(|byte| *byte == secret[0]) {
        return Err(Error::new(Reason::KeyMalformed, "the HMAC secret is one byte repeated")
            .with_expected("random bytes"));
    }
    Ok(())
}

/// A secret that came as a JWK and only verifies. One byte repeated is let through here: it is what test vectors use
/// (Wycheproof's zeros), and nobody can sign with it in this library.
pub(super) fn check_given(algorithm: Algorithm, secret: &[u8]) -> Result<()> {
    if !algorithm.is_symmetric() {
        return Err(Error::new(Reason::AlgKeyMismatch, "a secret is no key of an asymmetric algorithm")
            .with_expected("HS256, HS384 or HS512")
            .with_received(algorithm.name()));
    }
    let found = if pem::is_key(secret) {
        Some("a key in PEM or OpenSSH form")
    } else if is_jwk(secret) {
        Some("a JSON Web Key")
    } else if der::is_key(secret) {
        Some("a key in DER form")
    } else if pem::is_wrapped_key(secret) {
        Some("a key in base64")
    } else {
        None
    };
    if let Some(found) = found {
        return Err(Error::new(Reason::KeyWrongUse, "the HMAC secret is itself a key")
            .with_expected("random bytes")
            .with_received(found));
    }
    check_secret_len(secret, algorithm)?;
    if is_known_secret(secret) {
        return Err(Error::new(Reason::KeyMalformed, "the HMAC secret stands in public lists of secrets")
            .with_expected("random bytes")
            .with_hint("signature.known_public_secret: anybody can sign with it; make a new one"));
    }
    Ok(())
}

/// Generous on purpose: no random secret begins like this and holds one of these names.
fn is_jwk(secret: &[u8]) -> bool {
    let holds = |name: &[u8]| secret.windows(name.len()).any(|window| window == name);
    secret.trim_ascii_start().first() == Some(&b'{')
        && (holds(b"\"kty\"") || holds(b"\"keys\"") || holds(b"\\u00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(secret: &[u8]) -> Option<Reason> {
        check(Algorithm::Hs256, secret).err().map(|error| error.reason())
    }

    #[test]
    fn length_counts() {
        assert_eq!(reason(&[]), Some(Reason::KeyTooSmall));
        assert_eq!(reason(b"0123456789abcdef0123456789abcde"), Some(Reason::KeyTooSmall));
        assert_eq!(reason(b"0123456789abcdef-123456789abcdef"), None);
    }

    #[test]
    fn keys_in_disguise_are_refused() {
        for secret in [
            "-----BEGIN PUBLIC KEY-----\nMIIB",
            " \n-----BEGIN CERTIFICATE-----",
            "junk before -----BEGIN RSA PUBLIC KEY-----",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
            "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
            "\n {\"keys\":[]}",
            "{\"\\u006bty\":\"RSA\"}",
        ] {
            assert_eq!(reason(secret.as_bytes()), Some(Reason::KeyWrongUse), "{secret}");
        }
        // SPKI of an Ed25519 key, whole and cut short.
        let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        spki.extend((0..32).map(|n: u8| n.wrapping_mul(37)));
        assert_eq!(reason(&spki), Some(Reason::KeyWrongUse));
        assert_eq!(reason(&spki[..43]), None);
    }
}
