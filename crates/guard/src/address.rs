//! Which addresses a guard asks: those of the issuer's own origin, and origins the configuration names.
//!
//! An address out of a document is compared as text against an origin that was checked once, so no parser's idea of
//! user names, default ports, case or escapes decides where a request goes. Catalogue rows 14 to 16.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::BuildError;

/// The origin of an issuer, exactly as in `iss`: scheme, host and port, no path, as Jotgate's issuers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(String);

impl Origin {
    /// Reads an origin as browsers and issuers write it: lower case, no default port, nothing behind it. `https`,
    /// unless the host can only be this machine, because on any other way plain http gives keys and tokens away.
    pub(crate) fn parse(text: &str) -> Result<Self, BuildError> {
        let wrong = |why| Err(BuildError::Address { given: shown(text), why });
        let (is_https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return wrong("it does not begin with https://"),
        };
        if rest.contains(['/', '?', '#', '\\']) {
            return wrong("an issuer has no path and no final slash");
        }
        if rest.contains('@') {
            return wrong("it holds a user name");
        }
        let Some((host, port)) = host_and_port(rest) else { return wrong("it has no host or no port") };
        if !is_host(host) {
            return wrong("the host is none, or not in lower case");
        }
        if port == Some(if is_https { 443 } else { 80 }) {
            return wrong("the port is the scheme's own, which tokens leave out");
        }
        if !is_https && !is_loopback(host) {
            return wrong("plain http is only for this machine (localhost, 127.0.0.1, [::1])");
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The port that stands in the text, or the scheme's own.
    pub(crate) fn port(&self) -> u16 {
        let (_, authority) = self.0.split_once("://").unwrap_or_default();
        let own = if self.is_https() { 443 } else { 80 };
        host_and_port(authority).and_then(|(_, port)| port).unwrap_or(own)
    }

    /// Whether the address is one of this origin: the very text of the origin, then a path of visible ASCII.
    pub(crate) fn has(&self, url: &str) -> bool {
        let Some(path) = url.strip_prefix(&self.0) else { return false };
        path.starts_with('/') && path.bytes().all(|b| matches!(b, b'!'..=b'~') && !matches!(b, b'#' | b'\\'))
    }
}

/// Whether a request goes to this machine without TLS.
pub(crate) fn is_plain_loopback(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http") && uri.host().is_some_and(is_loopback)
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(end)?;
    let port = match rest.strip_prefix(':') {
        // Digits only, no sign and no zero in front: one spelling for one port.
        Some(digits) if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) => {
            return None;
        }
        Some(digits) => Some(digits.parse().ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some((host, port))
}

/// A name or an address in the one spelling everybody writes; a number is no name, because `2130706433` is 127.0.0.1.
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == inner);
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    host.split('.').all(label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

/// What came from a configuration or a document, short and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(120).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_spelling() {
        for good in [
            "https://id.example",
            "https://id.example:8443",
            "http://localhost:8080",
            "http://[::1]:1",
            "http://127.0.0.1:9",
            "https://10.0.0.1",
            "http://id.localhost",
        ] {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "id.example",
            "https://",
            "HTTPS://id.example",
            "https://ID.example",
            "https://id.example/",
            "https://id.example/realm",
            "https://id.example:443",
            "https://id.example:0",
            "https://id.example:",
            "https://id.example:+1",
            "https://id.example:99999",
            "https://u@id.example",
            "https://id.example.",
            "https://id..example",
            "http://id.example",
            "http://10.0.0.1",
            "http://2130706433",
            "https://2130706433",
            "http://0x7f000001",
            "http://127.1",
            "http://[::ffff:127.0.0.1]x",
            "ftp://localhost",
            "https://id.example\\x",
            "https://пример.example",
            "http://localhost@evil.example",
            "https://id.example#",
            "https://[::0:1]",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Origin::parse("https://id.example").unwrap().port(), 443);
        assert_eq!(Origin::parse("http://[::1]:81").unwrap().port(), 81);
    }

    #[test]
    fn row_15_only_the_very_origin_is_the_origin() {
        let own = Origin::parse("https://id.example").unwrap();
        assert!(own.has("https://id.example/.well-known/jwks.json") && own.has("https://id.example/k?v=1"));
        for foreign in [
            "https://id.example",
            "https://id.example.evil/k",
            "https://id.example@evil/k",
            "https://id.example:443/k",
            "https://ID.example/k",
            "https://id.example./k",
            "https://evil/https://id.example/k",
            "https://user@id.example/k",
            "http://id.example/k",
            "https://id.example\\@evil/k",
            "https://id.example/k#f",
            "https://id.еxample/k",
            " https://id.example/k",
            "https://id.example/k\n",
            "https://id.example/ k",
        ] {
            assert!(!own.has(foreign), "{foreign:?}");
        }
    }
}
