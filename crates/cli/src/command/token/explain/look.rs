//! A report on a terminal: the answer first, then what the token holds, then the checks. Every word of it is the
//! library's; here are order, columns and colours, on which no meaning rests.

use anstyle::Style;
use jotgate_jose::explain::{Answer, Check, Kind, Member, Outcome, Remark, Report, Step, Tone, Working};

use crate::output::{BAD, CAREFUL, FAINT, GOOD, KEY, TITLE, paint};

pub(super) fn of(report: &Report) -> String {
    let mut page = Page(String::new());
    page.verdict(report);
    page.found(report);
    page.members("header", &report.header);
    let claims = match report.check(Step::Signature).map(|check| check.outcome) {
        Some(Outcome::Passed) => "claims, signed with the key you gave",
        _ => "claims, which anybody may have written",
    };
    page.members(claims, &report.claims);
    page.signature(report);
    page.key(report);
    page.remarks("notes", &report.remarks);
    // Against a text that is no token at all, a list of checks would explain nothing.
    let is_token = !matches!(report.found.kind, Kind::RefreshToken | Kind::Other);
    if is_token || !report.header.is_empty() {
        page.checks(&report.checks);
    }
    page.work(&report.work);
    page.0.trim_end().to_owned()
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    fn title(&mut self, text: &str) {
        self.line(&format!("\n{}", paint(TITLE, text)));
    }

    /// Wrapped text under an indentation, all of it in one style.
    fn text(&mut self, indent: usize, style: Style, text: &str) {
        for line in wrap(text, WIDTH.saturating_sub(indent)) {
            self.line(&format!("{:indent$}{}", "", paint(style, line)));
        }
    }

    fn verdict(&mut self, report: &Report) {
        let style = match report.verdict.answer {
            Answer::Passed => GOOD,
            Answer::Refused => BAD,
            _ => CAREFUL,
        };
        self.text(0, style, &report.verdict.text);
    }

    fn found(&mut self, report: &Report) {
        let found = &report.found;
        match (found.place.as_str(), found.kind) {
            ("", Kind::RefreshToken | Kind::Other) => {}
            (place, Kind::RefreshToken | Kind::Other) => self.text(0, FAINT, &format!("found {place}")),
            ("", _) => self.text(0, FAINT, &format!("found: {}", found.what)),
            (place, _) => self.text(0, FAINT, &format!("found: {}, {place}", found.what)),
        }
        if found.candidates.len() > 1 {
            for (at, candidate) in found.candidates.iter().enumerate() {
                let number = at + 1;
                let mark = if number == found.explained { "  <- explained" } else { "" };
                self.text(2, FAINT, &format!("{number}. {candidate}{mark}"));
            }
        }
    }

    fn members(&mut self, title: &str, members: &[Member]) {
        if members.is_empty() {
            return;
        }
        self.title(title);
        let short = members.iter().map(|member| member.name.len()).filter(|len| *len <= WIDEST);
        let width = short.max().unwrap_or(0);
        for member in members {
            let name = paint(KEY, format_args!("{:<width$}", member.name));
            let indent = width + 4;
            let value = shortened(&member.value);
            let mut lines = wrap(&value, WIDTH.saturating_sub(indent)).into_iter();
            // A name of a whole address gets a line of its own.
            match member.name.len() > WIDEST {
                true => self.line(&format!("  {name}")),
                false => self.line(&format!("  {name}  {}", lines.next().unwrap_or_default())),
            }
            lines.for_each(|line| self.line(&format!("{:indent$}{line}", "")));
            if let Some(words) = &member.words {
                self.text(indent, Style::new(), words);
            }
            if let (Some(meaning), Some(reference)) = (member.meaning, member.reference) {
                self.text(indent, FAINT, &format!("{meaning} {reference}"));
            }
            member.remarks.iter().for_each(|remark| self.remark(indent, remark));
        }
    }

    fn signature(&mut self, report: &Report) {
        let Some(signature) = &report.signature else { return };
        self.title("signature");
        let expected = match signature.expected {
            Some(expected) if expected != signature.bytes => format!(" instead of {expected}"),
            _ => String::new(),
        };
        self.text(2, Style::new(), &format!("{} bytes{expected}", signature.bytes));
        signature.remarks.iter().for_each(|remark| self.remark(2, remark));
    }

    fn key(&mut self, report: &Report) {
        let Some(key) = &report.key else { return };
        self.title("key");
        self.text(2, FAINT, &format!("given: {}", key.given));
        if let Some(chosen) = &key.chosen {
            self.text(2, FAINT, &format!("asked: {chosen}"));
        }
        match key.matches {
            Some(true) => {
                self.text(
                    2,
                    GOOD,
                    "the signature matches this key; that you trust the key is another matter",
                );
            }
            Some(false) => self.text(2, BAD, "the signature does not match this key"),
            None => {}
        }
        key.remarks.iter().for_each(|remark| self.remark(2, remark));
    }

    fn remarks(&mut self, title: &str, remarks: &[Remark]) {
        if !remarks.is_empty() {
            self.title(title);
            remarks.iter().for_each(|remark| self.remark(2, remark));
        }
    }

    fn remark(&mut self, indent: usize, remark: &Remark) {
        let style = match remark.tone {
            Tone::Bad => BAD,
            Tone::Careful => CAREFUL,
            _ => FAINT,
        };
        match remark.code {
            Some(code) => self.text(indent, style, &format!("{code}: {}", remark.text)),
            None => self.text(indent, style, &remark.text),
        }
    }

    fn checks(&mut self, checks: &[Check]) {
        self.title("checks, in the order of a verifier");
        let mut checks = checks.iter().peekable();
        while let Some(check) = checks.next() {
            if check.outcome == Outcome::Failed {
                let code = paint(BAD, check.code().unwrap_or_default());
                self.row(check.outcome, vec![format!("{}: {code}", check.title)]);
                self.failure(check);
                continue;
            }
            // Neighbours with one outcome share a line, so that what failed stands out.
            let mut told = vec![described(check)];
            while let Some(next) = checks.next_if(|next| next.outcome == check.outcome) {
                told.push(described(next));
            }
            self.row(check.outcome, wrap(&told.join(", "), WIDTH - OUTCOME));
        }
    }

    fn row(&mut self, outcome: Outcome, lines: Vec<String>) {
        let style = match outcome {
            Outcome::Passed => GOOD,
            Outcome::Failed => BAD,
            _ => FAINT,
        };
        let mut lines = lines.into_iter();
        let head = paint(style, format_args!("{:<11}", outcome.words()));
        self.line(&format!("  {head}  {}", lines.next().unwrap_or_default()));
        lines.for_each(|line| self.line(&format!("{:OUTCOME$}{line}", "")));
    }

    fn failure(&mut self, check: &Check) {
        let sides = match (&check.expected, &check.received) {
            (Some(expected), Some(received)) if expected.len() + received.len() < SIDE_BY_SIDE => {
                [Some(format!("expected {expected}, received {received}")), None]
            }
            (expected, received) => [
                expected.as_ref().map(|text| format!("expected {text}")),
                received.as_ref().map(|text| format!("received {text}")),
            ],
        };
        let rows = [
            ("", check.said.as_deref(), Style::new()),
            ("", sides[0].as_deref(), Style::new()),
            ("", sides[1].as_deref(), Style::new()),
            ("", check.hint.as_deref(), CAREFUL),
            ("mend: ", check.mend.as_deref(), GOOD),
        ];
        for (label, text, style) in rows {
            if let Some(text) = text {
                self.text(OUTCOME, style, &format!("{label}{text}"));
            }
        }
    }

    fn work(&mut self, work: &[Working]) {
        if work.is_empty() {
            return;
        }
        self.title("the signature, step by step");
        for (at, Working { title, lines, .. }) in work.iter().enumerate() {
            self.text(2, Style::new(), &format!("{}. {title}", at + 1));
            lines.iter().for_each(|line| self.text(5, KEY, line));
        }
    }
}

