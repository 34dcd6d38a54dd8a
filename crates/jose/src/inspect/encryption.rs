//! Which keys the registered encryption algorithms want (RFC 7518 sections 4 and 5): only as far as a key can be
//! judged without using it.

use crate::error::{Error, Reason, shown};
use crate::material::Material;
use crate::{Jwk, Result};

/// What an `alg` (or, for direct encryption, an `enc`) wants of its key.
#[derive(Clone, Copy)]
pub(super) enum Encryption {
    Rsa,
    /// Diffie-Hellman on a curve.
    Agreement,
    /// A secret of so many bytes.
    Secret(usize),
    /// A secret of the length some `enc` wants.
    Direct,
    Password,
    /// RSA with PKCS #1 v1.5 padding, which has leaked plaintexts since 1998.
    Rsa15,
}

impl Encryption {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "RSA-OAEP" | "RSA-OAEP-256" | "RSA-OAEP-384" | "RSA-OAEP-512" => Self::Rsa,
            "RSA1_5" => Self::Rsa15,
            "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW" => Self::Agreement,
            "A128KW" | "A128GCMKW" | "A128GCM" => Self::Secret(16),
            "A192KW" | "A192GCMKW" | "A192GCM" => Self::Secret(24),
            "A256KW" | "A256GCMKW" | "A256GCM" | "A128CBC-HS256" => Self::Secret(32),
            "A192CBC-HS384" => Self::Secret(48),
            "A256CBC-HS512" => Self::Secret(64),
            "dir" => Self::Direct,
            "PBES2-HS256+A128KW" | "PBES2-HS384+A192KW" | "PBES2-HS512+A256KW" => Self::Password,
            _ => return None,
        })
    }

    pub(super) fn check(self, jwk: &Jwk) -> Result<()> {
        permitted(jwk)?;
        let expected = match (self, &jwk.material) {
            (Self::Rsa15, _) => {
                return Err(Error::new(Reason::KeyUnsupported, "RSA1_5 is not offered")
                    .with_expected("RSA-OAEP-256")
                    .with_hint("its padding gives plaintexts away (Bleichenbacher, RFC 8725 section 3.2)"));
            }
            (Self::Rsa, Material::Rsa(_)) | (Self::Agreement, Material::Ec(_)) => return Ok(()),
            (Self::Secret(len), Material::Oct(secret)) => return has_len(secret, &[len]),
            (Self::Direct, Material::Oct(secret)) => return has_len(secret, DIRECT),
            (Self::Password, Material::Oct(secret)) if !secret.is_empty() => return Ok(()),
            (Self::Rsa, _) => "an RSA key",
            (Self::Agreement, _) => "an EC key",
            (Self::Secret(_) | Self::Direct | Self::Password, _) => "a secret",
        };
        Err(Error::new(Reason::AlgKeyMismatch, "the key is not of the algorithm's kind")
            .with_expected(expected)
            .with_received(jwk.description()))
    }
}

/// Whether the key, which names no algorithm, says that it is for encryption.
pub(super) fn is_meant(jwk: &Jwk) -> bool {
    match (jwk.usage.as_deref(), &jwk.key_ops) {
        (Some(usage), _) => usage == "enc",
        (None, Some(ops)) => {
            ops.iter().any(|op| is_operation(op)) && !ops.iter().any(|op| op == "sign" || op == "verify")
        }
        (None, None) => false,
    }
}

/// A key for encryption that leaves the algorithm open.
pub(super) fn check_unnamed(jwk: &Jwk) -> Result<()> {
    permitted(jwk)?;
    match &jwk.material {
        Material::Oct(secret) => has_len(secret, DIRECT),
        Material::Ed25519(_) => {
            Err(Error::new(Reason::KeyWrongUse, "an Ed25519 key signs, it does not encrypt")
                .with_expected("sig")
                .with_received("enc"))
        }
        Material::Rsa(_) | Material::Ec(_) => Ok(()),
    }
}

/// RFC 7517 section 4.3: `use` and `key_ops` must not contradict each other, nor the algorithm.
fn permitted(jwk: &Jwk) -> Result<()> {
    if let Some(usage) = jwk.usage.as_deref().filter(|usage| *usage != "enc") {
        return Err(Error::new(Reason::KeyWrongUse, "`use` of the key forbids encryption")
            .with_expected("enc")
            .with_received(shown(usage)));
    }
    match &jwk.key_ops {
        Some(ops) if !ops.iter().any(|op| is_operation(op)) => {
            Err(Error::new(Reason::KeyWrongUse, "`key_ops` of the key list nothing that encrypts")
                .with_received(shown(&ops.join(" "))))
        }
        _ => Ok(()),
    }
}

fn is_operation(op: &str) -> bool {
    matches!(op, "encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "deriveKey" | "deriveBits")
}

fn has_len(secret: &[u8], lengths: &[usize]) -> Result<()> {
    if lengths.contains(&secret.len()) {
        return Ok(());
    }
    let names: Vec<_> = lengths.iter().map(ToString::to_string).collect();
    let shortest = lengths.iter().min().copied().unwrap_or(0);
    let reason = if secret.len() < shortest { Reason::KeyTooSmall } else { Reason::KeyMalformed };
    Err(Error::new(reason, "the secret has another length than its algorithm")
        .with_expected(format!("{} bytes", names.join(" or ")))
        .with_received(format!("{} bytes", secret.len())))
}

const DIRECT: &[usize] = &[16, 24, 32, 48, 64];
