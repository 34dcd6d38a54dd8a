//! What the label of a block promises, and the words for what is no PEM at all.

use crate::der::Document;
use crate::error::{Error, Reason};

pub(super) enum Kind {
    /// A document that can be read.
    Holds(Document),
    /// Curve parameters, which OpenSSL writes before an EC key and which say nothing new.
    Parameters,
    /// Something else, and how to make a key of it.
    Other(&'static str),
}

impl Kind {
    pub(super) fn of(label: &str) -> Self {
        Self::Holds(match label {
            "PRIVATE KEY" => Document::Pkcs8,
            "PUBLIC KEY" => Document::Spki,
            "RSA PRIVATE KEY" => Document::RsaPrivate,
            "RSA PUBLIC KEY" => Document::RsaPublic,
            "EC PRIVATE KEY" => Document::Sec1,
            "CERTIFICATE" | "X509 CERTIFICATE" => Document::Certificate,
            "EC PARAMETERS" => return Self::Parameters,
            _ => return Self::Other(mend(label)),
        })
    }
}

fn mend(label: &str) -> &'static str {
    match label {
        "ENCRYPTED PRIVATE KEY" => "decrypt it with `openssl pkcs8 -in key.pem -out plain.pem`",
        "OPENSSH PRIVATE KEY" => {
            "convert a copy with `ssh-keygen -p -N '' -m PKCS8 -f copy-of-key`; it cannot for Ed25519: make a new key with `jotgate key generate Ed25519`"
        }
        "TRUSTED CERTIFICATE" => "make it plain with `openssl x509 -in cert.pem -out plain.pem`",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            "take its key out with `openssl req -in request.pem -noout -pubkey -out public.pem`"
        }
        "PKCS7" => "take the certificates out with `openssl pkcs7 -in file.p7b -print_certs -out certs.pem`",
        "DSA PRIVATE KEY" | "DH PARAMETERS" | "X9.42 DH PARAMETERS" => {
            "JOSE has no algorithm for it; make a new key with `jotgate key generate`"
        }
        _ if label.starts_with("PGP ") => {
            "an OpenPGP key is not used with tokens; make a new key with `jotgate key generate`"
        }
        _ => "export the key as PKCS#8 (private) or SPKI (public)",
    }
}

/// What a text without a BEGIN line is, as far as its beginning tells.
pub(super) fn not_pem(text: &str) -> Error {
    let begins = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    let (received, hint) = if begins(&["{", "["]) {
        let hint = match (text.contains("private_key"), text.contains("\"kty\"") || text.contains("\"keys\""))
        {
            (true, _) => "this is a service account's file: take the text of its member `private_key`",
            (_, true) => "read it as a JWK or JWK Set instead",
            _ => "take the key out of the JSON",
        };
        ("JSON", hint)
    } else if begins(&["ssh-", "ecdsa-sha2-", "sk-"]) {
        ("an OpenSSH public key", "convert it with `ssh-keygen -e -m PKCS8 -f key.pub` (not for Ed25519)")
    } else if begins(&["---- BEGIN SSH2"]) {
        (
            "an SSH2 public key",
            "convert it with `ssh-keygen -i -f key.pub > openssh.pub` and `ssh-keygen -e -m PKCS8 -f openssh.pub`",
        )
    } else if begins(&["PuTTY-User-Key-File"]) {
        (
            "a PuTTY key",
            "convert it with `puttygen key.ppk -O private-openssh -o key` and `ssh-keygen -p -N '' -m PKCS8 -f key`",
        )
    } else if begins(&["<"]) {
        (
            "XML or HTML",
            "export the key as PEM; .NET has `ExportPkcs8PrivateKeyPem` and `ExportSubjectPublicKeyInfoPem`",
        )
    } else if text.is_empty() {
        ("nothing", "is the file or the variable empty?")
    } else if text.contains("BEGIN") {
        ("a broken BEGIN line", "it has five dashes, one space, the label and five dashes")
    } else {
        ("other text", "a key in PEM begins with `-----BEGIN`")
    };
    Error::new(Reason::KeyMalformed, "the text is not PEM")
        .with_expected("-----BEGIN ... -----END ...")
        .with_received(received)
        .with_hint(hint)
}
