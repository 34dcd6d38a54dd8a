//! What the linter says, and how it collects it.

use super::rule::Rule;

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

/// A length in words.
pub(super) fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}
