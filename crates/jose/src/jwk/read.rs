//! From JSON to numbers. Every member is looked at once; an encoding that could be spelled in two ways is refused.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::Jwk;
use crate::error::{Error, Reason, shown};
use crate::json::{self, Limits, Str, Value};
use crate::material::{Curve, Ec, Ed25519, Material, Rsa, RsaPrivate, Secret};
use crate::{Result, base64url, der};

pub(super) fn jwk(json: &[u8]) -> Result<Jwk> {
    let mut members = Members::default();
    json::object(json, Limits::STRICT, |member| members.take(member.name, member.value))
        .map_err(|flaw| flaw.within("the key"))?;
    let kty = members.text("kty")?.ok_or_else(|| missing("kty"))?;
    let material = match &*kty {
        "oct" => Material::Oct(members.secret("k")?),
        "RSA" => rsa(&members)?,
        "EC" => ec(&members)?,
        "OKP" => okp(&members)?,
        _ => {
            return Err(Error::new(Reason::KeyUnsupported, "another `kty` than this library offers")
                .with_expected("EC, RSA, OKP or oct")
                .with_received(shown(&kty)));
        }
    };
    if let Some(first) = members.first_certificate()? {
        // RFC 7517 section 4.7: that certificate is of this key. It is compared and then forgotten, because it is no
        // reason to trust the key.
        if !der::certificate(&first)?.is_same_public(&material) {
            return Err(Error::new(Reason::KeyMalformed, "the certificate in `x5c` is of another key"));
        }
    }
    Ok(Jwk {
        material,
        // An empty name names nothing, and no token may carry it.
        kid: members.text("kid")?.filter(|kid| !kid.is_empty()).map(Cow::into_owned),
        alg: members.text("alg")?.map(Cow::into_owned),
        usage: members.text("use")?.map(Cow::into_owned),
        key_ops: members.key_ops()?,
    })
}

fn rsa(members: &Members<'_>) -> Result<Material> {
    let (n, e) = (members.number("n")?, members.number("e")?);
    if members.has("oth") {
        return Err(Error::new(Reason::KeyUnsupported, "RSA keys with more than two primes are not offered"));
    }
    let private = if members.has("d") {
        if !members.has("p") {
            return Err(Error::new(Reason::KeyUnsupported, "the private RSA key lacks its primes")
                .with_expected("p, q, dp, dq and qi beside d"));
        }
        Some(Box::new(RsaPrivate {
            d: members.secret_number("d")?,
            p: members.secret_number("p")?,
            q: members.secret_number("q")?,
            dp: members.secret_number("dp")?,
            dq: members.secret_number("dq")?,
            qi: members.secret_number("qi")?,
        }))
    } else {
        None
    };
    Ok(Material::Rsa(Rsa { n, e, private }))
}

fn ec(members: &Members<'_>) -> Result<Material> {
    let name = members.text("crv")?.ok_or_else(|| missing("crv"))?;
    let curve = Curve::from_name(&name).ok_or_else(|| unsupported_curve(&name, "P-256, P-384 or P-521"))?;
    let d = members.has("d").then(|| members.fixed("d", curve.len())).transpose()?;
    Ok(Material::Ec(Ec {
        curve,
        x: members.fixed("x", curve.len())?.to_vec(),
        y: members.fixed("y", curve.len())?.to_vec(),
        d,
    }))
}

fn okp(members: &Members<'_>) -> Result<Material> {
    let name = members.text("crv")?.ok_or_else(|| missing("crv"))?;
    if name != "Ed25519" {
        return Err(unsupported_curve(&name, "Ed25519"));
    }
    let d = members.has("d").then(|| members.fixed("d", 32)).transpose()?;
    Ok(Material::Ed25519(Ed25519 { x: members.fixed("x", 32)?.to_vec(), d }))
}

/// The members that mean something here, each in its place.
#[derive(Default)]
struct Members<'a>([Option<Value<'a>>; KNOWN.len()]);

const KNOWN: [&str; 20] = [
    "kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth",
    "k", "priv", "x5c",
];

impl<'a> Members<'a> {
    fn take(&mut self, name: Str<'a>, value: Value<'a>) {
        if let Some(at) = KNOWN.iter().position(|known| name.is(known)) {
            self.0[at] = Some(value);
        }
    }

