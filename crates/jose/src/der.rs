//! Keys in DER: SPKI (RFC 5280), PKCS#8 (RFC 5958), PKCS#1 (RFC 8017), SEC 1 (RFC 5915) and the key in an X.509
//! certificate, told apart by their shape.
//!
//! Not here: whether the numbers are a sound key (`material`, `crypto`), and whether a certificate is to be believed:
//! nobody looks at its signature, its dates or its issuer.

mod oid;
mod private;
mod public;
mod reader;
mod write;

use crate::Result;
use crate::error::{Error, Reason};
use crate::material::Material;

pub(crate) use public::certificate;
pub(crate) use write::{pkcs8, spki};

use reader::{BIT_STRING, CONTEXT_0, Der, INTEGER, OCTET_STRING, OID, SEQUENCE};

/// What a whole document is, by the tags of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Spki,
    Pkcs8,
    RsaPublic,
    RsaPrivate,
    Sec1,
    Certificate,
    EncryptedPkcs8,
    Request,
    RevocationList,
    DsaPrivate,
    Pkcs12,
    Pkcs7,
}

impl Document {
    /// The shape of the bytes, if they are one whole element that looks like any of these.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let mut members = Der(bytes).only(SEQUENCE)?;
        let first = members.0;
        let mut tags = Vec::new();
        while !members.0.is_empty() {
            // The longest of them, an RSA key, has nine members, or ten with more than two primes.
            if tags.len() == 10 {
                return None;
            }
            tags.push(members.any()?.0);
        }
        Some(match tags.as_slice() {
            [SEQUENCE, BIT_STRING] => Self::Spki,
            [SEQUENCE, OCTET_STRING] => Self::EncryptedPkcs8,
            [SEQUENCE, SEQUENCE, BIT_STRING] => Self::signed(Der(first).take(SEQUENCE)?),
            [INTEGER, SEQUENCE, OCTET_STRING, ..] => Self::Pkcs8,
            [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] => Self::Pkcs12,
            [INTEGER, OCTET_STRING, ..] => Self::Sec1,
            [INTEGER, INTEGER] => Self::RsaPublic,
            [OID, CONTEXT_0] => Self::Pkcs7,
            [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER] => Self::DsaPrivate,
            [INTEGER, INTEGER, ..] => Self::RsaPrivate,
            _ => return None,
        })
    }

    /// Three kinds of documents are a content, an algorithm and a signature.
    fn signed(content: &[u8]) -> Self {
        let mut content = Der(content);
        let mut tags = std::iter::from_fn(|| content.any().map(|(tag, _)| tag));
        match (tags.next(), tags.next(), tags.next()) {
            (Some(INTEGER), Some(SEQUENCE), Some(SEQUENCE)) if tags.next() == Some(CONTEXT_0) => {
                Self::Request
            }
            (Some(CONTEXT_0), ..) | (Some(INTEGER), Some(SEQUENCE), Some(SEQUENCE)) => Self::Certificate,
            _ => Self::RevocationList,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Spki => "a public key (SPKI)",
            Self::Pkcs8 => "a private key (PKCS#8)",
            Self::RsaPublic => "an RSA public key (PKCS#1)",
            Self::RsaPrivate => "an RSA private key (PKCS#1)",
            Self::Sec1 => "an EC private key (SEC 1)",
            Self::Certificate => "a certificate",
            Self::EncryptedPkcs8 => "an encrypted private key (PKCS#8)",
            Self::Request => "a certificate request",
            Self::RevocationList => "a certificate revocation list",
            Self::DsaPrivate => "a DSA private key",
            Self::Pkcs12 => "a PKCS#12 file",
            Self::Pkcs7 => "a PKCS#7 file",
        }
    }

    /// Its key.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Material> {
        match self {
            Self::Spki => public::spki(bytes),
            Self::Certificate => certificate(bytes),
            Self::RsaPublic => public::rsa(bytes),
            Self::Pkcs8 => private::pkcs8(bytes),
            Self::RsaPrivate => private::rsa(bytes),
            Self::Sec1 => private::sec1(bytes, None),
            _ => Err(Error::new(Reason::KeyUnsupported, "the document holds no key that can be read here")
                .with_expected("a key in PKCS#8, SPKI, PKCS#1 or SEC 1, or a certificate")
                .with_received(self.name())
                .with_hint(self.mend())),
        }
    }

    const fn mend(self) -> &'static str {
        match self {
            Self::EncryptedPkcs8 => "decrypt it with `openssl pkcs8 -inform DER -in key.der -out key.pem`",
            Self::Request => {
                "take its key out with `openssl req -inform DER -in request.der -noout -pubkey -out public.pem`"
            }
            Self::Pkcs12 => {
                "take the key out with `openssl pkcs12 -in file.p12 -nodes -nocerts -out key.pem`"
            }
            Self::Pkcs7 => {
                "take the certificates out with `openssl pkcs7 -inform DER -in file.p7b -print_certs -out certs.pem`"
            }
            _ => "JOSE has no algorithm for it; make a new key with `jotgate key generate`",
        }
    }
}

/// The key in these bytes.
pub(crate) fn key(bytes: &[u8]) -> Result<Material> {
    match Document::of(bytes) {
        Some(document) => document.read(bytes),
        None => Err(not_a_document(bytes)),
    }
}

/// Whether the bytes are a whole key or certificate in DER. A random secret is that once in 2^30 or less.
pub(crate) fn is_key(bytes: &[u8]) -> bool {
    Document::of(bytes).is_some()
}

/// Whether the bytes are an ECDSA signature in DER (RFC 3279 section 2.2.3): two numbers and nothing else. The first
/// byte alone would be one of `r` in every 256th signature.
pub(crate) fn is_ecdsa_signature(bytes: &[u8]) -> bool {
    let Some(mut numbers) = Der(bytes).only(SEQUENCE) else { return false };
    numbers.take(INTEGER).is_some() && numbers.take(INTEGER).is_some() && numbers.0.is_empty()
}

/// Why no document can be made out.
pub(crate) fn not_a_document(bytes: &[u8]) -> Error {
    match Der(bytes).announced() {
        Some(whole) if bytes.len() < whole => {
            Error::new(Reason::KeyMalformed, "the key is cut short: its end is missing")
                .with_expected(format!("{whole} bytes of DER"))
                .with_received(format!("{} bytes", bytes.len()))
        }
        Some(whole) if bytes.len() > whole => {
            Error::new(Reason::KeyMalformed, "something stands behind the key")
                .with_expected(format!("{whole} bytes of DER"))
                .with_received(format!("{} bytes", bytes.len()))
        }
        _ => Error::new(Reason::KeyMalformed, "the bytes are no key or certificate in DER")
            .with_expected("a key in PKCS#8, SPKI, PKCS#1 or SEC 1, or a certificate"),
    }
}

fn malformed(detail: &'static str) -> Error {
    Error::new(Reason::KeyMalformed, detail)
}
