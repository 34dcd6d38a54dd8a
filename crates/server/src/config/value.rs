//! How the plain types of settings are read: numbers, durations, addresses, lists, choices, the database.

use std::{cmp::Ordering, net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Database, LogFormat, LogLevel, Origin, PasswordProfile, SignupMode, TokenAlgorithm, duration,
    key::{Fault, Raw, Setting},
    nearest,
};

/// A type whose values are a closed list of names.
pub(super) trait Choice: Copy + PartialEq + 'static {
    const KIND: &'static str;
    const NAMES: &'static [(&'static str, Self)];
    /// A better answer than "none of" for a value that people are known to try.
    fn known_mistake(_text: &str) -> Option<Fault> {
        None
    }
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}

/// A type that a list can hold.
pub(super) trait Item: Sized {
    const LIST: &'static str;
    fn item(text: &str) -> Result<Self, Fault>;
}

/// One `aud` value (RFC 7519 section 4.1.3, StringOrURI).
pub(super) struct Audience(pub(super) String);

/// One value of the `Host` header.
pub(super) struct Host(pub(super) String);

impl<T: Choice> Setting for T {
    const KIND: &'static str = T::KIND;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        if let Some((_, value)) = T::NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(*value);
        }
        if let Some(fault) = T::known_mistake(text) {
            return Err(fault);
        }
        let names: Vec<&str> = T::NAMES.iter().map(|(name, _)| *name).collect();
        let same = names.iter().copied().find(|name| name.eq_ignore_ascii_case(text));
        let near = same.or_else(|| nearest::among(text, names.iter().copied()));
        let mend = near.map_or_else(String::new, |near| format!("Did you mean \"{near}\"?"));
        Err(Fault::new(format!("is none of {}", names.join(", ")), mend))
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    const SECRET: bool = T::SECRET;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        T::read(raw).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        self.as_ref()?.order(other.as_ref()?)
    }
}

impl<T: Item> Setting for Vec<T> {
    const KIND: &'static str = T::LIST;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let items: Vec<&str> = match raw {
            Raw::List(items) => items.iter().map(String::as_str).collect(),
            Raw::Text(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
            other => {
                let mend = format!("Write {}: [\"one\", \"two\"].", T::LIST);
                return Err(Fault::new(format!("is {} where a list belongs", other.type_name()), mend));
            }
        };
        let read = |item: &&str| {
            T::item(item)
                .map_err(|fault| Fault::new(format!("holds {item:?}, which {}", fault.what), fault.mend))
        };
        items.iter().map(read).collect()
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl Setting for Duration {
    const KIND: &'static str = "duration";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        match raw {
            Raw::Integer(number) => Err(duration::bare_number(number)),
            other => duration::parse(other.text()?),
        }
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Setting for u64 {
    const KIND: &'static str = "whole number";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        match raw {
            Raw::Integer(number) => Self::try_from(*number).ok(),
            other => other.text()?.parse().ok(),
        }
        .ok_or_else(|| Fault::new("is not a whole number", "Write digits only, without a unit."))
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! narrower_number {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            const KIND: &'static str = u64::KIND;

            fn read(raw: &Raw) -> Result<Self, Fault> {
                let wide = u64::read(raw)?;
                Self::try_from(wide).map_err(|_| Fault::new("is not a number of this size", "Zero and the largest numbers are not allowed."))
            }

            fn order(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
    )*};
}
narrower_number!(u32, usize);

impl Setting for NonZeroUsize {
    const KIND: &'static str = u64::KIND;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        Self::new(usize::read(raw)?)
            .ok_or_else(|| Fault::new("is zero", "Leave the key out for its default."))
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "address and port";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        if let Raw::Integer(port) = raw {
            return Err(not_an_address(&port.to_string()));
        }
        let text = raw.text()?;
        // The one name whose address is the same everywhere; any other would need a resolver.
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        numeric.as_deref().unwrap_or(text).parse().map_err(|_| not_an_address(text))
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "path";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        raw.text().map(Self::from)
    }
}

impl Setting for SecretString {
    const KIND: &'static str = "secret text";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        raw.text().map(Self::from)
    }
}

impl Setting for Database {
    const KIND: &'static str = "`sqlite:PATH` or `postgres://…`";
    // Because a PostgreSQL URL mostly holds a password.
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        match text.split_once(':') {
            Some(("sqlite", path)) => sqlite(path.strip_prefix("//").unwrap_or(path)),
            Some(("postgres" | "postgresql", _)) => postgres(text),
            _ => Err(Fault::new("is no database that Jotgate knows", DATABASE_FORM)),
        }
    }
}

impl Database {
    /// Where the database is, without the password and the options.
    pub fn redacted(&self) -> String {
        let url = match self {
            Self::Sqlite(path) => return format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.expose_secret(),
        };
        let place = url.split_once("://").map_or("", |(_, place)| place);
        let (user, rest) = place.split_once('@').unwrap_or(("", place));
        let name = user.split(':').next().unwrap_or("");
        let user = if user.is_empty() { String::new() } else { format!("{name}:…@") };
        format!("postgres://{user}{}", rest.split('?').next().unwrap_or(""))
    }
}

impl Item for Audience {
    const LIST: &'static str = "text or list of texts";

