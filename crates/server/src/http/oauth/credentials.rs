//! How a client shows who it is: `client_secret_basic`, `client_secret_post` or `private_key_jwt`, and one of them alone
//! (RFC 6749 section 2.3, RFC 7521 section 4.2).

use http::{HeaderMap, header};
use jotgate_jose::primitive::base64url;
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};

use super::form::{Parameters, decode, has, invalid};
use crate::{
    error::{Error, Refused},
    flow::authenticate_client::Credentials,
};

/// The credentials of a request.
pub(super) fn credentials(headers: &HeaderMap, form: &mut Parameters) -> Result<Credentials, Error> {
    let id = form.take("client_id");
    let secret = form.take("client_secret").map(SecretString::from);
    let kind = form.take("client_assertion_type");
    let text = form.take("client_assertion").map(SecretString::from);
    let in_header = has(headers, header::AUTHORIZATION);
    let ways = [in_header, secret.is_some(), kind.is_some() || text.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(invalid("The client shows who it is in more than one way.").into());
    }
    if in_header {
        return basic(headers, id);
    }
    match (id, secret, kind, text) {
        (Some(id), Some(secret), ..) => Ok(Credentials::Secret { id, secret }),
        (None, Some(_), ..) => Err(invalid("`client_id` is missing.").into()),
        (id, None, Some(kind), Some(text)) if kind == ASSERTION => Ok(Credentials::Assertion { id, text }),
        (_, None, Some(_), Some(_)) => {
            Err(invalid("`client_assertion_type` names no kind known here.").expected(ASSERTION).into())
        }
        (_, None, Some(_), None) => Err(invalid("`client_assertion` is missing.").into()),
        (_, None, None, Some(_)) => {
            Err(invalid("`client_assertion_type` is missing.").expected(ASSERTION).into())
        }
        (_, None, None, None) => Err(Refused::new(&reason::OAUTH_INVALID_CLIENT)
            .detail("The client did not show who it is.")
            .into()),
    }
}

/// Name and secret are encoded as in a form before they are put together, so that either may hold a colon.
fn basic(headers: &HeaderMap, beside: Option<String>) -> Result<Credentials, Error> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(invalid("There is more than one Authorization header.").into());
    };
    let unfit = || Refused::new(&reason::OAUTH_INVALID_CLIENT).expected("Basic BASE64(ID:SECRET)");
    let line = line.to_str().map_err(|_| unfit())?;
    let (scheme, rest) = line.split_once(' ').unwrap_or((line, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unfit().detail("The Authorization header uses another scheme than Basic.").into());
    }
    let text = base64(rest.trim_matches(' ')).ok_or_else(unfit)?;
    let (id, secret) = text.expose_secret().split_once(':').ok_or_else(unfit)?;
    let (id, secret) =
        (decode(id).ok_or_else(unfit)?, decode(secret).map(SecretString::from).ok_or_else(unfit)?);
    if beside.is_some_and(|beside| beside != id) {
        return Err(invalid("`client_id` is not the client of the Authorization header.").into());
    }
    Ok(Credentials::Secret { id, secret })
}

/// Standard base64 with padding (RFC 4648 section 4), which nothing else here uses.
fn base64(text: &str) -> Option<SecretString> {
    let is_padded = text.len().is_multiple_of(4);
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let turned = |byte: u8| match byte {
        b'+' => Some('-'),
        b'/' => Some('_'),
        byte if byte.is_ascii_alphanumeric() => Some(char::from(byte)),
        _ => None,
    };
    let turned: String = body.bytes().map(turned).collect::<Option<_>>()?;
    let bytes = base64url::decode(SecretString::from(turned).expose_secret()).ok().filter(|_| is_padded)?;
    String::from_utf8(bytes).ok().map(SecretString::from)
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one_with_padding() {
        let read = |text| base64(text).map(|text| text.expose_secret().to_owned());
        assert_eq!(read("YTpi").as_deref(), Some("a:b"));
        assert_eq!(read("YTpiYw==").as_deref(), Some("a:bc"));
        assert_eq!(read("Pz8/Pj4+").as_deref(), Some("???>>>"));
        for bad in ["YTpiYw", "YTpiYw=", "YTpi=", "Pz8_Pj4-", "YTp iYw==", "====", "YTpiYx=="] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
