//! The words that people read, in their language: one file a language under `texts/`, built into the binary.
//!
//! Texts are looked up by `section.name`. A test proves that every language has the same texts with the same
//! `{placeholders}`. Not for: words for developers (the catalogue of reasons, the documentation), which are English.

use std::{collections::HashMap, sync::LazyLock};

/// A language that the texts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// The code by which browsers and pages name it (BCP 47).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// The language of a code such as `de` or `de-AT`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let main = code.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(main))
    }

    /// A text. One that is missing shows its key: a test finds those before a reader does.
    #[must_use]
    pub fn say(self, key: &'static str) -> &'static str {
        TEXTS[self as usize].get(key).map_or(key, String::as_str)
    }

    /// A text with values in place of its placeholders, each written `{name}`.
    #[must_use]
    pub fn fill(self, key: &'static str, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.say(key);
        // In one pass, because a value may itself look like a placeholder.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = behind;
        }
        out + rest
    }
}

type Texts = HashMap<String, String>;

static TEXTS: LazyLock<[Texts; 3]> = LazyLock::new(|| {
    [include_str!("../texts/en.toml"), include_str!("../texts/de.toml"), include_str!("../texts/fr.toml")]
        .map(|file| read(file).unwrap_or_default())
});

fn read(file: &str) -> Result<Texts, toml::de::Error> {
    let sections: HashMap<String, HashMap<String, String>> = toml::from_str(file)?;
    let texts = sections.into_iter().flat_map(|(section, texts)| {
        texts.into_iter().map(move |(name, text)| (format!("{section}.{name}"), text))
    });
    Ok(texts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_placeholders() {
        let english = &TEXTS[0];
        assert!(english.len() > 50);
        for (language, texts) in Language::ALL.into_iter().zip(TEXTS.iter()) {
            for (key, text) in english {
                let other =
                    texts.get(key).unwrap_or_else(|| panic!("{key} is missing in {}", language.code()));
                assert_eq!(placeholders(other), placeholders(text), "{key} in {}", language.code());
                assert!(!other.trim().is_empty(), "{key} in {}", language.code());
            }
            assert_eq!(texts.len(), english.len(), "{} has texts of its own", language.code());
        }
    }

    #[test]
    fn a_value_is_taken_as_it_is() {
        let filled =
            Language::En.fill("mail_changed.lead", &[("service", "{new}"), ("new", "ada@example.com")]);
        assert!(filled.contains("account at {new} now has the address ada@example.com."), "{filled}");
    }

    #[test]
    fn a_language_is_known_by_its_code() {
        for (code, expected) in [("de", Some(Language::De)), ("fr-CA", Some(Language::Fr)), ("it", None)] {
            assert_eq!(Language::parse(code), expected, "{code}");
        }
    }
}
