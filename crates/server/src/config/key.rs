//! A key of the configuration: its path, type, default and reasons, and how a raw value becomes a typed one.
//!
//! The type of a key is a Rust type ([`Setting`]), so what the reference says and what the parser does are one.

use std::{cmp::Ordering, fmt, marker::PhantomData};

use super::Config;

/// What the table says about one key.
#[derive(Debug)]
#[non_exhaustive]
pub struct KeyInfo {
    /// `sessions.idle_lifetime`
    pub path: &'static str,
    /// The type in words.
    pub kind: &'static str,
    /// What holds when nobody sets it.
    pub default: Fallback,
    /// Lowest and highest value, both allowed.
    pub limits: Option<(&'static str, &'static str)>,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// One sentence: what it sets.
    pub help: &'static str,
    /// Why the default and the limits are what they are.
    pub because: &'static str,
    pub(super) shown: fn(&Config) -> String,
}

/// What holds when nobody sets a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This text, read as if it had been written.
    Value(&'static str),
    /// No value; the words say what that means.
    Absent(&'static str),
}

/// A key whose values are `T`.
pub(super) struct Key<T> {
    pub(super) info: KeyInfo,
    value: PhantomData<fn() -> T>,
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    const KIND: &'static str;
    const SECRET: bool = false;
    /// Reads a value; the fault says what is wrong with it.
    fn read(raw: &Raw) -> Result<Self, Fault>;
    /// The value of a key that nobody set and that has no default.
    fn absent() -> Option<Self> {
        None
    }
    /// How two values compare, for types that have limits.
    fn order(&self, _other: &Self) -> Option<Ordering> {
        None
    }
}

/// A value as a source gave it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    List(Vec<String>),
    Map(Vec<(String, String)>),
    Flag(bool),
    /// A TOML value of a type that no key has.
    Other(&'static str),
}

/// Why a value is refused: words that follow the value, and the mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) mend: String,
}

impl<T: Setting> Key<T> {
    pub(super) const fn new(path: &'static str, default: &'static str, shown: fn(&Config) -> String) -> Self {
        Self::with(path, Fallback::Value(default), shown)
    }

    pub(super) const fn absent(
        path: &'static str,
        means: &'static str,
        shown: fn(&Config) -> String,
    ) -> Self {
        Self::with(path, Fallback::Absent(means), shown)
    }

    const fn with(path: &'static str, default: Fallback, shown: fn(&Config) -> String) -> Self {
        let (kind, secret) = (T::KIND, T::SECRET);
        let info = KeyInfo { path, kind, default, limits: None, secret, help: "", because: "", shown };
        Self { info, value: PhantomData }
    }

    pub(super) const fn within(mut self, low: &'static str, high: &'static str) -> Self {
        self.info.limits = Some((low, high));
        self
    }

    pub(super) const fn help(mut self, help: &'static str) -> Self {
        self.info.help = help;
        self
    }

    pub(super) const fn because(mut self, because: &'static str) -> Self {
        self.info.because = because;
        self
    }

    /// Reads a value and holds it against the limits.
    pub(super) fn read(&self, raw: &Raw) -> Result<T, Fault> {
        let value = T::read(raw)?;
        let Some((low, high)) = self.info.limits else { return Ok(value) };
        let fits = |limit: &str, wrong| {
            T::read(&Raw::Text(limit.to_owned())).is_ok_and(|limit| value.order(&limit) != Some(wrong))
        };
        match fits(low, Ordering::Less) && fits(high, Ordering::Greater) {
            true => Ok(value),
            false => Err(Fault::new(format!("is not within {low} to {high}"), self.info.because)),
        }
    }

    /// The value when nobody set the key.
    pub(super) fn fallback(&self) -> T {
        match self.info.default {
            Fallback::Value(text) => T::read(&Raw::Text(text.to_owned())).ok(),
            Fallback::Absent(_) => T::absent(),
        }
        .expect("every default of the table can be read: a test reads them all")
    }
}

impl KeyInfo {
    /// `JOTGATE_SESSIONS__IDLE_LIFETIME`
    pub fn env_name(&self) -> String {
        format!("JOTGATE_{}", self.path.to_ascii_uppercase().replace('.', "__"))
    }

    /// The other variable that sets it: hosting platforms hand out `…DATABASE_URL`.
    pub fn env_alias(&self) -> Option<&'static str> {
        (self.path == "database").then_some("JOTGATE_DATABASE_URL")
    }

    /// `sessions` of `sessions.idle_lifetime`; empty for the keys at the top.
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// `idle_lifetime` of `sessions.idle_lifetime`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }
}

impl Raw {
    /// The text, or a fault for every other type.
    pub(super) fn text(&self) -> Result<&str, Fault> {
        match self {
            Self::Text(text) if text.is_empty() => {
                Err(Fault::new("is empty", "Leave the key out or give it a value."))
            }
            Self::Text(text) => Ok(text),
            other => Err(Fault::new(
                format!("is {} where text belongs", other.type_name()),
                "Put the value in quotes.",
            )),
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a number",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
            Self::Flag(_) => "true or false",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Raw {
    /// The value as an error shows it. Callers leave it out where the key is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::List(items) => write!(f, "{items:?}"),
            Self::Flag(yes) => write!(f, "{yes}"),
            Self::Map(_) | Self::Other(_) => f.write_str("the value"),
        }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({})", self.type_name())
    }
}
