//! The header of a signature: written in one fixed form, read strictly (RFC 7515 sections 4 and 5.2).
//!
//! Of what a header can hold only `alg`, `kid`, `typ`, `cty`, `crit` and `b64` have a say. `jwk`, `jku`, `x5c` and
//! their like are never looked at, because a token must not bring its own key.

use std::borrow::Cow;

use super::Extras;
use super::critical::{self, Encoding, Extensions};
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
    if extras.unencoded {
        json.push_str(",\"b64\":false,\"crit\":[\"b64\"]");
    }
    json.push('}');
    base64url::encode(json.as_bytes())
}

/// Reads the decoded header of a JWT, which knows no extensions.
pub(crate) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    Members::read(bytes)?.judge(critical::OF_JWT)
}

/// The members of a header that have a say, read but not yet judged.
#[derive(Default)]
pub(super) struct Members<'a> {
    /// The JSON of the protected header.
    protected: &'a str,
    pub(super) alg: Option<Value<'a>>,
    pub(super) kid: Option<Value<'a>>,
    typ: Option<Value<'a>>,
    cty: Option<Value<'a>>,
    crit: Option<Value<'a>>,
    b64: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    /// The members of a protected header.
    fn read(protected: &'a [u8]) -> Result<Self> {
        let mut members = Self::default();
        members.protected =
            json::object(protected, Limits::STRICT, |member| members.take(member.name, member.value))
                .map_err(|flaw| flaw.within(PLACE))?;
        Ok(members)
    }

    /// The members of both headers, of which each may be absent.
    pub(super) fn of(protected: Option<&'a [u8]>, unprotected: Option<&'a str>) -> Result<Self> {
        let mut members = protected.map(Self::read).transpose()?.unwrap_or_default();
        unprotected.map_or(Ok(()), |unprotected| members.join(unprotected))?;
        Ok(members)
    }

    /// Adds those of an unprotected header. Of them only `alg` and `kid` count: `alg` because a key carries its
    /// algorithm and a header can merely agree with it, whoever wrote it; `kid` because it only says where to look.
    /// `typ` and `cty` say what was signed, so they are taken from what was signed.
    fn join(&mut self, unprotected: &'a str) -> Result<()> {
        let mut names = self.protected_names();
        names.sort_unstable();
        let mut refused = None;
        json::object(unprotected.as_bytes(), Limits::STRICT, |member| {
            let name = member.name.decode();
            if names.binary_search(&name).is_ok() {
                refused.get_or_insert_with(|| twice(&name));
            } else if ["crit", "b64"].contains(&&*name) {
                refused
                    .get_or_insert_with(|| critical::malformed("`crit` and `b64` count only when protected"));
            } else if ["alg", "kid"].contains(&&*name) {
                self.take(member.name, member.value);
            }
        })
        .map_err(|flaw| flaw.within("the unprotected header"))?;
        refused.map_or(Ok(()), Err)
    }

    /// How the payload is signed, if the header is found good.
    pub(super) fn encoding(&self) -> Encoding {
        match self.b64 {
            Some(Value::Bool(false)) => Encoding::Unencoded,
            _ => Encoding::Base64url,
        }
    }

    /// What they say, if they keep to the rules.
    pub(super) fn judge(self, understood: Extensions) -> Result<Header<'a>> {
        critical::judge(self.crit, self.b64, self.protected, understood)?;
        Ok(Header {
            algorithm: algorithm(self.alg)?,
            kid: self.kid.map(kid).transpose()?,
            typ: self.typ.map(|value| media_type(value, "`typ` as a string")).transpose()?,
            cty: self.cty.map(|value| media_type(value, "`cty` as a string")).transpose()?,
        })
    }

    fn protected_names(&self) -> Vec<Cow<'a, str>> {
        let mut names = Vec::new();
        if !self.protected.is_empty() {
            // Cannot fail: the text was read before.
            let _ = json::object(self.protected.as_bytes(), Limits::STRICT, |member| {
                names.push(member.name.decode());
            });
        }
        names
    }

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

fn media_type<'a>(value: Value<'a>, expected: &'static str) -> Result<Cow<'a, str>> {
    let text = value.as_str().ok_or_else(|| {
        Error::new(Reason::TypMismatch, "a media type in the header is no string")
            .with_expected(expected)
            .with_received(value.kind())
    })?;
    Ok(text.decode())
}

/// RFC 7515 section 7.2.1: the two headers share no name, because two readers could take two values.
fn twice(name: &str) -> Error {
    Error::new(Reason::MalformedDuplicateMember, "a member in the protected and in the unprotected header")
        .with_received(shown(name))
}

pub(crate) const PLACE: &str = "the header";

const MAX_KID: usize = 512;
