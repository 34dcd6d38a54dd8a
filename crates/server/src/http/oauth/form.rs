//! What a client sends: a form whose parameters stand in it once each (RFC 6749 section 3.2 and appendix B).
//!
//! Decoded strictly: what two readers could read in two ways is refused, because one of them may be a proxy that looked
//! for something.

use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use jotgate_token::reason;

use crate::{
    error::{Error, Refused},
    http::{
        body::{media_type, read},
        front::Front,
    },
};

/// The parameters of a form. Empty ones count as left out.
pub(in crate::http) struct Parameters(Vec<(String, String)>);

impl FromRequest<Front> for Parameters {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Front) -> Result<Self, Error> {
        let kind = media_type(request.headers()).map(|kind| kind.name);
        let is_plain = !has(request.headers(), header::CONTENT_ENCODING);
        if kind.as_deref() != Some("application/x-www-form-urlencoded") || !is_plain {
            let refused = invalid("The body is no form.").expected("application/x-www-form-urlencoded");
            return Err(refused.into());
        }
        let body = read(request.into_body()).await?;
        Self::parse(&body).map_err(|why| invalid(why).into())
    }
}

impl Parameters {
    fn parse(body: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| UNREADABLE)?;
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name).ok_or(UNREADABLE)?, decode(value).ok_or(UNREADABLE)?);
            // RFC 8707 section 2 lets this one come more than once.
            if name != "resource" && parameters.iter().any(|(known, _)| *known == name) {
                return Err("A parameter comes twice.");
            }
            if parameters.len() == MOST_PARAMETERS {
                return Err("The form has more parameters than any of ours.");
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// Takes a parameter out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.take_all(name).pop()
    }

    /// Takes every parameter of this name out.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<String> {
        let named = self.0.iter_mut().filter(|(known, value)| known == name && !value.is_empty());
        named.map(|(_, value)| std::mem::take(value)).collect()
    }
}

/// Percent-decodes a part of a form; `None` for what is no UTF-8 or holds a control character.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

pub(super) fn has(headers: &HeaderMap, name: header::HeaderName) -> bool {
    headers.get(name).is_some_and(|value| !value.is_empty())
}

pub(super) fn invalid(detail: &str) -> Refused {
    Refused::new(&reason::OAUTH_INVALID_REQUEST).detail(detail)
}

const UNREADABLE: &str = "The form cannot be read.";

/// Because each is compared with all before it.
const MOST_PARAMETERS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_and_an_empty_one_not_at_all() {
        let mut read = Parameters::parse(b"a=1&b=&resource=x&c&resource=y").unwrap();
        assert_eq!((read.take("a").as_deref(), read.take("b"), read.take("c")), (Some("1"), None, None));
        assert_eq!(read.take_all("resource"), ["x", "y"]);
        for bad in ["a=1&a=1", "a=1&a=", "a=%zz", "a=%f", "a=%00", "a=%ff", "a=%0a", "a=1&%61=1"] {
            assert!(Parameters::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Parameters::parse(&[b'a', b'=', 0xff]).is_err());
        let many: String = (0..51).map(|n| format!("p{n}=1&")).collect();
        assert!(Parameters::parse(many.as_bytes()).is_err());
    }

    #[test]
    fn spaces_and_signs_are_decoded() {
        assert_eq!(decode("a+b%20c%2B%C3%a4").as_deref(), Some("a b c+ä"));
    }
}
