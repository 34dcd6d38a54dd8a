//! A report as the template wants it: sorted into tones, with the pages of reasons and rules beside it.

use jotgate_jose::{
    explain::{self, Answer, Outcome, Remark, Report, Tone},
    lint,
};
use jotgate_token::reason;

use crate::http::pages::{Span, spans};

/// A report and the findings, ready to be set.
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) tone: &'static str,
    pub(super) headline: &'static str,
    /// Whose key was asked.
    pub(super) source: &'static str,
    /// What everybody must see at once.
    pub(super) loud: Vec<&'a Remark>,
    pub(super) failed: Option<Check<'a>>,
    pub(super) checks: Vec<Check<'a>>,
    pub(super) parts: Vec<Part<'a>>,
    pub(super) findings: Vec<Finding<'a>>,
    /// How many of the checks passed, failed and so on, in words.
    pub(super) tally: String,
}

/// A check with its class, its reason's code and its mend.
#[derive(Clone)]
pub(super) struct Check<'a> {
    pub(super) of: &'a explain::Check,
    pub(super) class: &'static str,
    pub(super) code: &'static str,
    pub(super) mend: Vec<Span<'a>>,
}

/// One of the three parts of the token.
pub(super) struct Part<'a> {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) text: &'a str,
}

pub(super) struct Finding<'a> {
    pub(super) of: &'a lint::Finding,
    pub(super) class: &'static str,
    pub(super) why: Vec<Span<'static>>,
    pub(super) mend: Vec<Span<'static>>,
}

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report, findings: &'a [lint::Finding], source: &'static str) -> Self {
        let checks: Vec<_> = report.checks.iter().map(Check::of).collect();
        let (tone, headline) = match report.verdict.answer {
            Answer::Passed => ("good", "Passed"),
            Answer::Refused => ("bad", "Refused"),
            Answer::NotAsked => ("careful", "Not checked"),
            _ => ("note", "No token"),
        };
        Self {
            report,
            tone,
            headline,
            source,
            loud: loud(report),
            failed: report.first_failed().map(Check::of),
            parts: parts(report.token()),
            findings: findings.iter().map(Finding::of).collect(),
            tally: tally(&report.checks),
            checks,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass everything by reference")]
pub(super) fn tone(tone: &Tone) -> &'static str {
    match tone {
        Tone::Note => "note",
        Tone::Careful => "careful",
        _ => "bad",
    }
}

impl<'a> Finding<'a> {
    fn of(finding: &'a lint::Finding) -> Self {
        let class = match finding.rule.severity {
            lint::Severity::Error => "bad",
            lint::Severity::Warning => "careful",
            _ => "note",
        };
        Self { of: finding, class, why: spans(finding.rule.why), mend: spans(finding.rule.mend) }
    }
}

impl<'a> Check<'a> {
    fn of(check: &'a explain::Check) -> Self {
        let reason = check.code().and_then(reason::by_code);
        let mend = check.mend.as_deref().or(reason.map(|reason| reason.mend));
        Self {
            of: check,
            class: match check.outcome {
                Outcome::Passed => "good",
                Outcome::Failed => "bad",
                Outcome::NotReached => "skipped",
                _ => "open",
            },
            code: check.code().unwrap_or_default(),
            mend: mend.map(spans).unwrap_or_default(),
        }
    }
}

/// Dangers, wherever they were found: that the secret is public, that the signature is another token's.
fn loud(report: &Report) -> Vec<&Remark> {
    let of_signature = report.signature.iter().flat_map(|signature| &signature.remarks);
    let of_key = report.key.iter().flat_map(|key| &key.remarks);
    report
        .remarks
        .iter()
        .chain(of_signature)
        .chain(of_key)
        .filter(|remark| remark.tone == Tone::Bad)
        .collect()
}

/// Text that is set as code anyway needs no marks.
pub(super) fn unquoted(text: &str) -> String {
    text.replace('`', "")
}

/// The token at its dots; what is no JWS stays in one piece.
fn parts(token: &str) -> Vec<Part<'_>> {
    const NAMES: [(&str, &str); 3] = [("head", "header"), ("load", "payload"), ("sign", "signature")];
    let pieces: Vec<_> = token.split('.').collect();
    match <[&str; 3]>::try_from(pieces) {
        Ok(pieces) => {
            pieces.into_iter().zip(NAMES).map(|(text, (class, name))| Part { class, name, text }).collect()
        }
        Err(_) => vec![Part { class: "whole", name: "text", text: token }],
    }
}

/// `1 failed, 9 passed, 7 not asked`.
fn tally(checks: &[explain::Check]) -> String {
    let outcomes = [Outcome::Failed, Outcome::Passed, Outcome::NotReached, Outcome::NotAsked];
    let counted = outcomes.into_iter().filter_map(|outcome| {
        let count = checks.iter().filter(|check| check.outcome == outcome).count();
        (count > 0).then(|| format!("{count} {}", outcome.words()))
    });
    counted.collect::<Vec<_>>().join(", ")
}
