//! The outcome in words and as JSON. No text of an answer and no token is repeated.

use std::collections::BTreeMap;

use jotgate_testkit::catalogue::{Framework, Mend, Origin};
use serde_json::{Value, json};

use super::course::Course;
use super::outcome::{Outcome, Seen, Summary};
use super::target::Target;
use crate::args::probe::Probe;
use crate::output::{BAD, CAREFUL, FAINT, GOOD, KEY, TITLE, paint, wrapped};

pub(super) struct Report {
    pub(super) target: String,
    pub(super) outcomes: Vec<Outcome>,
    method: String,
    frameworks: Vec<Framework>,
    cut_short: Option<&'static str>,
}

impl Report {
    pub(super) fn new(args: &Probe, target: &Target, course: Course) -> Self {
        let chosen = args.framework.or(course.framework);
        Self {
            target: target.uri.to_string(),
            method: target.method.to_string(),
            outcomes: course.outcomes,
            frameworks: chosen.map_or_else(|| Framework::ALL.to_vec(), |one| vec![one]),
            cut_short: course.cut_short,
        }
    }

    pub(super) fn summary(&self) -> Summary {
        Summary::of(&self.outcomes)
    }

    pub(super) fn score(&self) -> String {
        let Summary { accepted, tried, .. } = self.summary();
        format!("{accepted} of {tried} wrong tokens accepted")
    }

    pub(super) fn json(&self) -> Value {
        let Summary { accepted, tried, crashed, inconclusive, skipped } = self.summary();
        let mends: Vec<_> =
            self.mends().into_iter().map(|(mend, cases)| self.mend_json(mend, &cases)).collect();
        json!({
            "target": self.target,
            "method": self.method,
            "score": {
                "accepted": accepted, "tried": tried, "crashed": crashed, "inconclusive": inconclusive,
                "skipped": skipped,
            },
            "cut_short": self.cut_short,
            "cases": self.outcomes.iter().map(case_json).collect::<Vec<_>>(),
            "mends": mends,
        })
    }

    fn mend_json(&self, mend: Mend, cases: &[&'static str]) -> Value {
        let lines = self.frameworks.iter().map(|one| (one.name().to_owned(), mend.line(*one).into()));
        json!({ "title": mend.title(), "cases": cases, "lines": Value::Object(lines.collect()) })
    }

    pub(super) fn words(&self) -> String {
        let mut lines = vec![paint(TITLE, format_args!("{} {}", self.method, self.target))];
        for origin in [Origin::Signed, Origin::Forged, Origin::Sent, Origin::Outdated] {
            let is_told = |one: &&Outcome| one.case.origin == origin && !matches!(one.seen, Seen::Skipped(_));
            let of_it: Vec<_> = self.outcomes.iter().filter(is_told).collect();
            if !of_it.is_empty() {
                lines.push(format!("\n{}", paint(KEY, origin.title())));
                lines.extend(of_it.into_iter().map(line));
            }
        }
        lines.push(String::new());
        lines.extend(self.what_to_change());
        lines.extend(self.remarks());
        let Summary { accepted, .. } = self.summary();
        lines.push(paint(if accepted == 0 { GOOD } else { BAD }, self.score()));
        lines.join("\n")
    }

    fn what_to_change(&self) -> Vec<String> {
        let mends = self.mends();
        if mends.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![paint(TITLE, "what to change")];
        for (mend, cases) in mends {
            lines.push(format!("  {}", wrapped(&format!("{} ({})", mend.title(), cases.join(", ")), 2)));
            for framework in &self.frameworks {
                let name = paint(FAINT, format_args!("{:<8}", framework.name()));
                lines.push(format!("    {name} {}", mend.line(*framework)));
            }
        }
        let guards = self.frameworks.iter().filter_map(|one| one.guard().map(|line| (one.name(), line)));
        lines.push("  all of it at once, with a guard of Jotgate".to_owned());
        lines.extend(
            guards.map(|(name, line)| format!("    {} {line}", paint(FAINT, format_args!("{name:<8}")))),
        );
        lines.push(String::new());
        lines
    }

    fn remarks(&self) -> Vec<String> {
        let Summary { crashed, inconclusive, .. } = self.summary();
        let mut lines = Vec::new();
        if crashed > 0 {
            lines.push(format!(
                "{} {crashed} made the API fail: a bad token is no reason for a 5xx",
                paint(CAREFUL, "crashed:")
            ));
        }
        if self.outcomes.iter().any(Outcome::is_too_strict) {
            lines.push(format!(
                "{} a good token in an unusual form was refused; see above",
                paint(CAREFUL, "strict:")
            ));
        }
        if inconclusive > 0 {
            lines.push(format!("{inconclusive} unclear"));
        }
        lines.extend(self.not_tried());
        lines.extend(self.cut_short.map(|why| format!("{} {why}", paint(CAREFUL, "ended early:"))));
        lines
    }

    /// What was left out, one line for each reason.
    fn not_tried(&self) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for one in &self.outcomes {
            if let Seen::Skipped(why) = one.seen {
                reasons.entry(why).or_default().push(one.case.id);
            }
        }
        let line =
            |(why, ids): (&str, Vec<&str>)| wrapped(&format!("not tried, {why}: {}", ids.join(", ")), 2);
        reasons.into_iter().map(line).map(|line| paint(FAINT, line)).collect()
    }

