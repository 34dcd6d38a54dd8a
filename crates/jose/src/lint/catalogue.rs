//! Every rule, by family: the one table behind findings, documentation and tests.

pub(super) mod access_token;
pub(super) mod bundle;
pub(super) mod claims;
pub(super) mod form;
pub(super) mod header;
pub(super) mod id_token;
pub(super) mod key;
pub(super) mod payload;
pub(super) mod times;

use super::rule::Rule;

/// Every rule, in the order of the documentation.
///
/// ```
/// use jotgate_jose::lint;
///
/// assert!(lint::rules().any(|rule| rule.id == "exp-missing"));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The rule with this id.
///
/// ```
/// assert!(jotgate_jose::lint::rule("alg-none").is_some());
/// assert!(jotgate_jose::lint::rule("no-such-rule").is_none());
/// ```
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

static FAMILIES: &[&[&Rule]] = &[
    form::ALL,
    header::ALL,
    key::ALL,
    claims::ALL,
    times::ALL,
    access_token::ALL,
    id_token::ALL,
    payload::secrets::ALL,
    payload::personal::ALL,
    form::size::ALL,
    bundle::ALL,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_fit_for_an_anchor() {
        let mut ids: Vec<_> = rules().map(|rule| rule.id).collect();
        let is_fit = |id: &str| {
            id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit())
        };
        assert!(ids.iter().all(|id| is_fit(id)), "{ids:?}");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn every_rule_has_its_words() {
        for rule in rules() {
            assert!(
                !rule.title.ends_with('.') && rule.why.ends_with('.') && rule.mend.ends_with('.'),
                "{}",
                rule.id
            );
            assert!(rule.link().starts_with("https://"), "{}: {}", rule.id, rule.link());
        }
    }
}
