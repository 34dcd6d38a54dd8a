//! The Host check: a request is answered only under a name that is ours (RFC 9110 section 7.4, 421).
//!
//! Because a foreign name that resolves to this server (DNS rebinding) would make a stranger's page "same
//! origin" with it. What we are called is configured, never read off the request.

use axum::extract::Request;
use http::{HeaderMap, Uri, header};
use jotgate_token::reason;

use crate::{
    config::{Config, Origin},
    error::{Error, Refused},
};

/// The names this server answers to, as a `Host` header spells them.
#[derive(Debug)]
pub(crate) struct Hosts {
    issuer: String,
    own_port: &'static str,
    names: Vec<String>,
}

impl Hosts {
    pub(crate) fn new(config: &Config) -> Self {
        let mut names = vec![config.issuer.authority().to_owned()];
        names.extend(config.http.hosts.iter().cloned());
        let own_port = if config.issuer.is_https() { ":443" } else { ":80" };
        Self { issuer: config.issuer.as_str().to_owned(), own_port, names }
    }

    pub(crate) fn check(&self, request: &Request) -> Result<(), Error> {
        let asked = match named(request.uri(), request.headers()) {
            Some(asked) => asked.to_ascii_lowercase(),
            None => return Err(self.refusal("no single Host header", None)),
        };
        let spelled = asked.strip_suffix(self.own_port).unwrap_or(&asked);
        match self.names.iter().any(|name| name == spelled) {
            true => Ok(()),
            false => Err(self.refusal(&printable(&asked), Some(&asked))),
        }
    }

    fn refusal(&self, received: &str, asked: Option<&str>) -> Error {
        let mut mend = format!("Call {} instead", self.issuer);
        if let Some(asked) = asked.filter(|asked| *asked == printable(asked)) {
            // Plain http is only for this machine, so another name needs https to be an issuer.
            let local = Origin::parse(&format!("http://{asked}")).is_ok_and(|origin| origin.is_loopback());
            let scheme = if local { "http" } else { "https" };
            mend +=
                &format!(", or if people use {asked}, start the server with `--issuer {scheme}://{asked}`");
        }
        mend.push('.');
        Refused::new(&reason::REQUEST_HOST)
            .expected(self.names.join(" or "))
            .received(received)
            .hint(mend)
            .into()
    }
}

/// The authority asked for: HTTP/2 and absolute targets carry it in the target, and a differing Host is an error.
pub(crate) fn named<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let mut lines = headers.get_all(header::HOST).iter();
    let host = match (lines.next(), lines.next()) {
        (Some(line), None) => Some(line.to_str().ok()?),
        (None, _) => None,
        (Some(_), Some(_)) => return None,
    };
    match (uri.authority().map(http::uri::Authority::as_str), host) {
        (Some(target), Some(host)) if !target.eq_ignore_ascii_case(host) => None,
        (target, host) => target.or(host),
    }
}

fn printable(asked: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    asked.chars().take(100).map(|c| if plain(c) { c } else { '?' }).collect()
}
