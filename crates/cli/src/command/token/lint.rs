//! `jotgate token lint`: how a token was made, and what files for browsers give away.

mod bundle;
mod walk;

use jotgate_jose::lint::{self, Finding, Question, Rule, Severity};
use jotgate_token::access::RESERVED;
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};

use super::{found, now};
use crate::args::token::Lint;
use crate::command::key_file::KeyFile;
use crate::failure::Failure;
use crate::output::{BAD, CAREFUL, FAINT, GOOD, KEY, Output, TITLE, paint, wrapped};

pub(super) fn run(args: &Lint, output: &Output) -> Result<(), Failure> {
    match &args.bundle.bundle {
        Some(folder) => bundle::run(folder, args, output),
        None => token(args, output),
    }
}

fn token(args: &Lint, output: &Output) -> Result<(), Failure> {
    let text = args.token.read(output)?;
    let token = Zeroizing::new(found(&text, output));
    let secret = args.secret.as_ref().map(|source| source.read("--secret")).transpose()?;
    let keys = match &args.key {
        Some(source) => Some(KeyFile::parse(&source.read("--key")?)?.for_token(&token, None)),
        None => None,
    };
    let mut question = Question::new(&token, now(args.now)).agreed_claims(RESERVED);
    question = secret.as_ref().map_or(question, |secret| question.secret(secret));
    question = match &keys {
        Some(Ok(keys)) => question.keys(keys),
        Some(Err(error)) => question.refused_key(error),
        None => question,
    };
    let mut findings = lint::token(&question);
    findings.retain(|finding| !args.allow.contains(&finding.rule.id));
    let tally = Tally::of(findings.iter().map(|finding| finding.rule.severity));
    if output.wants_json() {
        let listed: Vec<_> = findings.iter().map(as_json).collect();
        output
            .value(&json!({ "ok": tally.allows(args.deny), "findings": listed, "counts": tally.as_json() }));
    } else {
        findings.iter().for_each(|finding| output.line(format_args!("{}\n", in_words(finding))));
        output.line(tally.in_words());
    }
    tally.verdict(args.deny)
}

fn in_words(finding: &Finding) -> String {
    let Finding { rule, place, seen, .. } = finding;
    let at = if place.is_empty() { String::new() } else { format!("{}: ", paint(KEY, place)) };
    format!(
        "{}  {}  {at}{}\n{}",
        painted(rule.severity),
        paint(TITLE, rule.id),
        wrapped(seen, 2),
        explained(rule)
    )
}

/// What a rule is about, why, and what to do.
fn explained(rule: &Rule) -> String {
    let Rule { title, why, mend, reference, .. } = rule;
    let what = wrapped(&format!("{title}. {why}"), 2);
    // Where a page of ours is the reference, the address alone says as much.
    let source = if reference.contains(".md") { String::new() } else { format!("{reference} · ") };
    let link = paint(FAINT, format_args!("{source}{}", rule.link()));
    format!("  {what}\n  {} {}\n  {link}", paint(GOOD, "mend:"), wrapped(mend, 8))
}

fn as_json(finding: &Finding) -> Value {
    let Finding { rule, place, seen, .. } = finding;
    json!({
        "rule": rule.id, "severity": rule.severity.name(), "place": place, "seen": seen, "title": rule.title,
        "why": rule.why, "mend": rule.mend, "reference": rule.reference, "link": rule.link(), "page": rule.page(),
    })
}

fn painted(severity: Severity) -> String {
    let style = match severity {
        Severity::Error => BAD,
        Severity::Warning => CAREFUL,
        _ => KEY,
    };
    paint(style, severity)
}

/// How many findings there are of each severity.
#[derive(Default)]
struct Tally {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Tally {
    fn of(severities: impl Iterator<Item = Severity>) -> Self {
        let mut tally = Self::default();
        for severity in severities {
            match severity {
                Severity::Error => tally.errors += 1,
                Severity::Warning => tally.warnings += 1,
                _ => tally.notes += 1,
            }
        }
        tally
    }

    fn allows(&self, deny: Severity) -> bool {
        let denied = match deny {
            Severity::Note => self.errors + self.warnings + self.notes,
            Severity::Warning => self.errors + self.warnings,
            _ => self.errors,
        };
        denied == 0
    }

    fn verdict(&self, deny: Severity) -> Result<(), Failure> {
        if self.allows(deny) { Ok(()) } else { Err(Failure::silent_no()) }
    }

    fn in_words(&self) -> String {
        let Self { errors, warnings, notes } = *self;
        let some = [(errors, "error", BAD), (warnings, "warning", CAREFUL), (notes, "note", KEY)]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, name, style)| paint(style, counted(count, name)));
        let some: Vec<_> = some.collect();
        if some.is_empty() { paint(GOOD, "nothing to find fault with") } else { some.join(", ") }
    }

    fn as_json(&self) -> Value {
        json!({ "error": self.errors, "warning": self.warnings, "note": self.notes })
    }
}

/// `1 file`, `2 files`.
fn counted(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
