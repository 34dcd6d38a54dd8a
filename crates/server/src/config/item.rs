//! Settings that are lists: audiences, host names, browser origins, networks.

use ipnet::IpNet;

use super::{
    Origin,
    key::{Fault, Raw, Setting},
};

/// A type that a list can hold.
pub(super) trait Item: Sized {
    const LIST: &'static str;
    fn item(text: &str) -> Result<Self, Fault>;
}

/// One `aud` value (RFC 7519 section 4.1.3, StringOrURI).
pub(super) struct Audience(pub(super) String);

/// One value of the `Host` header.
pub(super) struct Host(pub(super) String);

/// The domain of a relying party (WebAuthn Level 3 section 4).
pub(super) struct RpId(pub(super) String);

/// What the service is called.
pub(super) struct ServiceName(pub(super) String);

impl Setting for ServiceName {
    const KIND: &'static str = "text";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?.trim();
        if text.is_empty() || text.chars().count() > 60 || text.chars().any(char::is_control) {
            let mend = "Write the name as people know it, on one line.";
            return Err(Fault::new("is empty, longer than 60 characters or holds control characters", mend));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A role, as accounts have it.
pub(super) struct Role(pub(super) String);

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

impl Item for Role {
    const LIST: &'static str = "list of roles";

    fn item(text: &str) -> Result<Self, Fault> {
        let good = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
        match !text.is_empty() && text.len() <= 64 && text.chars().all(good) {
            true => Ok(Self(text.to_owned())),
            false => {
                Err(Fault::new("is no role", "A role has 1 to 64 letters, digits or ._:/- and no spaces."))
            }
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

impl Setting for RpId {
    const KIND: &'static str = "domain";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        let mend = "Write a domain without scheme and port: \"example.com\".";
        let origin = Origin::parse(&format!("https://{text}")).ok();
        let name = origin.filter(|o| o.address().is_none() && o.host() == text.to_ascii_lowercase());
        // A single label is a public suffix, which browsers refuse, or this machine.
        let name = name.filter(|o| o.host().contains('.') || o.is_loopback());
        name.map(|o| Self(o.host().to_owned())).ok_or_else(|| Fault::new("is no domain", mend))
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