    fn item(text: &str) -> Result<Self, Fault> {
        let mend = "An audience is a name such as \"my-api\" or a URL such as \"https://api.example.com\".";
        if text.is_empty() || text.len() > 255 || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Fault::new("is empty, longer than 255 bytes or holds white space", mend));
        }
        let scheme_fits = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        match text.split_once(':') {
            // Because RFC 7519 reads every value with a colon as a URI.
            Some((scheme, _)) if !scheme_fits(scheme) => Err(Fault::new("has a colon but is no URI", mend)),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl Item for Host {
    const LIST: &'static str = "list of host names";

    fn item(text: &str) -> Result<Self, Fault> {
        let origin = Origin::parse(&format!("http://{text}")).ok().filter(|_| !text.contains('/'));
        let mend = "Write the name as browsers send it, \"auth.internal\" or \"auth.internal:8080\".";
        origin.map(|o| Self(o.authority().to_owned())).ok_or_else(|| Fault::new("is no host name", mend))
    }
}

impl Item for Origin {
    const LIST: &'static str = "list of origins";

    fn item(text: &str) -> Result<Self, Fault> {
        if text.contains('*') {
            let why = "Name each origin: answers to these pages carry credentials, and a wildcard would let every \
                       site on the web ask in the user's name.";
            return Err(Fault::new("is a wildcard", why));
        }
        if text == "null" {
            let why = "Sandboxed frames and local files of anybody send it: it names nobody.";
            return Err(Fault::new("is no origin", why));
        }
        Self::parse(text).map_err(|error| {
            Fault::new(
                error.to_string(),
                "An origin is scheme, host and port only: \"https://app.example.com\".",
            )
        })
    }
}

impl Item for IpNet {
    const LIST: &'static str = "list of networks";

    fn item(text: &str) -> Result<Self, Fault> {
        if let Ok(address) = text.parse::<std::net::IpAddr>() {
            let mend = format!("For this one machine write \"{}\".", Self::from(address));
            return Err(Fault::new("has no prefix length", mend));
        }
        let mend = "A network is an address and a prefix length: \"10.0.0.0/8\", \"fd00::/8\".";
        let network: Self = text.parse().map_err(|_| Fault::new("is no network", mend))?;
        if network.prefix_len() == 0 {
            let why = "Name the proxies: anybody inside these networks can claim any address, and with it escape \
                       the login throttle.";
            return Err(Fault::new("is the whole internet", why));
        }
        match network.trunc() == network {
            true => Ok(network),
            false => Err(Fault::new("has bits behind its prefix", format!("Write \"{}\".", network.trunc()))),
        }
    }
}

impl Choice for SignupMode {
    const KIND: &'static str = "`open` or `closed`";
    const NAMES: &'static [(&'static str, Self)] = &[("open", Self::Open), ("closed", Self::Closed)];

    fn known_mistake(text: &str) -> Option<Fault> {
        let why = "This version sends no e-mail: use \"open\" or \"closed\".";
        (text == "verified").then(|| Fault::new("needs e-mail, which is not in this version", why))
    }
}

impl Choice for PasswordProfile {
    const KIND: &'static str = "`nist`";
    const NAMES: &'static [(&'static str, Self)] = &[("nist", Self::Nist)];
}

impl Choice for LogFormat {
    const KIND: &'static str = "`human` or `json`";
    const NAMES: &'static [(&'static str, Self)] = &[("human", Self::Human), ("json", Self::Json)];
}

impl Choice for LogLevel {
    const KIND: &'static str = "`error`, `warn`, `info`, `debug` or `trace`";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

impl Choice for TokenAlgorithm {
    const KIND: &'static str = "`ES256`, `ES384`, `RS256`, `PS256`, `Ed25519` or `HS256`";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("RS256", Self::Rs256),
        ("PS256", Self::Ps256),
        ("Ed25519", Self::Ed25519),
        ("HS256", Self::Hs256),
    ];

    fn known_mistake(text: &str) -> Option<Fault> {
        match text {
            "none" => Some(Fault::new(
                "means unsigned tokens",
                "Anybody could write one: leave the key out for ES256.",
            )),
            "EdDSA" => Some(Fault::new("does not say which curve", "Its name is \"Ed25519\" (RFC 9864).")),
            _ => None,
        }
    }
}

fn not_an_address(text: &str) -> Fault {
    let port = text.rsplit(':').next().unwrap_or("");
    let port = if port.parse::<u16>().is_ok() { port } else { "8080" };
    let mend = format!(
        "Write \"127.0.0.1:{port}\" for this machine only, or \"0.0.0.0:{port}\" for every network it is in."
    );
    Fault::new("is not an address and a port", mend)
}

fn sqlite(path: &str) -> Result<Database, Fault> {
    match path {
        ":memory:" => Err(Fault::new(
            "is a database in memory",
            "Every account and session would end with the process; for a trial use a temporary `data` folder.",
        )),
        "" => Err(Fault::new("names no file", DATABASE_FORM)),
        _ if path.contains('?') => {
            Err(Fault::new("has options (?)", "Jotgate sets what SQLite needs itself."))
        }
        _ => Ok(Database::Sqlite(path.into())),
    }
}

/// Only what could put the password into words later; the store reads the rest, with the options of TLS.
fn postgres(url: &str) -> Result<Database, Fault> {
    if !url.contains("://") {
        return Err(Fault::new("is no PostgreSQL URL", DATABASE_FORM));
    }
    match url.matches('@').count() {
        0 | 1 => Ok(Database::Postgres(url.to_owned().into())),
        _ => Err(Fault::new("has more than one @", "Write an @ in the user name or the password as %40.")),
    }
}

const DATABASE_FORM: &str = "Write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME.";
