//! The protected header: written in one fixed form, read strictly (RFC 7515 sections 4 and 5.2).
//!
//! Of what a header can hold only `alg`, `kid` and `typ` have a say. `jwk`, `jku`, `x5c` and their like are never
//! looked at, because a token must not bring its own key.

use std::borrow::Cow;

use super::Extras;
use crate::error::{Error, Reason, shown};
use crate::json::{self, Limits, Str, Value};
use crate::{Algorithm, Result, base64url};

/// What a header says that matters here.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<Cow<'a, str>>,
    pub(crate) typ: Option<Cow<'a, str>>,
    pub(crate) cty: Option<Cow<'a, str>>,
}

/// The encoded header of a token: always the same bytes for the same key and type, so that a verifier can know
/// them beforehand.
pub(crate) fn encode(alg: &str, extras: &Extras<'_>, kid: Option<&str>) -> String {
    let mut json = format!("{{\"alg\":\"{alg}\"");
    for (name, text) in [("typ", extras.typ), ("cty", extras.cty), ("kid", kid)] {
        if let Some(text) = text {
            json.push_str(&format!(",\"{name}\":{}", serde_json::Value::from(text)));
        }
    }
    json.push('}');
    base64url::encode(json.as_bytes())
}

/// Reads a decoded header.
pub(crate) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut seen = Seen::default();
    let text = json::object(bytes, Limits::STRICT, |member| seen.take(member.name, member.value))
        .map_err(|flaw| flaw.within(PLACE))?;
    if let Some(crit) = seen.crit {
        return Err(refuse_crit(crit, text));
    }
    // RFC 7797 section 6: unencoded payloads must be announced in `crit`, which was just found absent.
    if seen.b64.is_some_and(|value| !matches!(value, Value::Bool(true))) {
        return Err(Error::new(Reason::CritMalformed, "`b64` without `crit`").within(PLACE));
    }
    Ok(Header {
        algorithm: algorithm(seen.alg)?,
        kid: seen.kid.map(kid).transpose()?,
        typ: seen.typ.map(|value| media_type(value, "typ")).transpose()?,
        cty: seen.cty.map(|value| media_type(value, "cty")).transpose()?,
    })
}

#[derive(Default)]
struct Seen<'a> {
    alg: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    typ: Option<Value<'a>>,
    cty: Option<Value<'a>>,
    crit: Option<Value<'a>>,
    b64: Option<Value<'a>>,
}

impl<'a> Seen<'a> {
    fn take(&mut self, name: Str<'a>, value: Value<'a>) {
        let slots = [
            ("alg", &mut self.alg),
            ("kid", &mut self.kid),
            ("typ", &mut self.typ),
            ("cty", &mut self.cty),
            ("crit", &mut self.crit),
            ("b64", &mut self.b64),
        ];
        for (known, slot) in slots {
            if name.is(known) {
                *slot = Some(value);
            }
        }
    }
}

fn algorithm(value: Option<Value<'_>>) -> Result<Algorithm> {
    let refuse = |detail| Error::new(Reason::AlgUnknown, detail).within(PLACE);
    let value = value.ok_or_else(|| refuse("no `alg`"))?;
    let name =
        value.as_str().ok_or_else(|| refuse("`alg` is no string").with_received(value.kind()))?.decode();
    Algorithm::from_name(&name).ok_or_else(|| {
        if name.eq_ignore_ascii_case("none") {
            return Error::new(Reason::AlgNone, "the token says it is unsigned").with_received(shown(&name));
        }
        refuse("an `alg` this library does not offer").with_received(shown(&name))
    })
}

/// A name to compare with, nothing else: no path, no query, no address.
fn kid(value: Value<'_>) -> Result<Cow<'_, str>> {
    let refuse = |detail| Error::new(Reason::KeyUnknownKid, detail);
    let kid =
        value.as_str().ok_or_else(|| refuse("`kid` is no string").with_received(value.kind()))?.decode();
    if kid.is_empty() {
        return Err(refuse("`kid` is empty"));
    }
    if kid.len() > MAX_KID {
        return Err(refuse("`kid` is longer than any key's").with_expected("at most 512 bytes"));
    }
    Ok(kid)
}

fn media_type<'a>(value: Value<'a>, name: &'static str) -> Result<Cow<'a, str>> {
    let text = value.as_str().ok_or_else(|| {
        Error::new(Reason::TypMismatch, "a media type in the header is no string")
            .with_expected(format!("`{name}` as a string"))
            .with_received(value.kind())
    })?;
    Ok(text.decode())
}

/// Always a refusal, because no extension is understood yet; this finds the most telling one (section 4.1.11).
fn refuse_crit(crit: Value<'_>, header: &str) -> Error {
    let malformed = |detail| Error::new(Reason::CritMalformed, detail).within(PLACE);
    let Value::Array(array) = crit else {
        return malformed("`crit` is no array").with_received(crit.kind());
    };
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for element in json::elements(array) {
        let Some(name) = element.as_str() else {
            return malformed("`crit` holds more than strings").with_received(element.kind());
        };
        let name = name.decode();
        if REGISTERED.contains(&&*name) {
            return malformed("`crit` names a member that is no extension").with_received(shown(&name));
        }
        if names.contains(&name) {
            return malformed("`crit` names a member twice").with_received(shown(&name));
        }
        names.push(name);
    }
    let Some(first) = names.first() else {
        return malformed("`crit` is empty");
    };
    for name in &names {
        let mut is_there = false;
        let _ = json::object(header.as_bytes(), Limits::STRICT, |member| is_there |= member.name.is(name));
        if !is_there {
            return malformed("`crit` names a member that is not there").with_received(shown(name));
        }
    }
    Error::new(Reason::CritUnsupported, "an extension that must be understood and is not")
        .with_received(shown(first))
}

pub(crate) const PLACE: &str = "the header";

const MAX_KID: usize = 512;

/// Of RFC 7515, 7516 and 7518; these must not be listed as critical.
const REGISTERED: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk",
    "apu", "apv", "iv", "tag", "p2s", "p2c",
];
