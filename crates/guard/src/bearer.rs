//! The token of a request (RFC 6750): one header, one token, the scheme in any case; or, where the API allows it, one
//! cookie and a page that may use it.
//!
//! A token in the URL is not read, because URLs end in logs and histories; one in a form invites forged requests.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use jotgate_token::reason;

use crate::{Refused, address::Origin};

/// The parts of a request that a check looks at.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
}

impl<'r> Asked<'r> {
    pub(crate) fn of<B>(request: &'r http::Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), headers: request.headers() }
    }
}

/// Cookies count, and the pages of these origins may send them.
#[derive(Debug, Clone)]
pub(crate) struct Cookies {
    pub(crate) origins: Vec<String>,
}

/// The token as it came, not yet looked into; none when there is neither header nor cookie.
pub(crate) fn token<'r>(
    asked: Asked<'r>,
    cookies: Option<&Cookies>,
    cookie_name: &str,
) -> Result<Option<&'r str>, Refused> {
    let in_query =
        asked.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("access_token=")));
    let mut lines = asked.headers.get_all(header::AUTHORIZATION).iter();
    match (lines.next(), lines.next()) {
        (Some(_), Some(_)) => Err(repeated("more than one Authorization header")),
        (Some(_), None) if in_query => Err(repeated("one Authorization header and one token in the URL")),
        (Some(line), None) => in_header(line).map(Some),
        (None, _) => match cookies {
            Some(cookies) => in_cookie(asked, cookies, cookie_name),
            None => Ok(None),
        },
    }
}

/// The refusal of a request without a token where one is needed.
pub(crate) fn missing(uri: &Uri) -> Refused {
    let refused = Refused::new(&reason::TOKEN_MISSING);
    match uri.query().is_some_and(|query| query.contains("access_token=")) {
        true => refused.detail("A token in the URL is not read."),
        false => refused,
    }
}

/// Under which name Jotgate sets the access token as a cookie; on plain http, which is loopback only, browsers drop
/// the prefix, and the port keeps two servers apart.
pub(crate) fn cookie_name(issuer: &Origin) -> String {
    match issuer.is_https() {
        true => "__Host-jotgate_access".to_owned(),
        false => format!("jotgate_access_{}", issuer.port()),
    }
}

fn in_header(line: &HeaderValue) -> Result<&str, Refused> {
    match usual(line.as_bytes()) {
        Some(token) => Ok(token),
        None => looked_into(line),
    }
}

/// The token of a header as nearly all are, in one pass that whole registers take at a time: `Bearer`, one space, and
/// nothing that parts words. Whatever else comes is looked into.
fn usual(line: &[u8]) -> Option<&str> {
    let (scheme, token) = line.split_at_checked(b"Bearer ".len())?;
    let is_word = token.iter().fold(true, |is_word, byte| is_word & (*byte > b',') & (*byte < 0x7f));
    let is_token = is_word && token.len() > LONGEST_PLACEHOLDER && scheme.eq_ignore_ascii_case(b"Bearer ");
    is_token.then(|| std::str::from_utf8(token).ok()).flatten()
}

fn looked_into(line: &HeaderValue) -> Result<&str, Refused> {
    let line = line.to_str().map_err(|_| scheme("a header with bytes beyond ASCII"))?;
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    if !name.eq_ignore_ascii_case("bearer") {
        return Err(scheme(&printable(name)));
    }
    match rest.trim_matches(' ') {
        "" => Err(Refused::new(&reason::TOKEN_MISSING).detail("The header has the word Bearer and no token.")),
        word @ ("undefined" | "null" | "[object Object]") => Err(Refused::new(&reason::TOKEN_MISSING)
            .detail(format!("The header has the word `{word}` where the token should be."))
            .hint("The variable that should hold the token was empty: it is `access_token` in the answer of login.")),
        several if several.contains([' ', ',', '\t']) => Err(repeated("more than one word after Bearer")),
        token => Ok(token),
    }
}

/// The cookie, if the page that sent it may. Of two with the name, one is somebody else's doing.
fn in_cookie<'r>(asked: Asked<'r>, cookies: &Cookies, name: &str) -> Result<Option<&'r str>, Refused> {
    let lines = asked.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(key, value)| *key == name && !value.is_empty());
    match (ours.next(), ours.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(repeated("more than one cookie with the token")),
        (Some((_, token)), None) => vouched(asked, cookies).map(|()| Some(token)),
    }
}

/// A browser sends cookies whoever wrote the page. So for a method that changes something the page must be one of
/// ours, by `Origin`, or without one by `Sec-Fetch-Site`, neither of which a page can forge (CSRF). `null` is what
/// sandboxed frames send: anybody can make one. An `Origin` that is there must be ours whatever the method, because
/// a WebSocket begins with a GET.
fn vouched(asked: Asked<'_>, cookies: &Cookies) -> Result<(), Refused> {
    let is_safe = matches!(*asked.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe && !asked.headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    let mut origins = asked.headers.get_all(header::ORIGIN).iter();
    let received = match (origins.next(), origins.next()) {
        (Some(origin), None) if cookies.origins.iter().any(|known| origin == known.as_str()) => return Ok(()),
        (None, _) if asked.headers.get(&SEC_FETCH_SITE).is_some_and(|site| site == "same-origin") => {
            return Ok(());
        }
        (Some(origin), None) => {
            origin.to_str().ok().filter(|text| text.len() < 200).unwrap_or("an unreadable Origin")
        }
        (Some(_), Some(_)) => "two Origin headers",
        (None, _) => "no Origin header",
    };
    Err(Refused::new(&reason::REQUEST_ORIGIN)
        .expected(cookies.origins.join(" or "))
        .received(received)
        .hint("Name the page's origin where the guard is built, in `accept_cookie`; or send the token in the Authorization header."))
}

fn repeated(received: &str) -> Refused {
    Refused::new(&reason::TOKEN_REPEATED).expected("one header with one token").received(received)
}

fn scheme(received: &str) -> Refused {
    Refused::new(&reason::TOKEN_SCHEME).expected("Bearer").received(received)
}

/// The scheme when it is one: a bare token must not be printed, and no scheme has dots or such a length.
fn printable(name: &str) -> String {
    let is_scheme = name.len() <= 20 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    if is_scheme { name.to_owned() } else { "a token without a scheme, or something else".to_owned() }
}

/// A word that stands where a token should, such as `[object Object]`, is not longer.
const LONGEST_PLACEHOLDER: usize = 20;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests;
