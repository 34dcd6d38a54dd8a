//! Everything the command line says, and in which tone. The contract:
//!
//! - The answer goes to standard output; notes, warnings and refusals go to standard error.
//! - With `--json`, standard output carries exactly one JSON value, for a refusal too; notes are left out.
//! - A refusal is one line, `code: what is wrong`, and where there is something to do a second line with the mend.
//! - Colour only on a terminal and never when `NO_COLOR` is set. No text depends on it.
//! - Nothing is said twice, nothing is exclaimed, and no token, secret or password is repeated from the input.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Color, Style};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;

/// The only way to the terminal.
pub(crate) struct Output {
    json: bool,
    /// The first write that failed; told once, at the end.
    broken: RefCell<Option<io::Error>>,
}

pub(crate) const TITLE: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CAREFUL: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const KEY: Style = AnsiColor::Cyan.on_default();
/// White on red: for states that must not be overlooked.
pub(crate) const BANNER: Style =
    AnsiColor::White.on_default().bg_color(Some(Color::Ansi(AnsiColor::Red))).bold();

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, broken: RefCell::new(None) }
    }

    /// Whether the answer must be JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    /// Whether somebody is likely to be looking at standard output.
    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// The answer of a command in both forms.
    pub(crate) fn answer(&self, value: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json {
            self.value(value);
        } else {
            self.line(text());
        }
    }

    /// A line of standard output.
    pub(crate) fn line(&self, text: impl Display) {
        self.keep(writeln!(anstream::stdout(), "{text}"));
    }

    /// Bytes of standard output, as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.keep(io::stdout().write_all(bytes));
    }

    /// A JSON value as the whole of standard output.
    pub(crate) fn value(&self, value: &impl Serialize) {
        self.line(pretty(value));
    }

    /// A JSON value as one line among others.
    pub(crate) fn record(&self, value: &impl Serialize) {
        self.line(serde_json::to_string(value).expect("our answers have string keys and no failing impl"));
    }

    /// Something worth knowing that is not the answer.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.json {
            self.keep(writeln!(anstream::stderr(), "{}", paint(FAINT, format_args!("note: {text}"))));
        }
    }

    /// How far a long task is, on one line of the terminal that the next call replaces; an empty text removes it.
    pub(crate) fn progress(&self, text: impl Display) {
        if !self.json && io::stderr().is_terminal() {
            let mut stderr = anstream::stderr();
            let text = text.to_string();
            // Blanks instead of an escape, which NO_COLOR would take away.
            let line = paint(FAINT, format_args!("{text:PROGRESS$}"));
            self.keep(write!(stderr, "\r{line}\r").and_then(|()| stderr.flush()));
        }
    }

    /// Something that works now and may hurt later.
    pub(crate) fn warning(&self, text: impl Display) {
        self.keep(writeln!(anstream::stderr(), "{} {text}", paint(CAREFUL, "warning:")));
    }

    /// A question on the terminal; the answer is read by `input`.
    pub(crate) fn ask(&self, text: impl Display) {
        let mut stderr = anstream::stderr();
        self.keep(write!(stderr, "{text} ").and_then(|()| stderr.flush()));
    }

    /// The end of a command that did not succeed.
    pub(crate) fn failure(&self, failure: &Failure) {
        let Failure { reason, text, mend, more, .. } = failure;
        if text.is_empty() {
            return;
        }
        if self.json {
            let mut value = json!({ "ok": false, "reason": reason, "text": text, "mend": mend });
            if let (Some(members), Some(Value::Object(more))) = (value.as_object_mut(), more.clone()) {
                members.extend(more);
            }
            self.value(&value);
            return;
        }
        let head = reason.as_deref().unwrap_or("error");
        self.keep(writeln!(anstream::stderr(), "{} {text}", paint(BAD, format_args!("{head}:"))));
        if let Some(mend) = mend {
            self.keep(writeln!(anstream::stderr(), "  {} {mend}", paint(GOOD, "mend:")));
        }
    }

    /// Says whether everything reached its reader. A reader that went away (`| head`) has what it wanted.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        let flushed = io::stdout().flush();
        self.keep(flushed);
        match self.broken.take() {
            None => Ok(()),
            Some(error) => Err(Failure::environment(format!("the answer could not be written: {error}"))),
        }
    }

    fn keep(&self, written: io::Result<()>) {
        let Err(error) = written else { return };
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.broken.borrow_mut().get_or_insert(error);
        }
    }
}

/// The text in a style; the terminal's abilities are judged when it is written.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// JSON as people read it.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("our answers have string keys and no failing impl")
}

/// Lines of `name  value` with the values under each other.
pub(crate) fn pairs<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line =
        |(name, value): &(&str, String)| format!("{}  {value}", paint(KEY, format_args!("{name:<width$}")));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Prose in lines of at most [`WIDTH`] characters, all but the first indented.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{:indent$}", ""))
}

/// A table without lines: headings and cells, for lists.
pub(crate) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}

/// The width of a line of progress.
const PROGRESS: usize = 40;
/// Wide enough for a sentence, narrow enough for a terminal beside an editor.
const WIDTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_line_up() {
        let text =
            anstream::adapter::strip_str(&pairs([("id", "1".into()), ("e-mail", "a@b".into())])).to_string();
        assert_eq!(text, "id      1\ne-mail  a@b");
    }

    #[test]
    fn prose_is_wrapped_between_words() {
        assert_eq!(wrapped("a b", 2), "a b");
        let text = wrapped(&"four ".repeat(40), 4);
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    four")), "{text}");
        assert_eq!(wrapped("", 2), "");
    }

    #[test]
    fn a_table_has_its_headings_and_rows() {
        let text = table(["email", "roles"], [["a@b.example".to_owned(), "admin".to_owned()]]);
        let lines: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines, [["email", "roles"], ["a@b.example", "admin"]]);
    }
}