    fn value(&self, name: &str) -> Option<Value<'a>> {
        self.0[KNOWN.iter().position(|known| *known == name)?]
    }

    fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn text(&self, name: &'static str) -> Result<Option<Cow<'a, str>>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| wrong_type(name, "a string", value))?.decode();
        if text.len() > MAX_TEXT {
            return Err(Error::new(
                Reason::KeyMalformed,
                "a member of the key is longer than any honest one",
            )
            .with_expected(format!("`{name}` of at most {MAX_TEXT} bytes")));
        }
        Ok(Some(text))
    }

    fn key_ops(&self) -> Result<Option<Vec<String>>> {
        let Some(value) = self.value("key_ops") else { return Ok(None) };
        let Value::Array(array) = value else { return Err(wrong_type("key_ops", "an array", value)) };
        let mut ops: Vec<String> = Vec::new();
        for element in json::elements(array) {
            let op = element.as_str().ok_or_else(|| wrong_type("key_ops", "an array of strings", element))?;
            if ops.iter().any(|known| op.is(known)) {
                return Err(Error::new(Reason::KeyMalformed, "`key_ops` lists one operation twice"));
            }
            ops.push(op.decode().into_owned());
        }
        Ok(Some(ops))
    }

    /// Base64 with padding, unlike everything else in a JWK.
    fn first_certificate(&self) -> Result<Option<Vec<u8>>> {
        let Some(value) = self.value("x5c") else { return Ok(None) };
        let Value::Array(array) = value else { return Err(wrong_type("x5c", "an array of strings", value)) };
        let first = json::elements(array).next().and_then(Value::as_str);
        let first = first.ok_or_else(|| wrong_type("x5c", "an array of strings", value))?;
        let decoded = base64url::decode_standard(first.decode().as_bytes());
        decoded.map(Some).map_err(|_| {
            Error::new(Reason::KeyMalformed, "the certificate in `x5c` is not base64")
                .with_expected("DER in padded base64, not base64url")
        })
    }

    fn secret(&self, name: &'static str) -> Result<Secret> {
        let value = self.value(name).ok_or_else(|| missing(name))?;
        let text = value.as_str().ok_or_else(|| wrong_type(name, "a string", value))?;
        let decoded = text.plain().and_then(|plain| base64url::decode(plain).ok());
        decoded.map(Zeroizing::new).ok_or_else(|| {
            Error::new(Reason::KeyMalformed, "a number of the key is not canonical base64url")
                .with_expected(format!("`{name}` in base64url without padding"))
        })
    }

    fn fixed(&self, name: &'static str, len: usize) -> Result<Secret> {
        let bytes = self.secret(name)?;
        if bytes.len() == len {
            return Ok(bytes);
        }
        Err(Error::new(Reason::KeyMalformed, "a number of the key has another length than its curve")
            .with_expected(format!("`{name}` of {len} bytes"))
            .with_received(format!("{} bytes", bytes.len())))
    }

    /// RFC 7518 section 2: as few bytes as possible, so no leading zero.
    fn number(&self, name: &'static str) -> Result<Vec<u8>> {
        let number = self.secret(name)?;
        if number.first().is_some_and(|byte| *byte != 0) {
            return Ok(number.to_vec());
        }
        Err(Error::new(Reason::KeyMalformed, "a number of the key is empty or has leading zeros")
            .with_expected(format!("`{name}` in as few bytes as possible")))
    }

    /// Private numbers: several libraries write them at the modulus's length, which only they ever see.
    fn secret_number(&self, name: &'static str) -> Result<Secret> {
        let number = self.secret(name)?;
        if number.iter().any(|byte| *byte != 0) {
            return Ok(number);
        }
        Err(Error::new(Reason::KeyMalformed, "a private number of the key is zero"))
    }
}

fn missing(name: &'static str) -> Error {
    Error::new(Reason::KeyMalformed, "the key lacks a member").with_expected(name)
}

fn wrong_type(name: &'static str, expected: &'static str, found: Value<'_>) -> Error {
    Error::new(Reason::KeyMalformed, "a member of the key has the wrong JSON type")
        .with_expected(format!("`{name}` as {expected}"))
        .with_received(found.kind())
}

fn unsupported_curve(name: &str, expected: &'static str) -> Error {
    Error::new(Reason::KeyUnsupported, "another curve than this library offers")
        .with_expected(expected)
        .with_received(shown(name))
}

/// Of `kid` and its like.
const MAX_TEXT: usize = 512;
