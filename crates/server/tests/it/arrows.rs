//! The allowed arrows of the house: which crate may use which, and inside the server which room.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// Crates: what each may depend on, outside its tests.
const CRATES: &[(&str, &[&str])] = &[
    ("jotgate-jose", &[]),
    ("jotgate-token", &["jotgate-jose"]),
    ("jotgate-guard", &["jotgate-token", "jotgate-jose"]),
    ("jotgate-server", &["jotgate-token", "jotgate-jose"]),
    ("jotgate-testkit", &["jotgate-guard", "jotgate-token", "jotgate-jose"]),
    ("jotgate", &["jotgate-server", "jotgate-testkit", "jotgate-token", "jotgate-jose"]),
    ("jotgate-harness", &["jotgate-server", "jotgate-token", "jotgate-jose"]),
];

/// Rooms of the server: what each may use. `http` reaches rules and rows only through flows.
const ROOMS: &[(&str, &[&str])] = &[
    ("config", &["store"]),
    ("rule", &[]),
    ("store", &["config"]),
    ("error", &["store"]),
    ("text", &[]),
    ("mail", &["rule", "text"]),
    ("app", &["config", "error", "rule", "store"]),
    ("flow", &["app", "config", "error", "mail", "rule", "store", "text"]),
    ("job", &["app", "config", "error", "flow"]),
    ("http", &["app", "config", "error", "flow", "text"]),
    ("lib", &[]),
];

/// Crypto is named in one folder of one crate.
const CRYPTO: &[&str] = &["aws_lc_rs", "ring", "sha2", "hmac", "p256", "rsa", "ed25519_dalek"];

#[test]
fn crates_use_only_what_the_house_allows() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut broken = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let allowed = CRATES.iter().find(|(one, _)| *one == name).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            broken.push(format!("{name} is not in the house"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let target = dependency["name"].as_str().expect("a name");
            if target.starts_with("jotgate") && dependency["kind"].is_null() && !allowed.contains(&target) {
                broken.push(format!("{name} -> {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "arrows the house does not allow: {broken:#?}");
    assert_eq!(packages.len(), CRATES.len(), "a crate left the house; mend this list");
}

#[test]
fn rooms_use_only_what_the_house_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    let mut seen = 0;
    each_source(&root, &mut |path, text| {
        seen += 1;
        let relative = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
        let room = relative.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        broken.extend(broken_arrows(room, text).into_iter().map(|arrow| format!("{relative}: {arrow}")));
    });
    assert!(broken.is_empty(), "arrows the house does not allow: {broken:#?}");
    assert!(seen > 20, "only {seen} files were read");
}

#[test]
fn a_broken_arrow_is_found() {
    for (room, text, found) in [
        ("rule", "use crate::store::Tx;", Some("rule -> store")),
        ("store", "use crate::{config::Database, flow::Client};", Some("store -> flow")),
        ("http", "fn f() { crate::rule::refresh::judge(); }", Some("http -> rule")),
        ("job", "use crate::{\n    app::App,\n    store::{Tx, users},\n};", Some("job -> store")),
        ("rule", "use super::super::store::Tx;", Some("rule -> store")),
        ("http", "// crate::store is not used here\nuse crate::flow::log_in;", None),
        ("flow", "use crate::{app::App, rule, store::{users, sessions}};", None),
    ] {
        assert_eq!(broken_arrows(room, text).first().map(String::as_str), found, "{text}");
    }
}

#[test]
fn only_one_folder_names_a_crypto_crate() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut broken = Vec::new();
    each_source(&crates, &mut |path, text| {
        let path = path.to_string_lossy().replace('\\', "/");
        if path.contains("/jose/src/crypto") || path.contains("/tests") {
            return;
        }
        let code = without_comments(text);
        broken.extend(
            CRYPTO.iter().filter(|name| names_crate(&code, name)).map(|name| format!("{path}: {name}")),
        );
    });
    // The PostgreSQL driver's TLS names its provider through rustls, which is the same library.
    broken.retain(|one| !(one.contains("/store/") && one.ends_with("aws_lc_rs")));
    assert!(broken.is_empty(), "crypto crates named outside jose/src/crypto: {broken:#?}");
}

/// Whether a path begins with the crate: `ring::`, but not the end of `String::`.
fn names_crate(code: &str, name: &str) -> bool {
    let starts = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    code.match_indices(&format!("{name}::")).any(|(at, _)| starts(at))
}

fn each_source(folder: &Path, visit: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            each_source(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &fs::read_to_string(&path).expect("text"));
        }
    }
}

/// The arrows of a file that its room does not allow, as `room -> target`.
fn broken_arrows(room: &str, text: &str) -> Vec<String> {
    let rooms: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let Some(allowed) = rooms.get(room) else { return vec![format!("{room} is no room")] };
    let code = without_comments(text);
    let mut targets = Vec::new();
    for start in ["crate::", "super::super::"] {
        for (at, _) in code.match_indices(start) {
            targets.extend(first_names(&code[at + start.len()..]));
        }
    }
    targets.retain(|target| {
        target != room && rooms.contains_key(target.as_str()) && !allowed.contains(&target.as_str())
    });
    targets.into_iter().map(|target| format!("{room} -> {target}")).collect()
}

/// The first names of a path: one, or those of a braced group.
fn first_names(rest: &str) -> Vec<String> {
    let ident =
        |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![ident(rest)] };
    let (mut depth, mut names, mut fresh) = (1, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && depth == 1 && (c.is_alphabetic() || c == '_') => {
                names.push(ident(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
