//! The test keys of `interop/keys`, which are public and protect nothing.

use std::fs;
use std::path::{Path, PathBuf};

/// Who issues the tokens.
pub const ISSUER: &str = "https://id.example";
/// Whom they are for.
pub const AUDIENCE: &str = "api";
/// The name of every key.
pub const KID: &str = "interop";

/// A file of `interop/`.
#[must_use]
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The shared secret of all three HMAC algorithms: 64 bytes, enough for HS512.
#[must_use]
pub fn secret() -> Vec<u8> {
    read("secret")
}

/// PKCS#8.
#[must_use]
pub fn private_pem(algorithm: &str) -> String {
    text(&format!("{}.pem", name(algorithm)))
}

/// SubjectPublicKeyInfo.
#[must_use]
pub fn public_pem(algorithm: &str) -> String {
    text(&format!("{}.pub.pem", name(algorithm)))
}

/// The same in DER.
#[must_use]
pub fn private_der(algorithm: &str) -> Vec<u8> {
    der(&private_pem(algorithm))
}

/// The same in DER.
#[must_use]
pub fn public_der(algorithm: &str) -> Vec<u8> {
    der(&public_pem(algorithm))
}

fn name(algorithm: &str) -> &'static str {
    match algorithm {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        "EdDSA" | "Ed25519" => "ed25519",
        _ => "rsa",
    }
}

fn der(pem: &str) -> Vec<u8> {
    let mut bits = (0u32, 0);
    let mut out = Vec::new();
    for letter in pem.lines().filter(|line| !line.starts_with("-----")).flat_map(str::bytes) {
        let Some(value) = ALPHABET.iter().position(|&known| known == letter) else { continue };
        bits = (bits.0 << 6 | value as u32, bits.1 + 6);
        if bits.1 >= 8 {
            bits.1 -= 8;
            out.push((bits.0 >> bits.1) as u8);
        }
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn text(name: &str) -> String {
    String::from_utf8(read(name)).expect("PEM is text")
}

fn read(name: &str) -> Vec<u8> {
    let file = file("keys").join(name);
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
