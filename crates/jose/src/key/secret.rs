//! Which bytes may be an HMAC secret.
//!
//! The classic forgery takes a public key, which everybody has, as the secret of an HS256 token. So bytes that are a
//! key in any text or binary form are refused where they enter. RFC 7518 section 3.2, RFC 8725 sections 2.1 and 3.5.

use crate::error::{Error, Reason};
use crate::material::check_secret_len;
use crate::{Algorithm, Result, der, pem};

pub(super) fn check(algorithm: Algorithm, secret: &[u8]) -> Result<()> {
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
    } else {
        None
    };
    if let Some(found) = found {
        return Err(Error::new(Reason::KeyWrongUse, "the HMAC secret is itself a key")
            .with_expected("random bytes")
            .with_received(found));
    }
    check_secret_len(secret, algorithm)?;
    if secret.iter().all(|byte| *byte == secret[0]) {
        return Err(Error::new(Reason::KeyMalformed, "the HMAC secret is one byte repeated")
            .with_expected("random bytes"));
    }
    Ok(())
}

/// Generous on purpose: no random secret begins like this and holds one of these names.
fn is_jwk(secret: &[u8]) -> bool {
    let holds = |name: &[u8]| secret.windows(name.len()).any(|window| window == name);
    secret.trim_ascii_start().first() == Some(&b'{')
        && (holds(b"\"kty\"") || holds(b"\"keys\"") || holds(b"\\u00"))
}
