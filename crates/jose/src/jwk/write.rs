//! From numbers to JSON: members in a fixed order, text escaped by serde.

use zeroize::Zeroizing;

use super::Jwk;
use crate::base64url;
use crate::material::Material;

/// The caller hands over a public key.
pub(super) fn public(jwk: &Jwk, out: &mut String) {
    let mut object = Object::open(out);
    numbers(&jwk.material, &mut object);
    labels(jwk, &mut object);
    object.close();
}

/// With the private numbers. The buffer is wiped, and so large that it does not move while it grows.
pub(super) fn private(jwk: &Jwk) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(16 * 1024));
    let mut object = Object::open(&mut out);
    numbers(&jwk.material, &mut object);
    match &jwk.material {
        Material::Oct(_) => {}
        Material::Rsa(rsa) => {
            if let Some(private) = &rsa.private {
                let crate::material::RsaPrivate { d, p, q, dp, dq, qi } = &**private;
                for (name, number) in [("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", qi)] {
                    object.bytes(name, number);
                }
            }
        }
        Material::Ec(ec) => ec.d.iter().for_each(|d| object.bytes("d", d)),
        Material::Ed25519(okp) => okp.d.iter().for_each(|d| object.bytes("d", d)),
    }
    labels(jwk, &mut object);
    object.close();
    out
}

/// RFC 7638 section 3.2: the required members in the order of their names.
pub(super) fn canonical(material: &Material) -> Zeroizing<String> {
    // Room enough that the text never moves and leaves a copy of a secret behind.
    let room = if let Material::Oct(secret) = material { 2 * secret.len() + 64 } else { 2048 };
    let mut out = Zeroizing::new(String::with_capacity(room));
    let mut object = Object::open(&mut out);
    match material {
        Material::Oct(secret) => {
            object.bytes("k", secret);
            object.word("kty", "oct");
        }
        Material::Rsa(rsa) => {
            object.bytes("e", &rsa.e);
            object.word("kty", "RSA");
            object.bytes("n", &rsa.n);
        }
        Material::Ec(ec) => {
            object.word("crv", ec.curve.name());
            object.word("kty", "EC");
            object.bytes("x", &ec.x);
            object.bytes("y", &ec.y);
        }
        Material::Ed25519(okp) => {
            object.word("crv", "Ed25519");
            object.word("kty", "OKP");
            object.bytes("x", &okp.x);
        }
    }
    object.close();
    out
}

fn numbers(material: &Material, object: &mut Object<'_>) {
    match material {
        Material::Oct(secret) => {
            object.word("kty", "oct");
            object.bytes("k", secret);
        }
        Material::Rsa(rsa) => {
            object.word("kty", "RSA");
            object.bytes("n", &rsa.n);
            object.bytes("e", &rsa.e);
        }
        Material::Ec(ec) => {
            object.word("kty", "EC");
            object.word("crv", ec.curve.name());
            object.bytes("x", &ec.x);
            object.bytes("y", &ec.y);
        }
        Material::Ed25519(okp) => {
            object.word("kty", "OKP");
            object.word("crv", "Ed25519");
            object.bytes("x", &okp.x);
        }
    }
}

fn labels(jwk: &Jwk, object: &mut Object<'_>) {
    let texts = [("kid", &jwk.kid), ("use", &jwk.usage), ("alg", &jwk.alg)];
    for (name, text) in texts {
        if let Some(text) = text {
            object.text(name, text);
        }
    }
    if let Some(ops) = &jwk.key_ops {
        object.value("key_ops", &serde_json::Value::from(ops.clone()).to_string());
    }
}

struct Object<'a> {
    out: &'a mut String,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out }
    }

    fn name(&mut self, name: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.name(name);
        self.out.push('"');
        base64url::encode_into(bytes, self.out);
        self.out.push('"');
    }

    /// Text that needs no escapes.
    fn word(&mut self, name: &str, word: &'static str) {
        self.name(name);
        self.out.push('"');
        self.out.push_str(word);
        self.out.push('"');
    }

    fn text(&mut self, name: &str, text: &str) {
        self.value(name, &serde_json::Value::from(text).to_string());
    }

    fn value(&mut self, name: &str, json: &str) {
        self.name(name);
        self.out.push_str(json);
    }

    fn close(self) {
        self.out.push('}');
    }
}