/// A check that did not fail, with what was looked at.
fn described(check: &Check) -> String {
    match (check.outcome, &check.received) {
        (Outcome::Passed | Outcome::NotAsked, Some(received)) => {
            let cut: String = received.chars().take(BESIDE).collect();
            let dots = if cut.len() < received.len() { "..." } else { "" };
            format!("{} ({cut}{dots})", check.title)
        }
        _ => check.title.clone(),
    }
}

/// Lines of at most so many characters, broken at spaces; a longer word is broken anywhere.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let used = line.chars().count();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        } else if used > 0 {
            line.push(' ');
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// A certificate chain in a header fills screens and tells nobody anything.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}... ({} characters)", &text[..at], text.chars().count()),
        None => text.to_owned(),
    }
}

const WIDTH: usize = 100;
/// Where the words of a check begin.
const OUTCOME: usize = 2 + 11 + 2;
/// Longer names do not push the values of all others to the right.
const WIDEST: usize = 16;
const LONG: usize = 300;
/// Two values that can be compared at a glance.
const SIDE_BY_SIDE: usize = 60;
/// Enough to recognise an address.
const BESIDE: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a abcdefgh b", 4), ["a", "abcd", "efgh", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn long_values_are_cut_and_say_so() {
        let cut = shortened(&"x".repeat(1000));
        assert!(cut.ends_with("... (1000 characters)") && cut.len() < 350);
        assert_eq!(shortened("short"), "short");
    }
}
