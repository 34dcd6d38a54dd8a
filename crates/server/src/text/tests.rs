//! The three languages say the same things, and everything that is asked for is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::*;

fn placeholders(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some((_, name, after)) = placeholder(rest) {
        names.insert(name);
        rest = after;
    }
    names
}

/// Everything that can name a key: the sources, without these tests, and the templates.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join("src"), root.join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_text =
                entry.extension().is_some_and(|kind| ["rs", "html", "txt"].iter().any(|k| kind == *k));
            if entry.is_dir() {
                folders.push(entry);
            } else if is_text && entry != root.join("src/text/tests.rs") {
                found.insert(entry.display().to_string(), fs::read_to_string(&entry).unwrap());
            }
        }
    }
    found
}

/// The literal keys after `say(` and `fill(`.
fn asked(source: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    for opening in ["say(", "fill("] {
        for (at, _) in source.match_indices(opening) {
            let after = source[at + opening.len()..].trim_start();
            if let Some(key) = after.strip_prefix('"').and_then(|text| text.split('"').next()) {
                keys.push(key);
            }
        }
    }
    keys
}

#[test]
fn every_language_has_the_same_keys_and_placeholders() {
    let english = &TEXTS[Language::En as usize];
    assert!(english.len() > 20);
    for language in Language::ALL {
        let texts = &TEXTS[language as usize];
        let keys = |texts: &HashMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
        let (ours, wanted) = (keys(texts), keys(english));
        let missing: Vec<_> = wanted.difference(&ours).collect();
        let beyond: Vec<_> = ours.difference(&wanted).collect();
        assert!(
            missing.is_empty() && beyond.is_empty(),
            "{language:?}: missing {missing:?}, beyond {beyond:?}"
        );
        for (key, text) in texts {
            assert!(!text.is_empty(), "{language:?} {key} is empty");
            assert_eq!(placeholders(text), placeholders(&english[key]), "{language:?} {key}");
        }
    }
}

#[test]
fn every_key_that_is_asked_for_exists() {
    let mut seen = 0;
    for (file, source) in sources() {
        for key in asked(&source) {
            seen += 1;
            assert!(TEXTS[0].contains_key(key), "{file} asks for {key}");
        }
    }
    assert!(seen > 20, "only {seen} keys are asked for");
}

#[test]
fn every_text_is_used() {
    let all: String = sources().into_values().collect();
    let unused: BTreeSet<_> = TEXTS[0].keys().filter(|key| !all.contains(&format!("\"{key}\""))).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// A text of another language that is the English one was forgotten, but for words that are the same.
#[test]
fn nothing_long_was_left_in_english() {
    let english = &TEXTS[Language::En as usize];
    for language in [Language::De, Language::Fr] {
        for (key, text) in &TEXTS[language as usize] {
            let is_long = text.split_whitespace().count() > 3;
            assert!(!is_long || *text != english[key], "{language:?} {key} is English");
        }
    }
}

#[test]
fn tags_are_read_without_their_region() {
    for (tag, language) in [
        ("de", Some(Language::De)),
        ("de-AT", Some(Language::De)),
        ("FR-ca", Some(Language::Fr)),
        ("den", None),
        ("it", None),
        ("", None),
    ] {
        assert_eq!(Language::parse(tag), language, "{tag}");
    }
}

#[test]
fn the_browser_s_favourite_counts() {
    for (header, language) in [
        ("de-AT,de;q=0.9,en;q=0.8", Some(Language::De)),
        ("it-IT, fr;q=0.7, en;q=0.3", Some(Language::Fr)),
        ("en;q=0.3,de;q=0.4", Some(Language::De)),
        ("de;q=0", None),
        ("es, it", None),
        ("*", None),
        ("de;q=abc, fr", Some(Language::Fr)),
        ("", None),
    ] {
        assert_eq!(Language::of_header(header), language, "{header}");
    }
}

#[test]
fn values_are_put_in_and_their_braces_stay() {
    let filled = Language::En.fill("frame.signed_in_as", &[("who", "{who} <b>")]);
    assert!(filled.contains("{who} <b>"), "{filled}");
}
