//! `[mail]`: the server that sends mails, and in whose name they are sent.

use std::{path::PathBuf, time::Duration};

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::{
    Origin,
    choice::Choice,
    key::{Fault, Raw, Setting},
};

/// `[mail]`, when it names a server.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// With what to log in, where the server asks for it.
    pub login: Option<MailLogin>,
    /// In whose name mails are sent.
    pub from: Mailbox,
    /// Where answers go.
    pub reply_to: Option<Mailbox>,
    /// Further certificates that may vouch for the server.
    pub ca_file: Option<PathBuf>,
    /// What this machine calls itself.
    pub hello_name: String,
    /// How long connecting may take, and one mail.
    pub timeout: Duration,
}

/// Name and password at a mail server.
#[derive(Clone, Debug)]
pub struct MailLogin {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after a greeting in the clear, and never without.
    Starttls,
    /// None, to this machine only.
    None,
}

impl MailSecurity {
    pub(super) fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

impl Choice for MailSecurity {
    const KIND: &'static str = "`tls`, `starttls` or `none`";
    const NAMES: &'static [(&'static str, Self)] =
        &[("tls", Self::Tls), ("starttls", Self::Starttls), ("none", Self::None)];

    fn known_mistake(text: &str) -> Option<Fault> {
        let why = "\"tls\" is TLS from the first byte (mostly port 465), \"starttls\" begins in the clear (mostly 587).";
        matches!(text, "ssl" | "ssl/tls" | "smtps" | "auto" | "opportunistic")
            .then(|| Fault::new("is not one of tls, starttls, none", why))
    }
}

/// The name or address of a mail server.
pub(super) struct MailHost(pub(super) String);

impl MailHost {
    /// Whether the host can only be this machine.
    pub(super) fn is_loopback(host: &str) -> bool {
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Origin::parse(&format!("https://{bracketed}")).is_ok_and(|origin| origin.is_loopback())
    }
}

impl Setting for MailHost {
    const KIND: &'static str = "host name or address";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        if let Ok(address) = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
            return Ok(Self(address.to_string()));
        }
        let mend = "Write the name alone, such as \"smtp.example.com\"; the port stands in mail.port.";
        match Origin::parse(&format!("https://{text}")) {
            Ok(origin) if origin.authority() == origin.host() && !text.contains('/') => {
                Ok(Self(origin.host().to_owned()))
            }
            _ => Err(Fault::new("is no host name", mend)),
        }
    }
}

impl Setting for Mailbox {
    const KIND: &'static str = "address, with or without a name";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        let mend = "Write \"auth@example.com\" or \"Example <auth@example.com>\".";
        if text.chars().any(char::is_control) {
            return Err(Fault::new("has a line break or another control character", mend));
        }
        text.parse().map_err(|_| Fault::new("is no mail address", mend))
    }
}

/// What a command line calls itself to a mail server.
pub(super) fn plain_name(issuer: &Origin) -> String {
    match issuer.host() {
        // Mail servers refuse an address without brackets (RFC 5321 section 4.1.3).
        host if host.parse::<std::net::Ipv4Addr>().is_ok() => format!("[{host}]"),
        host if host.starts_with('[') => {
            format!("[IPv6:{}]", host.trim_start_matches('[').trim_end_matches(']'))
        }
        host => host.to_owned(),
    }
}

impl Setting for u16 {
    const KIND: &'static str = u64::KIND;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        Self::try_from(u64::read(raw)?).map_err(|_| Fault::new("is no port", "Ports go from 1 to 65535."))
    }

    fn order(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