    /// What is missing, with the names of the entries that showed it.
    fn mends(&self) -> BTreeMap<Mend, Vec<&'static str>> {
        let mut mends: BTreeMap<Mend, Vec<&'static str>> = BTreeMap::new();
        for one in self.outcomes.iter().filter(|one| one.is_fault()) {
            mends.entry(one.case.mend).or_default().push(one.case.id);
        }
        mends
    }
}

fn line(one: &Outcome) -> String {
    let Outcome { case, seen, status, reason, delay } = one;
    let style = match seen {
        _ if one.is_fault() => BAD,
        Seen::Crashed => CAREFUL,
        _ if one.is_too_strict() => CAREFUL,
        Seen::Refused | Seen::Accepted | Seen::Fetched => GOOD,
        Seen::Inconclusive(_) | Seen::Skipped(_) => FAINT,
    };
    let status = status.map_or_else(|| "   ".to_owned(), |status| status.to_string());
    // In capitals, so that a fault is found without colours too.
    let is_finding = one.is_fault() || *seen == Seen::Crashed;
    let word = if is_finding { seen.word().to_uppercase() } else { seen.word().to_owned() };
    let word = paint(style, format_args!("{word:<8}"));
    let mut text =
        format!("  {word} {status}  a token {} {}", case.title, paint(FAINT, format_args!("({})", case.id)));
    text.extend(reason.map(|reason| format!("  {reason}")));
    text.extend(delay.map(|delay| format!("  after {} ms", delay.as_millis())));
    let more = match seen {
        Seen::Inconclusive(why) => Some((*why).to_owned()),
        Seen::Fetched => {
            Some(format!("it asked the address that the token names; gains: {}", case.attacker_gains))
        }
        Seen::Accepted if one.is_fault() && case.change.is_some() => {
            Some(format!("still let in, so until it expires; gains: {}", case.attacker_gains))
        }
        Seen::Accepted if one.is_fault() => Some(format!("gains: {}", case.attacker_gains)),
        _ => None,
    };
    text.extend(more.map(|more| format!("\n{:16}{}", "", wrapped(&more, 16))));
    text
}

fn case_json(one: &Outcome) -> Value {
    let Outcome { case, seen, status, reason, delay } = one;
    let why = match seen {
        Seen::Inconclusive(why) | Seen::Skipped(why) => Some(*why),
        _ => None,
    };
    json!({
        "id": case.id,
        "title": case.title,
        "what": case.what,
        "origin": case.origin.title(),
        "must_be_refused": case.must_be_refused(),
        "outcome": seen.word(),
        "why": why,
        "status": status,
        "reason": reason,
        "delay_ms": delay.map(|delay| delay.as_millis()),
        "fault": one.is_fault(),
        "attacker_gains": case.attacker_gains,
        "spec": case.spec,
    })
}
