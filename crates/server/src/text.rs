//! What pages and mails say, in every language that is spoken here.
//!
//! The words stand in `texts/*.toml`, one section for each page or mail, and are built in. A test holds the languages
//! together: the same keys, the same placeholders, none missing and none unused. Not here: refusals of the API, whose
//! words are the catalogue of reasons, in English for all.

use std::{collections::HashMap, sync::LazyLock};

/// A language that pages and mails are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, for everybody who did not ask for another.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

impl Language {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// The tag in `lang`, cookies and the database (BCP 47).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
        }
    }

    /// Reads a tag; the region does not count.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let main = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(main))
    }

    /// The one that a browser likes best (`Accept-Language`, RFC 9110 section 12.5.4).
    #[must_use]
    pub fn of_header(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(MOST_RANGES) {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::parse) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The text under a key such as `login.title`.
    #[must_use]
    pub fn say(self, key: &str) -> &'static str {
        let text = TEXTS[self as usize].get(key).map(String::as_str);
        debug_assert!(text.is_some(), "no text {key} in {self:?}");
        text.unwrap_or_default()
    }

    /// The same with its placeholders filled; `{name}` becomes the value called `name`.
    #[must_use]
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.say(key);
        // In one pass from the left, because a value may hold braces of its own.
        while let Some((before, name, after)) = placeholder(rest) {
            filled.push_str(before);
            let value = values.iter().find(|(known, _)| *known == name);
            debug_assert!(value.is_some(), "{key} wants {name}");
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled + rest
    }
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// Browsers send a handful; more is somebody's experiment.
const MOST_RANGES: usize = 30;

const FILES: [&str; 3] =
    [include_str!("../texts/en.toml"), include_str!("../texts/de.toml"), include_str!("../texts/fr.toml")];

/// By language, the texts by key.
static TEXTS: LazyLock<[HashMap<String, String>; 3]> = LazyLock::new(|| FILES.map(read));

fn read(file: &str) -> HashMap<String, String> {
    let sections: toml::Table = file.parse().expect("the texts are built in, and a test reads them");
    let mut texts = HashMap::new();
    for (section, entries) in &sections {
        for (name, text) in entries.as_table().into_iter().flatten() {
            if let Some(text) = text.as_str() {
                texts.insert(format!("{section}.{name}"), text.trim().to_owned());
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests;
