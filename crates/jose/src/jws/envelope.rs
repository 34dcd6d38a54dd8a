//! The JSON forms: one object with a payload and its signatures (RFC 7515 section 7.2), taken apart, not yet judged.
//!
//! Strict where two readers could see two documents: no name twice, no mixture of the flattened and the general
//! form, every member of its type. Unknown members are passed over, as the RFC demands.

use std::borrow::Cow;

use super::{MAX_LEN, MAX_SIGNATURES, compact, header};
use crate::error::{Error, Reason};
use crate::json::{self, Limits, Member, Value};
use crate::{Result, base64url};

/// A JWS in one of its JSON forms.
pub(super) struct Envelope<'a> {
    /// As it stands; absent where it travels by other means.
    pub(super) payload: Option<Cow<'a, str>>,
    /// At least one.
    pub(super) signatures: Vec<Received<'a>>,
}

/// One signature with its headers, as received.
pub(super) struct Received<'a> {
    pub(super) protected: Option<Cow<'a, str>>,
    /// JSON text that was already found sound.
    pub(super) unprotected: Option<&'a str>,
    pub(super) signature: Cow<'a, str>,
}

impl Received<'_> {
    pub(super) fn decode_protected(&self) -> Result<Option<Vec<u8>>> {
        let decode =
            |text: &str| base64url::decode(text).map_err(|_| compact::not_base64(text, header::PLACE));
        self.protected.as_deref().map(decode).transpose()
    }
}

impl<'a> From<compact::Parts<'a>> for Received<'a> {
    fn from(parts: compact::Parts<'a>) -> Self {
        Self { protected: Some(parts.header.into()), unprotected: None, signature: parts.signature.into() }
    }
}

impl<'a> Envelope<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self> {
        compact::fits(text, MAX_LEN)?;
        let mut members = Members::default();
        json::object(text.as_bytes(), Limits::STRICT, |member| members.take(member))
            .map_err(|flaw| flaw.within("the JWS"))?;
        if members.ciphertext.is_some() {
            return Err(wrong("an encrypted object (JWE) where a signed one is wanted"));
        }
        let payload = members.payload.map(|value| string(value, "`payload` is no string")).transpose()?;
        let signatures = match members.signatures {
            None => vec![members.signature()?],
            Some(_) if members.has_own_signature() => {
                return Err(wrong("members of the flattened and of the general form"));
            }
            Some(Value::Array(array)) => several(array)?,
            Some(value) => {
                return Err(wrong("`signatures` is no array").with_received(value.kind()));
            }
        };
        Ok(Self { payload, signatures })
    }
}

fn several(array: &str) -> Result<Vec<Received<'_>>> {
    // Because each of them may cost the checking of a signature.
    if json::elements(array).nth(MAX_SIGNATURES).is_some() {
        return Err(Error::new(Reason::MalformedSize, "too many signatures").with_expected("at most 16"));
    }
    let signatures = json::elements(array)
        .map(|element| {
            let Value::Object(object) = element else {
                return Err(wrong("a signature is no object").with_received(element.kind()));
            };
            let mut members = Members::default();
            json::object(object.as_bytes(), Limits::STRICT, |member| members.take(member))
                .map_err(|flaw| flaw.within("a signature"))?;
            members.signature()
        })
        .collect::<Result<Vec<_>>>()?;
    if signatures.is_empty() { Err(wrong("no signature at all")) } else { Ok(signatures) }
}

/// The members of the envelope, or of one element of `signatures`, that mean something.
#[derive(Default)]
struct Members<'a> {
    payload: Option<Value<'a>>,
    signatures: Option<Value<'a>>,
    protected: Option<Value<'a>>,
    header: Option<Value<'a>>,
    signature: Option<Value<'a>>,
    ciphertext: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    fn take(&mut self, member: Member<'a>) {
        let slots = [
            ("payload", &mut self.payload),
            ("signatures", &mut self.signatures),
            ("protected", &mut self.protected),
            ("header", &mut self.header),
            ("signature", &mut self.signature),
            ("ciphertext", &mut self.ciphertext),
        ];
        for (known, slot) in slots {
            if member.name.is(known) {
                *slot = Some(member.value);
            }
        }
    }

    fn has_own_signature(&self) -> bool {
        self.protected.is_some() || self.header.is_some() || self.signature.is_some()
    }

    fn signature(&self) -> Result<Received<'a>> {
        let protected = self.protected.map(|value| string(value, "`protected` is no string")).transpose()?;
        let unprotected = match self.header {
            None => None,
            Some(Value::Object(text)) => Some(text),
            Some(value) => return Err(wrong("`header` is no object").with_received(value.kind())),
        };
        let signature = self.signature.ok_or_else(|| wrong("a JSON form without `signature`"))?;
        Ok(Received { protected, unprotected, signature: string(signature, "`signature` is no string")? })
    }
}

fn string<'a>(value: Value<'a>, otherwise: &'static str) -> Result<Cow<'a, str>> {
    let text = value.as_str().ok_or_else(|| wrong(otherwise).with_received(value.kind()))?;
    Ok(text.decode())
}

fn wrong(detail: &'static str) -> Error {
    Error::new(Reason::MalformedParts, detail)
}
