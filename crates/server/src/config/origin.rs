//! A web origin (RFC 6454): scheme, host and port, and nothing else; and the issuer, which is one.
//!
//! The issuer is an origin because the cookies' `__Host-` prefix, the `Origin` check and the well-known
//! addresses all hold for a whole origin: a path would promise a separation that browsers do not make.

use std::{fmt, net::IpAddr};

use super::key::{Fault, Raw, Setting};

/// Scheme, host and port of a web address, in the spelling browsers send (RFC 6454 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    text: String,
    host: String,
    port: u16,
}

/// The public address of the server: the `iss` of its tokens and its only own origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer(Origin);

/// Why a text is no origin. The words finish a sentence that starts with the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// No `http://` or `https://`.
    #[error("does not start with http:// or https://")]
    Scheme,
    /// A user name or password before the host.
    #[error("holds a user name or password (before the @)")]
    UserInfo,
    /// Something after the host and port.
    #[error("has a path ({0})")]
    Path(String),
    /// A query.
    #[error("has a query (?)")]
    Query,
    /// A fragment.
    #[error("has a fragment (#)")]
    Fragment,
    /// The host is missing or no host.
    #[error("has no valid host name or address")]
    Host,
    /// The port is missing after its colon, zero or above 65535.
    #[error("has no valid port")]
    Port,
}

/// Why an origin, or a text, is no issuer. The words finish a sentence that starts with the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not an origin at all.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// `http` for a host that other machines reach.
    #[error("is plain http, which is only for this machine (localhost, 127.0.0.1, [::1])")]
    PlainHttp,
    /// An address to listen on, not to go to.
    #[error("is an address to listen on, not one that a client can go to")]
    Unspecified,
}

impl Origin {
    /// Reads an origin; one trailing slash is forgiven, everything else after the port is an error.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = split_scheme(text)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        refuse_tail(tail)?;
        if authority.contains('@') {
            return Err(OriginError::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let host = normal_host(host)?;
        let own_port = if scheme == "https" { 443 } else { 80 };
        let port = port.unwrap_or(own_port);
        let text = match port == own_port {
            true => format!("{scheme}://{host}"),
            false => format!("{scheme}://{host}:{port}"),
        };
        Ok(Self { text, host, port })
    }

    /// `https://host[:port]`, the port only when it is not the scheme's own.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        if self.is_https() { "https" } else { "http" }
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The host in lower case and ASCII; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also when the text leaves it out.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What a browser sends as `Host`: the host, and the port when it is not the scheme's own.
    pub fn authority(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Whether the host can only be this machine: `localhost`, a name below it (RFC 6761), 127/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.is_loopback(),
            None => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// Whether the host is this domain or a name below it; false for addresses.
    pub fn is_within(&self, domain: &str) -> bool {
        let below = || self.host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        self.address().is_none() && (self.host == domain || below())
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Issuer {
    /// Reads an issuer: an origin, `https` unless it is a loopback one.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let origin = Origin::parse(text)?;
        if origin.address().is_some_and(|address| address.is_unspecified()) {
            return Err(IssuerError::Unspecified);
        }
        // Because anybody on the way could read the tokens and set the cookies of a plain http site.
        if !origin.is_https() && !origin.is_loopback() {
            return Err(IssuerError::PlainHttp);
        }
        Ok(Self(origin))
    }

    /// `http://localhost:PORT`, the issuer of a server that was told nothing.
    pub fn localhost(port: u16) -> Self {
        let host = String::from("localhost");
        let text = if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") };
        Self(Origin { text, host, port })
    }

    /// The `iss` of the tokens, without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The issuer as an origin.
    pub fn origin(&self) -> &Origin {
        &self.0
    }

    /// The host in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The port, also when the text leaves it out.
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// What a browser sends as `Host`.
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.0.is_https()
    }

    /// Whether the issuer can only be reached from this machine.
    pub fn is_loopback(&self) -> bool {
        self.0.is_loopback()
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Setting for Issuer {
    const KIND: &'static str = "origin (scheme, host, port)";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        Self::parse(text).map_err(|error| {
            let mend = match &error {
                IssuerError::PlainHttp => {
                    format!("Write {} and let the server or a proxy before it speak TLS: whoever reads a token on the way can use it.", text.replacen("http:", "https:", 1))
                }
                IssuerError::Unspecified => "Put it into `listen`, and into `issuer` the name clients use.".into(),
                IssuerError::Origin(OriginError::Scheme) => format!("Did you mean \"https://{text}\"?"),
                IssuerError::Origin(OriginError::Path(_) | OriginError::Query | OriginError::Fragment) => {
                    "The issuer is scheme, host and port only: cookies and the Origin check hold for a whole host, \
                     so a path would not keep anything apart."
                        .into()
                }
                IssuerError::Origin(OriginError::UserInfo) => {
                    "The issuer stands in every token: a password in it would be public.".into()
                }
                IssuerError::Origin(_) => "Write scheme, host and port: \"https://auth.example.com\".".into(),
            };
            Fault::new(error.to_string(), mend)
        })
    }
}

fn split_scheme(text: &str) -> Result<(&'static str, &str), OriginError> {
    let (scheme, rest) = text.split_once("://").ok_or(OriginError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(("http", rest)),
        "https" => Ok(("https", rest)),
        _ => Err(OriginError::Scheme),
    }
}

fn refuse_tail(tail: &str) -> Result<(), OriginError> {
    match tail {
        "" | "/" => Ok(()),
        _ if tail.starts_with('?') || tail.starts_with("/?") => Err(OriginError::Query),
        _ if tail.starts_with('#') || tail.starts_with("/#") => Err(OriginError::Fragment),
        _ => Err(OriginError::Path(tail.split(['?', '#']).next().unwrap_or(tail).to_owned())),
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), OriginError> {
    let host_end = match authority.starts_with('[') {
        true => authority.find(']').ok_or(OriginError::Host)? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_end);
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').ok_or(OriginError::Host)?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(port) if plain && port != 0 => Ok((host, Some(port))),
        _ => Err(OriginError::Port),
    }
}

fn normal_host(host: &str) -> Result<String, OriginError> {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|a| a.parse::<std::net::Ipv6Addr>().ok());
        return address.map(|a| format!("[{a}]")).ok_or(OriginError::Host);
    }
    let name = idna::domain_to_ascii_strict(host).map_err(|_| OriginError::Host)?;
    let last = name.rsplit('.').next().unwrap_or("");
    // Browsers read 127.1 and 0x7f000001 as addresses: only the plain spelling means one thing to everybody.
    let looks_numeric = last.starts_with(|c: char| c.is_ascii_digit());
    if name.is_empty() || name.contains("..") || last.is_empty() {
        return Err(OriginError::Host);
    }
    if looks_numeric && name.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(OriginError::Host);
    }
    Ok(name)
}
