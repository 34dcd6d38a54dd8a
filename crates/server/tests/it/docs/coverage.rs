//! `docs/coverage.md`, made from `docs/coverage.toml`: each element has a page and a test, or says what will bring it.

use std::{fmt::Write as _, fs};

use serde::Deserialize;

use super::{in_step, missing_target, read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    element: Vec<Element>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Element {
    id: String,
    text: String,
    pages: Vec<String>,
    #[serde(default)]
    tests: Vec<String>,
    later: Option<String>,
}

#[test]
fn coverage_is_complete_and_in_step() {
    let file = root().join("docs/coverage.toml");
    let Coverage { element } = toml::from_str(&read(&file)).expect("docs/coverage.toml");
    let series = |letter: char, last: u8| (1..=last).map(move |n| (letter, n));
    let wanted = series('S', 50).map(|(letter, n)| format!("{letter}{n:02}"));
    let wanted =
        wanted.chain(series('A', 7).chain(series('M', 12)).map(|(letter, n)| format!("{letter}{n}")));
    assert_eq!(element.iter().map(|e| e.id.clone()).collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    let faults: Vec<String> = element.iter().flat_map(Element::faults).collect();
    assert!(faults.is_empty(), "docs/coverage.toml:\n{}", faults.join("\n"));

    assert!(
        in_step("docs/coverage.md", &coverage_page(&element)),
        "docs/coverage.md is old: run with JOTGATE_BLESS=1"
    );
}

impl Element {
    fn faults(&self) -> Vec<String> {
        let Self { id, pages, tests, later, .. } = self;
        let mut faults = Vec::new();
        if later.is_none() && (pages.is_empty() || tests.is_empty()) {
            faults.push(format!("{id}: without `later` it needs a page and a test"));
        }
        for page in pages {
            faults
                .extend(missing_target(&root().join("docs"), page).map(|why| format!("{id}: {page}: {why}")));
        }
        for test in tests {
            faults.extend(missing_test(test).map(|why| format!("{id}: {test}: {why}")));
        }
        faults
    }

    fn row(&self) -> String {
        let Self { id, text, pages, tests, later } = self;
        let link = |page: &String| {
            format!("[{}]({page})", page.replace(".md", "").replace('#', ": ").replace('-', " "))
        };
        let test = |test: &String| {
            let (file, name) = test.split_once('#').expect("checked before");
            format!("[{name}](../{file})")
        };
        let pages: Vec<_> = pages.iter().map(link).collect();
        let mut tests: Vec<_> = tests.iter().map(test).collect();
        tests.extend(later.iter().map(|later| format!("*later: {later}*")));
        format!("| {id} | {text} | {} | {} |", pages.join(" · "), tests.join(" · "))
    }
}

/// A named test must exist: as a function in Rust, as a piece of text elsewhere.
fn missing_test(test: &str) -> Option<String> {
    let Some((file, name)) = test.split_once('#') else { return Some("no `#`".into()) };
    let Ok(source) = fs::read_to_string(root().join(file)) else { return Some("no such file".into()) };
    let wanted = if file.ends_with(".rs") { format!("fn {name}(") } else { name.to_owned() };
    (!source.contains(&wanted)).then(|| "no such test".into())
}

fn coverage_page(elements: &[Element]) -> String {
    let done = elements.iter().filter(|element| element.later.is_none()).count();
    let mut page = String::from(
        "# Coverage\n\n*Reference, generated from [coverage.toml](coverage.toml). What the tutorials on JWT teach (S), advise (A) \
         and warn of (M): the page that treats it here, and the test that keeps it true.*\n\n",
    );
    writeln!(page, "{done} of {} are complete; the others say what will bring the rest.\n", elements.len())
        .expect("writing to a String cannot fail");
    page.push_str("| | what | page | test |\n|---|---|---|---|\n");
    for element in elements {
        page.push_str(&element.row());
        page.push('\n');
    }
    page
}

#[test]
fn a_missing_test_is_found() {
    assert_eq!(missing_test("crates/server/tests/it/docs/coverage.rs#a_missing_test_is_found"), None);
    assert!(missing_test("crates/server/tests/it/docs/coverage.rs#no_such_test").is_some());
    assert!(missing_test("no/such/file.rs#a_missing_test_is_found").is_some());
}
