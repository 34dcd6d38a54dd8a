//! `jotgate.toml`: TOML 1.0 with the line of every key, flattened to the paths of the table.
//!
//! Read as a tree and not through `Deserialize`, because an unknown key has to be named with its line and the
//! key that was meant, all of them in one go.

use std::path::Path;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{Problem, Source},
    key::Raw,
    nearest,
    table::KEYS,
};

/// What one file says.
#[derive(Default)]
pub(super) struct File {
    pub(super) values: Vec<(&'static str, Raw, Source)>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the text of `path`.
pub(super) fn read(path: &Path, text: &str) -> File {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = File::default();
    let place = Place { path, text };
    match DeTable::parse(text) {
        Ok(table) => walk(&place, "", table.get_ref(), &mut file),
        Err(error) => {
            let source = place.source(error.span().map_or(0, |span| span.start));
            let what = format!("is no TOML: {}", error.message().replace('\n', ", "));
            let mend = mend_syntax(&place, &source).to_owned();
            file.problems.push(Problem { key: String::new(), source, what, mend });
        }
    }
    file.values.sort_by_key(|(_, _, source)| line_of(source));
    file.problems.sort_by_key(|problem| line_of(&problem.source));
    file
}

struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn source(&self, offset: usize) -> Source {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Source::File { path: self.path.to_owned(), line }
    }
}

fn walk(place: &Place<'_>, prefix: &str, table: &DeTable<'_>, file: &mut File) {
    for (key, value) in table {
        let name = key.get_ref();
        let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        let source = place.source(key.span().start);
        if let Some(info) = KEYS.iter().find(|info| info.path == path) {
            file.values.push((info.path, raw(value), source));
        } else if KEYS.iter().any(|info| info.section() == path) {
            match value.get_ref() {
                DeValue::Table(table) => walk(place, &path, table, file),
                _ => file.problems.push(not_a_section(path, source)),
            }
        } else {
            unknown(place, path, source, value, file);
        }
    }
}

fn unknown(place: &Place<'_>, path: String, source: Source, value: &Spanned<DeValue<'_>>, file: &mut File) {
    // An unknown section is one problem where it is empty, else one for each key in it.
    match value.get_ref() {
        DeValue::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                let source = place.source(key.span().start);
                unknown(place, format!("{path}.{}", key.get_ref()), source, value, file);
            }
        }
        _ => {
            let mend = match nearest::key(&path) {
                Some(near) => format!("Did you mean {}?", in_file(near)),
                None => "`jotgate config show` lists every key.".to_owned(),
            };
            file.problems.push(Problem {
                key: path,
                source,
                what: "is no key of the configuration".into(),
                mend,
            });
        }
    }
}

/// `idle_lifetime` in `[sessions]`: the key as it is written in the file.
fn in_file(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((section, name)) => format!("`{name}` in [{section}]"),
        None => format!("`{path}`, above all [sections]"),
    }
}

fn not_a_section(path: String, source: Source) -> Problem {
    let mend = format!("Write [{path}] on a line of its own and the keys below it.");
    Problem { key: path, source, what: "is a section, not a key".into(), mend }
}

fn raw(value: &Spanned<DeValue<'_>>) -> Raw {
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a number beyond 64 bits"), Raw::Integer),
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map_or(Raw::Other("a list of other things than text"), Raw::List)
        }
        DeValue::Table(table) => {
            let pairs = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), value.get_ref().as_str()?.to_owned())));
            pairs.collect::<Option<_>>().map_or(Raw::Other("a table of other things than text"), Raw::Map)
        }
        DeValue::Float(_) => Raw::Other("a fraction"),
        DeValue::Boolean(yes) => Raw::Flag(*yes),
        DeValue::Datetime(_) => Raw::Other("a date"),
    }
}

fn mend_syntax(place: &Place<'_>, source: &Source) -> &'static str {
    let line = place.text.lines().nth(line_of(source).saturating_sub(1)).unwrap_or("");
    match line.split_once('=') {
        Some((_, value)) if !value.trim_start().starts_with(['"', '\'', '[', '{']) => {
            "Text, addresses and durations stand in quotes: key = \"value\"."
        }
        _ => "A line is [section] or key = \"value\".",
    }
}

fn line_of(source: &Source) -> usize {
    match source {
        Source::File { line, .. } => *line,
        _ => 0,
    }
}
