//! `docs/reasons/`: one page a reason, made from the catalogue, so that both say the same.

use std::collections::BTreeSet;

use jotgate_token::reason;

use super::{files_below, in_step, root};

#[test]
fn every_reason_has_its_page() {
    let mut old: Vec<&str> = reason::ALL
        .iter()
        .filter(|reason| !in_step(&format!("docs/reasons/{reason}.md"), &reason.markdown()))
        .map(|reason| reason.code)
        .collect();
    if !in_step("docs/reasons/README.md", &reason::index_markdown()) {
        old.push("README");
    }
    assert!(old.is_empty(), "docs/reasons is old, run with JOTGATE_BLESS=1: {}", old.join(", "));
}

#[test]
fn no_page_is_left_of_a_reason_that_is_gone() {
    let pages: BTreeSet<String> = files_below(&root().join("docs/reasons"))
        .iter()
        .filter_map(|page| Some(page.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> = reason::ALL.iter().map(|reason| reason.code.to_owned()).collect();
    assert_eq!(pages, codes);
}
