//! Settings that are one of a few names, and what to say to a name that is none of them.

use super::{
    LogFormat, LogLevel, PasswordProfile, RevocationsAccess, SignupMode, TokenAlgorithm,
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

impl Choice for RevocationsAccess {
    const KIND: &'static str = "`public` or `clients`";
    const NAMES: &'static [(&'static str, Self)] = &[("public", Self::Public), ("clients", Self::Clients)];
}

impl Choice for SignupMode {
    const KIND: &'static str = "`open`, `verified` or `closed`";
    const NAMES: &'static [(&'static str, Self)] =
        &[("open", Self::Open), ("verified", Self::Verified), ("closed", Self::Closed)];
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

impl TokenAlgorithm {
    /// The algorithm of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
    }
}
