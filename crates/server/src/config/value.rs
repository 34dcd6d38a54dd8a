//! How the plain types of settings are read: numbers, durations, addresses, the database.

use std::{cmp::Ordering, net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{
    Database, duration,
    key::{Fault, Raw, Setting},
};

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

impl Setting for bool {
    const KIND: &'static str = "`true` or `false`";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = match raw {
            Raw::Flag(yes) => return Ok(*yes),
            other => other.text()?,
        };
        text.parse()
            .map_err(|_| Fault::new("is neither true nor false", "Write one of the two, without quotes."))
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

impl Setting for String {
    const KIND: &'static str = "text";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        match text.chars().any(char::is_control) {
            true => Err(Fault::new("has a line break or another control character", "Leave it out.")),
            false => Ok(text.to_owned()),
        }
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
