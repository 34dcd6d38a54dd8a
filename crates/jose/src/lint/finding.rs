//! What the linter says, and the one place where text of the token is made fit to be shown.

use super::rule::Rule;
use crate::error::shown;

/// A rule that a token or a file breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// Where: `header.kid`, `claims.roles[0]`, or empty for the whole.
    pub place: String,
    /// What was seen there, shortened and escaped; of a secret only its kind.
    pub seen: String,
}

/// The findings so far.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, rule: &'static Rule, place: impl Into<String>, seen: impl Into<String>) {
        self.0.push(Finding { rule, place: place.into(), seen: seen.into() });
    }

    /// The worst first, otherwise in the order they were found.
    pub(super) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
        self.0
    }
}

/// The way to a member of an object, as one writes it in JavaScript.
pub(crate) fn member(parent: &str, name: &str) -> String {
    let is_plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if is_plain(name) { format!("{parent}.{name}") } else { format!("{parent}[{}]", shown(name)) }
}

/// The way to an element of an array.
pub(crate) fn element(parent: &str, at: usize) -> String {
    format!("{parent}[{at}]")
}

/// A length in words.
pub(super) fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_can_be_followed() {
        assert_eq!(member("claims", "sub"), "claims.sub");
        assert_eq!(member("claims", "https://a.example/b"), "claims[\"https://a.example/b\"]");
        assert_eq!(member("claims", "\u{1b}[2J"), "claims[\"\\u{1b}[2J\"]");
        assert_eq!(element("claims.aud", 2), "claims.aud[2]");
    }
}
