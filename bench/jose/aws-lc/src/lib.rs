//! What no library on aws-lc-rs can beat: its bare calls, keys parsed beforehand, message and signature at hand.

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair};
use aws_lc_rs::{hmac, rsa};
use jotgate_bench_common::{Algorithm, Cases, Keys};

type Sign = Box<dyn FnMut(&[u8])>;
type Verify = Box<dyn FnMut(&[u8], &[u8])>;

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        let token = keys.token(algorithm);
        let (message, signature) = token.rsplit_once('.').expect("a token has dots");
        let (message, signature) = (message.as_bytes().to_vec(), base64url(signature));
        let (mut sign, mut verify) =
            if algorithm.is_hmac() { mac(algorithm, &keys) } else { pair(algorithm, &keys) };
        let again = message.clone();
        cases.add(format!("sign/{}", algorithm.name), move || sign(black_box(&again)));
        cases.add(format!("verify/{}", algorithm.name), move || {
            verify(black_box(&message), black_box(&signature))
        });
    }
    cases
}

fn mac(algorithm: Algorithm, keys: &Keys) -> (Sign, Verify) {
    let hash = match algorithm.name {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    };
    let key = hmac::Key::new(hash, &keys.secret());
    let again = key.clone();
    let sign = move |message: &[u8]| {
        black_box(hmac::sign(&key, message));
    };
    let verify = move |message: &[u8], tag: &[u8]| hmac::verify(&again, message, tag).expect("a good tag");
    (Box::new(sign), Box::new(verify))
}

fn pair(algorithm: Algorithm, keys: &Keys) -> (Sign, Verify) {
    let private = keys.private_der(algorithm);
    let public = keys.public_der(algorithm);
    match &algorithm.name[..2] {
        "ES" => ecdsa(algorithm, &private, &public),
        "Ed" => {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&private).expect("a PKCS#8 key");
            let sign = move |message: &[u8]| {
                black_box(key.sign(message));
            };
            (Box::new(sign), parsed(&signature::ED25519, &public))
        }
        _ => rsa(algorithm, &private, &public),
    }
}

fn ecdsa(algorithm: Algorithm, private: &[u8], public: &[u8]) -> (Sign, Verify) {
    let (signing, verifying) = match algorithm.name {
        "ES256" => (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &signature::ECDSA_P256_SHA256_FIXED),
        "ES384" => (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, &signature::ECDSA_P384_SHA384_FIXED),
        _ => (&signature::ECDSA_P521_SHA512_FIXED_SIGNING, &signature::ECDSA_P521_SHA512_FIXED),
    };
    let key = EcdsaKeyPair::from_pkcs8(signing, private).expect("a PKCS#8 key");
    let sign = move |message: &[u8]| {
        black_box(key.sign(&SystemRandom::new(), message).expect("signing works"));
    };
    (Box::new(sign), parsed(verifying, public))
}

fn rsa(algorithm: Algorithm, private: &[u8], public: &[u8]) -> (Sign, Verify) {
    let (signing, verifying): (&'static dyn signature::RsaEncoding, _) = match algorithm.name {
        "RS256" => (&signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => (&signature::RSA_PKCS1_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => (&signature::RSA_PKCS1_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => (&signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => (&signature::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384),
        _ => (&signature::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512),
    };
    let key: rsa::KeyPair = RsaKeyPair::from_pkcs8(private).expect("a PKCS#8 key");
    let mut out = vec![0; key.public_modulus_len()];
    let sign = move |message: &[u8]| {
        key.sign(signing, &SystemRandom::new(), message, &mut out).expect("signing works");
        black_box(&out);
    };
    (Box::new(sign), parsed(verifying, public))
}

fn parsed(algorithm: &'static dyn signature::VerificationAlgorithm, public: &[u8]) -> Verify {
    let key = ParsedPublicKey::new(algorithm, public).expect("a SubjectPublicKeyInfo");
    Box::new(move |message, signature| key.verify_sig(message, signature).expect("a good signature"))
}

fn base64url(text: &str) -> Vec<u8> {
    let mut bits = (0u32, 0);
    let mut out = Vec::new();
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|&known| known == letter).expect("a good token");
        bits = (bits.0 << 6 | value as u32, bits.1 + 6);
        if bits.1 >= 8 {
            bits.1 -= 8;
            out.push((bits.0 >> bits.1) as u8);
        }
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
