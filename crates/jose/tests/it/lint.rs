//! The linter: every rule has a token or a file that it finds fault with, and one that it leaves alone.

mod files;
mod tokens;

use std::collections::BTreeSet;

use jotgate_jose::lint;

#[test]
fn every_rule_has_an_example_of_both_kinds() {
    let examples: Vec<&str> = tokens::EXAMPLES
        .iter()
        .map(|example| example.rule)
        .chain(files::EXAMPLES.iter().map(|one| one.0))
        .collect();
    let with: BTreeSet<&str> = examples.iter().copied().collect();
    let rules: BTreeSet<&str> = lint::rules().map(|rule| rule.id).collect();
    assert_eq!(with, rules);
}
