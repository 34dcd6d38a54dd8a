//! Keeps the documentation true to itself: links, pictures, lengths, and the pages that are generated.
//!
//! Not here: whether a page is right, which its snippets and proofs show (`docs/proofs/run.sh`, `examples/`).

mod coverage;
mod reasons;

use std::{
    fs,
    path::{Path, PathBuf},
};

const LONGEST_PAGE: usize = 150;
/// For pages that show each thing twice: as another library does it, and as Jotgate does.
const LONGEST_COMPARISON: usize = 200;
const GENERATED: [&str; 3] = ["docs/configuration.md", "docs/coverage.md", "docs/lint-rules.md"];
const COMPARISONS: [&str; 3] =
    ["docs/from-jsonwebtoken.md", "docs/from-jwt-simple.md", "docs/from-josekit.md"];

#[test]
fn every_link_leads_somewhere() {
    let mut faults = Vec::new();
    for page in pages() {
        let folder = page.parent().expect("a file has a folder");
        for target in links(&read(&page)) {
            let shown = page.strip_prefix(root()).unwrap_or(&page).display().to_string();
            let target = if target.starts_with('#') {
                format!("{}{target}", page.file_name().unwrap_or_default().to_string_lossy())
            } else {
                target
            };
            faults.extend(missing_target(folder, &target).map(|why| format!("{shown}: {target}: {why}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pages_are_short() {
    for page in pages() {
        let name = page.strip_prefix(root()).unwrap_or(&page).display().to_string();
        let lines = read(&page).lines().count();
        let is_comparison = COMPARISONS.contains(&name.as_str());
        let longest = if is_comparison { LONGEST_COMPARISON } else { LONGEST_PAGE };
        assert!(
            GENERATED.contains(&name.as_str()) || lines <= longest,
            "{name} has {lines} lines: split it by purpose"
        );
    }
}

#[test]
fn every_rule_of_the_linter_has_its_entry() {
    let is_new = in_step("docs/lint-rules.md", &jotgate_jose::lint::markdown());
    assert!(is_new, "docs/lint-rules.md is old, run with JOTGATE_BLESS=1");
}

#[test]
fn every_picture_can_be_read_aloud_and_in_the_dark() {
    let page = ["how-it-works.md", "speed.md", "how-fast-is-a-revocation.md"]
        .map(|page| read(&root().join("docs").join(page)))
        .concat();
    let files: Vec<_> =
        files_below(&root().join("docs/diagrams")).into_iter().filter(|file| has_end(file, "svg")).collect();
    assert_eq!(files.len(), 8);
    for file in files {
        let (name, picture) =
            (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), read(&file));
        assert!(page.contains(&format!("](diagrams/{name})")), "{name} is shown on no page");
        for part in ["<title id=\"t\">", "<desc id=\"d\">", "prefers-color-scheme: dark"] {
            assert!(picture.contains(part), "{name} lacks {part}");
        }
    }
}

#[test]
fn a_broken_link_is_found() {
    let docs = root().join("docs");
    assert_eq!(
        links("see [a](b.md#c) and ![d](e.svg), not `[f](g)`, not [h](https://i)"),
        ["b.md#c", "e.svg"]
    );
    assert_eq!(missing_target(&docs, "README.md#i-am-new"), None);
    assert!(missing_target(&docs, "README.md#no-such-heading").is_some());
    assert!(missing_target(&docs, "no-such-page.md").is_some());
}

#[test]
fn every_test_that_a_page_calls_as_a_witness_exists() {
    let page = read(&root().join("docs/how-others-were-broken.md"));
    let mut witnesses = 0;
    for (before, after) in page.split("](").zip(page.split("](").skip(1)) {
        let (name, file) = (before.rsplit('[').next().unwrap_or_default(), after.split(')').next());
        let Some(file) = file.filter(|file| file.ends_with(".rs") && !name.contains('.')) else { continue };
        witnesses += 1;
        let source = read(&root().join("docs").join(file));
        assert!(source.contains(&format!("fn {name}(")), "{file} has no test {name}");
    }
    assert!(witnesses > 30, "only {witnesses} witnesses found");
}

/// Whether the generated page is what stands in the file; JOTGATE_BLESS=1 writes it first.
fn in_step(page: &str, made: &str) -> bool {
    let file = root().join(page);
    if std::env::var_os("JOTGATE_BLESS").is_some() {
        fs::create_dir_all(file.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(&file, made).expect("the page can be written");
    }
    fs::read_to_string(&file).is_ok_and(|is| is == made)
}

/// Why this link, seen from `folder`, leads nowhere.
fn missing_target(folder: &Path, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let file = folder.join(file);
    if !file.exists() {
        return Some("no such file".into());
    }
    let anchor = anchor?;
    let page = read(&file);
    let found = headings(&page).any(|heading| slug(heading) == anchor);
    (!found).then(|| "no such heading".into())
}

fn headings(page: &str) -> impl Iterator<Item = &str> {
    prose(page).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim())
}

/// The anchor that GitHub makes of a heading.
fn slug(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// The relative targets of a page's links.
fn links(page: &str) -> Vec<String> {
    let text: String =
        prose(page).map(|line| line.split('`').step_by(2).collect::<String>() + "\n").collect();
    let targets =
        text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The lines outside fenced code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The pages people read: those of the root, of `docs/` and of `examples/`.
fn pages() -> Vec<PathBuf> {
    let top =
        fs::read_dir(root()).expect("the workspace can be read").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<PathBuf> = top.filter(|path| path.is_file()).collect();
    all.extend(["docs", "examples"].iter().flat_map(|folder| files_below(&root().join(folder))));
    all.retain(|path| has_end(path, "md"));
    all
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let hidden = |path: &Path| {
        path.file_name().is_some_and(|name| name == "node_modules" || name.to_string_lossy().starts_with('.'))
    };
    paths
        .filter(|path| !hidden(path))
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|extension| extension == end)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
