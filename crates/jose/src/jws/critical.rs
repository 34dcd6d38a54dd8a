//! `crit` and `b64`: the one place that decides about them, for every form of JWS and for JWT (RFC 7515 section
//! 4.1.11, RFC 7797).
//!
//! Not here: where the members were found. What reaches this module comes from a protected header; unprotected ones
//! are refused before, because anybody can add them.

use std::borrow::Cow;

use crate::Result;
use crate::error::{Error, Reason, shown};
use crate::json::{self, Limits, Value};

use super::header::PLACE;

/// Extensions somebody understands.
pub(crate) type Extensions = &'static [&'static str];

/// A JWT is never unencoded (RFC 7797 section 7).
pub(crate) const OF_JWT: Extensions = &[];

pub(crate) const OF_JWS: Extensions = &["b64"];

/// How the payload stands in the signing input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64url,
    /// `"b64": false`: the bytes themselves.
    Unencoded,
}

/// Judges `crit` and `b64` of the protected header whose JSON text is `header`.
pub(super) fn judge(
    crit: Option<Value<'_>>,
    b64: Option<Value<'_>>,
    header: &str,
    understood: Extensions,
) -> Result<()> {
    let names = crit.map(|crit| names(crit, header)).transpose()?.unwrap_or_default();
    if let Some(foreign) = names.iter().find(|name| !understood.contains(&&***name)) {
        return Err(Error::new(Reason::CritUnsupported, "an extension that must be understood and is not")
            .with_received(shown(foreign)));
    }
    match b64 {
        None | Some(Value::Bool(true)) => Ok(()),
        // RFC 7797 section 6: who does not know `b64` would check something else than was signed.
        Some(_) if !names.iter().any(|name| name == "b64") => Err(malformed("`b64` without `crit`")),
        Some(Value::Bool(false)) => Ok(()),
        Some(value) => Err(malformed("`b64` is no boolean").with_received(value.kind())),
    }
}

/// The names in `crit`, once its own rules are kept.
fn names<'a>(crit: Value<'a>, header: &str) -> Result<Vec<Cow<'a, str>>> {
    let Value::Array(array) = crit else {
        return Err(malformed("`crit` is no array").with_received(crit.kind()));
    };
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for element in json::elements(array) {
        let Some(name) = element.as_str() else {
            return Err(malformed("`crit` holds more than strings").with_received(element.kind()));
        };
        let name = name.decode();
        if REGISTERED.contains(&&*name) {
            return Err(malformed("`crit` names a member that is no extension").with_received(shown(&name)));
        }
        if names.contains(&name) {
            return Err(malformed("`crit` names a member twice").with_received(shown(&name)));
        }
        // Each name is looked for in the whole header, so their number is what an attacker would raise.
        if names.len() == MAX_NAMES {
            return Err(malformed("`crit` names more members than there are extensions"));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(malformed("`crit` is empty"));
    }
    let is_absent = |name: &&Cow<'_, str>| {
        let mut is_there = false;
        let read = json::object(header.as_bytes(), Limits::STRICT, |member| is_there |= member.name.is(name));
        read.is_err() || !is_there
    };
    match names.iter().find(is_absent) {
        Some(absent) => {
            Err(malformed("`crit` names a member that is not there").with_received(shown(absent)))
        }
        None => Ok(names),
    }
}

pub(super) fn malformed(detail: &'static str) -> Error {
    Error::new(Reason::CritMalformed, detail).within(PLACE)
}

/// All registered extensions together are fewer.
const MAX_NAMES: usize = 16;

/// Of RFC 7515, 7516 and 7518; these must not be listed as critical.
const REGISTERED: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk",
    "apu", "apv", "iv", "tag", "p2s", "p2c",
];
