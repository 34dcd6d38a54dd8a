//! `docs/lint-rules.md`, written from the catalogue: a reference that is always true.

use std::fmt::Write as _;

use super::catalogue::rules;
use super::rule::{Family, Rule};

/// The reference of all rules as a page in Markdown, with a heading for each rule to link to.
///
/// ```
/// let page = jotgate_jose::lint::markdown();
/// assert!(page.contains("\n### alg-none\n"));
/// ```
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    let mut family: Option<Family> = None;
    for rule in rules() {
        if family != Some(rule.family) {
            family = Some(rule.family);
            write!(page, "\n## {}\n", rule.family.title()).expect("writing to a String cannot fail");
        }
        entry(&mut page, rule);
    }
    page
}

fn entry(page: &mut String, rule: &Rule) {
    let Rule { id, severity, title, why, mend, reference, .. } = rule;
    let (text, target) = match reference.split_once(".md") {
        // A page beside this one.
        Some((name, _)) => (name.replace('-', " "), (*reference).to_owned()),
        None => ((*reference).to_owned(), rule.link()),
    };
    write!(page, "\n### {id}\n\n{severity} · {title}.\n\n{why} *Mend:* {mend} [{text}]({target})\n")
        .expect("writing to a String cannot fail");
}

const INTRODUCTION: &str = "\
<!-- Generated from crates/jose/src/lint/catalogue: JOTGATE_BLESS=1 cargo test -p jotgate-server --test it docs -->

# Rules of the linter

*Reference. How to use it: [linting tokens and front-end files](lint.md).*

An **error** breaks a specification or gives something away, a **warning** works today and hurts later, a **note** is
worth knowing and often right as it is. `jotgate token lint --allow RULE` leaves one out.
";
