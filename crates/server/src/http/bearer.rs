//! The access token of a request (RFC 6750): one header, one token, the scheme in any case. Nothing else counts:
//! a token in the URL ends in logs and histories, one in a form invites forged requests.

use axum::{extract::FromRequestParts, http::request};
use http::{HeaderMap, Uri, header};
use jotgate_token::reason;

use super::front::Front;
use crate::{
    error::{Error, Refused},
    flow::authenticate::{Caller, authenticate},
};

/// Whoever the request's access token stands for, after every check.
#[derive(Debug)]
pub(super) struct Bearer(pub(super) Caller);

impl FromRequestParts<Front> for Bearer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let token = token(&parts.headers, &parts.uri)?;
        authenticate(&front.app, token).await.map(Self)
    }
}

/// The token as it came, not yet looked into.
pub(super) fn token<'r>(headers: &'r HeaderMap, uri: &Uri) -> Result<&'r str, Error> {
    let in_query =
        uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("access_token=")));
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = match (lines.next(), lines.next()) {
        (None, _) if in_query => {
            return Err(Refused::new(&reason::TOKEN_MISSING)
                .detail("A token in the URL is not read.")
                .into());
        }
        (None, _) => return Err((&reason::TOKEN_MISSING).into()),
        (Some(_), None) if in_query => {
            return Err(repeated("one Authorization header and one token in the URL"));
        }
        (Some(_), Some(_)) => return Err(repeated("more than one Authorization header")),
        (Some(line), None) => line.to_str().map_err(|_| scheme("a header with bytes beyond ASCII"))?,
    };
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    if !name.eq_ignore_ascii_case("bearer") {
        return Err(scheme(&printable(name)));
    }
    match rest.trim_matches(' ') {
        "" => Err(Refused::new(&reason::TOKEN_MISSING).detail("The header has the word Bearer and no token.").into()),
        word @ ("undefined" | "null" | "[object Object]") => Err(Refused::new(&reason::TOKEN_MISSING)
            .detail(format!("The header has the word `{word}` where the token should be."))
            .hint("The variable that should hold the token was empty: it is `access_token` in the answer of login.")
            .into()),
        several if several.contains([' ', ',', '\t']) => Err(repeated("more than one word after Bearer")),
        token => Ok(token),
    }
}

fn repeated(received: &str) -> Error {
    Refused::new(&reason::TOKEN_REPEATED).expected("one header with one token").received(received).into()
}

fn scheme(received: &str) -> Error {
    Refused::new(&reason::TOKEN_SCHEME).expected("Bearer").received(received).into()
}

/// The scheme when it is one: a bare token must not be printed, and no scheme has dots or such a length.
fn printable(name: &str) -> String {
    let is_scheme = name.len() <= 20 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    if is_scheme { name.to_owned() } else { "a token without a scheme, or something else".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], uri: &str) -> Result<String, (u16, &'static str, Option<String>)> {
        let headers = lines.iter().map(|line| (header::AUTHORIZATION, line.parse().unwrap())).collect();
        match token(&headers, &uri.parse().unwrap()) {
            Ok(token) => Ok(token.to_owned()),
            Err(Error::Refused(refused)) => {
                Err((refused.reason.status, refused.reason.code, refused.received))
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn row_100_of_the_catalogue() {
        for good in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c", "Bearer a.b.c "] {
            assert_eq!(read(&[good], "/").as_deref(), Ok("a.b.c"), "{good}");
        }
        let code = |lines: &[&str], uri| read(lines, uri).map_err(|(status, code, _)| (status, code));
        let twice = Err((400, "token.repeated"));
        assert_eq!(code(&["Bearer a", "Bearer b"], "/"), twice);
        assert_eq!(code(&["Bearer a", "Basic b"], "/"), twice);
        assert_eq!(code(&["Bearer a, Bearer b"], "/"), twice);
        assert_eq!(code(&["Bearer a,b"], "/"), twice);
        assert_eq!(code(&["Bearer a"], "/?x=1&access_token=b"), twice);
        let missing = Err((401, "token.missing"));
        for lines in [&[][..], &["Bearer"], &["Bearer  "], &["Bearer undefined"]] {
            assert_eq!(code(lines, "/"), missing, "{lines:?}");
        }
        assert_eq!(code(&[], "/?access_token=b"), missing);
    }

    #[test]
    fn another_scheme_is_named_and_a_bare_token_is_not() {
        let received = |line| read(&[line], "/").unwrap_err();
        assert_eq!(received("Basic dXNlcjpwdw=="), (401, "token.scheme", Some("Basic".into())));
        assert_eq!(received("JWT eyJ.eyJ.sig").2.unwrap(), "JWT");
        for bare in ["eyJhbGciOiJFUzI1NiJ9.e30.sig", "supersecretwithoutanydotsbutlong"] {
            assert!(!received(bare).2.unwrap().contains(bare));
        }
    }
}
