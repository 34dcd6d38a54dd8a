//! "Did you mean": the known name nearest to an unknown one.

use super::table::KEYS;

/// The key a reader may have meant by `path`, when one is near enough.
pub(super) fn key(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase().replace('-', "_");
    let name = lower.rsplit('.').next().unwrap_or(&lower);
    if let Some((_, key)) = OTHER_WORDS.iter().find(|(word, _)| *word == name) {
        return Some(key);
    }
    let elsewhere = KEYS.iter().find(|info| info.path == lower || info.name() == name);
    elsewhere.map(|info| info.path).or_else(|| among(&lower, KEYS.iter().map(|info| info.path)))
}

/// The nearest of `names`, if at most a third of it would have to change.
pub(super) fn among<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, name) = names
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len().div_ceil(3)).then_some(name)
}

/// What other servers and the tutorials call our keys.
const OTHER_WORDS: [(&str, &str); 16] = [
    ("port", "listen"),
    ("bind", "listen"),
    ("address", "listen"),
    ("url", "issuer"),
    ("base_url", "issuer"),
    ("public_url", "issuer"),
    ("db", "database"),
    ("database_url", "database"),
    ("jwt_secret", "tokens.secret"),
    ("access_token_secret", "tokens.secret"),
    ("expires_in", "tokens.access_lifetime"),
    ("jwt_expires_in", "tokens.access_lifetime"),
    ("alg", "tokens.algorithm"),
    ("cors", "http.origins"),
    ("cors_origins", "http.origins"),
    ("allowed_origins", "http.origins"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_errors_and_keys_of_other_sections() {
        assert_eq!(key("sessions.idle_lifetme"), Some("sessions.idle_lifetime"));
        assert_eq!(key("idle_lifetime"), Some("sessions.idle_lifetime"));
        assert_eq!(key("tokens.idle-lifetime"), Some("sessions.idle_lifetime"));
        assert_eq!(key("port"), Some("listen"));
        assert_eq!(key("lisen"), Some("listen"));
    }

    #[test]
    fn does_not_guess_wildly() {
        assert_eq!(key("mail.smtp_relay"), None);
        assert_eq!(key("x"), None);
    }

    #[test]
    fn the_other_words_lead_to_keys_that_exist() {
        for (word, target) in OTHER_WORDS {
            assert!(KEYS.iter().any(|info| info.path == target), "{word} -> {target}");
        }
    }
}
