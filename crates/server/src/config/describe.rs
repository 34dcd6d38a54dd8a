//! What is in force, for `config show`: every key with its value and where the value came from.

use super::{Config, Source, table::KEYS};

/// One key as it is in force; secrets are only said to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `sessions.idle_lifetime`
    pub key: &'static str,
    /// The value, without secrets.
    pub value: String,
    /// Who set it.
    pub source: Source,
}

impl Config {
    /// Every key in the order of the table.
    pub fn describe(&self) -> Vec<Described> {
        let describe = |info: &&super::KeyInfo| Described {
            key: info.path,
            value: (info.shown)(self),
            source: self.sources.get(info.path).cloned().unwrap_or(Source::Default),
        };
        KEYS.iter().map(describe).collect()
    }
}
