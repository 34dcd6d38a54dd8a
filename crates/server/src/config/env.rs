//! The environment: which variables are ours, and the `.env` file that may stand in for it.
//!
//! A name with `__` can only be meant for a key, so an unknown one is an error; any other `JOTGATE_…` may
//! belong to somebody's script and is only worth a warning.

use std::path::Path;

use super::{
    error::{Problem, Source},
    key::KeyInfo,
    nearest,
    table::KEYS,
};

/// One variable and where it stands.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) source: Source,
}

/// What a variable is to us.
pub(super) enum Meaning {
    /// The value of a key.
    Value(&'static KeyInfo),
    /// The path of a file that holds the value.
    ValueFile(&'static KeyInfo),
    /// An error.
    Unknown(Problem),
    /// Worth a warning.
    Stray(String),
    /// Not for the server.
    Foreign,
}

/// What the variable is to us, by its name alone.
pub(super) fn meaning(variable: &Variable) -> Meaning {
    let name = variable.name.as_str();
    if !name.starts_with("JOTGATE_") || FOR_TESTS.contains(&name) || name.starts_with("JOTGATE_TEST_") {
        return Meaning::Foreign;
    }
    if let Some(info) = key_of(name) {
        return Meaning::Value(info);
    }
    if let Some(info) = name.strip_suffix("_FILE").and_then(key_of) {
        return Meaning::ValueFile(info);
    }
    let names: Vec<String> = KEYS.iter().map(|info| info.env_name()).collect();
    let near =
        near_key(name).or_else(|| nearest::among(name, names.iter().map(String::as_str)).map(str::to_owned));
    let mend = near.map_or_else(String::new, |near| format!("Did you mean {near}?"));
    if name.contains("__") {
        let (key, source) = (String::new(), variable.source.clone());
        return Meaning::Unknown(Problem {
            key,
            source,
            what: "names no key of the configuration".into(),
            mend,
        });
    }
    Meaning::Stray(
        format!("{} is set, but no setting has that name. {mend}", variable.source).trim_end().to_owned(),
    )
}

/// Reads the lines of a `.env` file.
pub(super) fn read_file(path: &Path, text: &str) -> Result<Vec<Variable>, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut variables, mut problems) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = number + 1;
        match assignment(line) {
            Ok((name, value)) => {
                let source = Source::EnvFile { name: name.to_owned(), path: path.to_owned(), line: number };
                variables.push(Variable { name: name.to_owned(), value, source });
            }
            Err(what) => {
                let source = Source::File { path: path.to_owned(), line: number };
                let mend = "A line is NAME=value, NAME=\"value\" or # a comment.".to_owned();
                problems.push(Problem { key: String::new(), source, what: what.to_owned(), mend });
            }
        }
    }
    if problems.is_empty() { Ok(variables) } else { Err(problems) }
}

fn key_of(name: &str) -> Option<&'static KeyInfo> {
    KEYS.iter().copied().find(|info| info.env_name() == name || info.env_alias() == Some(name))
}

/// `JOTGATE_IDLE_LIFETIME` and `JOTGATE_SESSIONS_IDLE_LIFETIME`: the section forgotten, or one underscore short.
fn near_key(name: &str) -> Option<String> {
    let words = name.strip_prefix("JOTGATE_")?.to_ascii_lowercase().replace("__", ".");
    let flat = words.replace('.', "_");
    let same = KEYS.iter().find(|info| info.path.replace('.', "_") == flat);
    let path = same.map(|info| info.path).or_else(|| nearest::key(&words))?;
    KEYS.iter().find(|info| info.path == path).map(|info| info.env_name())
}

fn assignment(line: &str) -> Result<(&str, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("has no = sign")?;
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err("has a name of other signs than letters, digits and _");
    }
    Ok((name, unquote(value.trim())?))
}

/// Single quotes keep everything; double quotes know `\"`, `\\`, `\n`; nothing expands `$`.
fn unquote(value: &str) -> Result<String, &'static str> {
    let Some(quote) = value.chars().next().filter(|c| ['"', '\''].contains(c)) else {
        let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
        return Ok(value[..end].trim_end().to_owned());
    };
    let (mut text, mut signs) = (String::new(), value[1..].chars());
    loop {
        match signs.next() {
            None => return Err("has a quote that is not closed on its line"),
            Some(sign) if sign == quote => break,
            Some('\\') if quote == '"' => match signs.next() {
                Some('n') => text.push('\n'),
                Some(sign @ ('"' | '\\' | '$')) => text.push(sign),
                _ => return Err("has a backslash before a sign that needs none"),
            },
            Some(sign) => text.push(sign),
        }
    }
    let rest = signs.as_str().trim_start();
    if rest.is_empty() || rest.starts_with('#') { Ok(text) } else { Err("goes on after its closing quote") }
}

/// Names that our own tests and examples use; a server beside them must not complain.
const FOR_TESTS: [&str; 6] =
    ["JOTGATE_VECTORS", "JOTGATE_TRACES", "JOTGATE_DEEP", "JOTGATE_BLESS", "JOTGATE_BIN", "JOTGATE_URL"];

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(text: &str) -> Vec<(String, String)> {
        let read = read_file(Path::new(".env"), text).unwrap();
        read.into_iter().map(|variable| (variable.name, variable.value)).collect()
    }

    #[test]
    fn reads_the_usual_forms() {
        let text = "# comment\n\nA=1\nexport B = two words \nC=\"a \\\"b\\\" $x\\n\" # why\nD='it is # $HOME'\nE=x#y\nF=x # y\nG=\n";
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "a \"b\" $x\n"),
            ("D", "it is # $HOME"),
            ("E", "x#y"),
            ("F", "x"),
            ("G", ""),
        ];
        assert_eq!(variables(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn bad_lines_are_named_without_their_values() {
        let problems =
            read_file(Path::new(".env"), "A=1\nnot an assignment\nB=\"open\nC='x'y\n").err().unwrap();
        let lines: Vec<String> = problems.iter().map(|problem| problem.source.to_string()).collect();
        assert_eq!(lines, [".env:2", ".env:3", ".env:4"]);
        assert!(!problems[1].to_string().contains("open"));
    }
}
