//! PEM around PKCS#8 and SPKI (RFC 7468). What else is found is named, with the command that mends it.

use zeroize::Zeroizing;

use crate::error::{Error, Reason, shown};
use crate::material::Material;
use crate::{Result, base64url, der};

/// The key in the text's only block.
pub(crate) fn key(text: &[u8]) -> Result<Material> {
    let text = std::str::from_utf8(text).map_err(|_| not_pem())?;
    let (_, after) = text.split_once(BEGIN).ok_or_else(not_pem)?;
    let (label, after) = after.split_once(DASHES).ok_or_else(not_pem)?;
    let (body, after) = after.split_once(END).ok_or_else(not_pem)?;
    let rest = after.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)).ok_or_else(not_pem)?;
    if rest.contains(BEGIN) {
        return Err(Error::new(Reason::KeyMalformed, "the file holds more than one block")
            .with_expected("one PRIVATE KEY or PUBLIC KEY"));
    }
    match label {
        "PRIVATE KEY" => der::pkcs8(&decode(body)?),
        "PUBLIC KEY" => der::spki(&decode(body)?),
        _ => Err(Error::new(Reason::KeyUnsupported, "the PEM block is of another kind")
            .with_expected("PRIVATE KEY (PKCS#8) or PUBLIC KEY (SPKI)")
            .with_received(shown(label))
            .with_hint(mend(label))),
    }
}

/// Whether somebody pasted a PEM or OpenSSH key, wherever in the bytes it begins.
pub(crate) fn is_key(bytes: &[u8]) -> bool {
    let holds = |mark: &str| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    let is_ssh = |mark: &str| bytes.trim_ascii_start().starts_with(mark.as_bytes());
    holds(BEGIN) || ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].into_iter().any(is_ssh)
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>> {
    let compact: Zeroizing<Vec<u8>> =
        Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    base64url::decode_standard(&compact)
        .map(Zeroizing::new)
        .map_err(|_| Error::new(Reason::KeyMalformed, "the PEM block is not base64"))
}

fn not_pem() -> Error {
    Error::new(Reason::KeyMalformed, "the bytes are not PEM").with_expected("-----BEGIN ... -----END ...")
}

fn mend(label: &str) -> &'static str {
    match label {
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            "convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem -out key8.pem`"
        }
        "ENCRYPTED PRIVATE KEY" => "decrypt it with `openssl pkcs8 -in key.pem -out key8.pem`",
        "OPENSSH PRIVATE KEY" => "convert a copy with `ssh-keygen -p -m PKCS8 -f key`",
        "RSA PUBLIC KEY" => "convert it with `openssl rsa -RSAPublicKey_in -in key.pem -pubout`",
        "CERTIFICATE" => "take its key out with `openssl x509 -in cert.pem -noout -pubkey`",
        _ => "export the key as PKCS#8 or SPKI",
    }
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
