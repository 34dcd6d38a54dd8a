//! `jotgate token lint --bundle`: findings by file, and at the end what each rule is about, once.

use std::path::Path;

use jotgate_jose::lint::{self, Rule, Severity, Spot};
use serde_json::{Value, json};

use super::walk::{Step, Walk};
use super::{Tally, as_json, counted, explained, now, painted};
use crate::args::token::Lint;
use crate::failure::Failure;
use crate::output::{FAINT, KEY, Output, TITLE, paint};

pub(super) fn run(folder: &Path, args: &Lint, output: &Output) -> Result<(), Failure> {
    let found = look(folder, args, output)?;
    let spots = || found.files.iter().flat_map(|(_, spots)| spots);
    let tally = Tally::of(spots().map(|spot| spot.finding.rule.severity));
    if output.wants_json() {
        output.value(&found.as_json(&tally, args.deny));
    } else {
        found.files.iter().for_each(|(name, spots)| output.line(format_args!("{}\n", in_words(name, spots))));
        for rule in rules(spots()) {
            output.line(format_args!(
                "{}  {}\n{}\n",
                painted(rule.severity),
                paint(TITLE, rule.id),
                explained(rule)
            ));
        }
        found.tell_left_out(output);
        output.line(format_args!("{} {}", tally.in_words(), found.extent()));
    }
    tally.verdict(args.deny)
}

/// What a walk through a folder brought.
#[derive(Default)]
struct Found {
    /// The files with findings, by name.
    files: Vec<(String, Vec<Spot>)>,
    left_out: Vec<(String, String)>,
    count: usize,
    bytes: u64,
}

fn look(folder: &Path, args: &Lint, output: &Output) -> Result<Found, Failure> {
    let walk = Walk { node_modules: args.bundle.node_modules, largest: args.bundle.max_size << 20 };
    let now = now(args.now);
    let mut found = Found::default();
    let walked = walk.over(folder, &mut |step| match step {
        Step::Text(path, bytes) => {
            found.count += 1;
            found.bytes += bytes.len() as u64;
            if found.count.is_multiple_of(FILES_A_LINE) || bytes.len() > LARGE {
                output.progress(format_args!("{}, {}", counted(found.count, "file"), size(found.bytes)));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut spots = lint::file(&name, &bytes, now);
            spots.retain(|spot| !args.allow.contains(&spot.finding.rule.id));
            if !spots.is_empty() {
                found.files.push((shown(&path), spots));
            }
        }
        Step::LeftOut(path, why) => found.left_out.push((shown(&path), why)),
    });
    output.progress("");
    walked.map_err(|error| {
        Failure::environment(format!("the folder named by --bundle cannot be read: {error}"))
            .mend("name the folder that your build writes, such as dist or build")
    })?;
    Ok(found)
}

impl Found {
    fn as_json(&self, tally: &Tally, deny: Severity) -> Value {
        let findings = self.files.iter().flat_map(|(name, spots)| {
            spots.iter().map(move |spot| {
                let mut value = as_json(&spot.finding);
                value["file"] = json!(name);
                value["line"] = json!(spot.line);
                value["column"] = json!(spot.column);
                value
            })
        });
        let left_out = self.left_out.iter().map(|(name, why)| json!({ "file": name, "why": why }));
        json!({
            "ok": tally.allows(deny), "findings": findings.collect::<Vec<_>>(), "counts": tally.as_json(),
            "files": self.count, "bytes": self.bytes, "left_out": left_out.collect::<Vec<_>>(),
        })
    }

    fn tell_left_out(&self, output: &Output) {
        for (name, why) in self.left_out.iter().take(TOLD) {
            output.note(format_args!("{name} was left out: {why}"));
        }
        if self.left_out.len() > TOLD {
            output.note(format_args!("{} more were left out; --json lists them", self.left_out.len() - TOLD));
        }
    }

    fn extent(&self) -> String {
        paint(FAINT, format_args!("in {} ({})", counted(self.count, "file"), size(self.bytes)))
    }
}

fn in_words(name: &str, spots: &[Spot]) -> String {
    let line = |spot: &Spot| {
        let place = format!("{}:{}", spot.line, spot.column);
        let rule = spot.finding.rule;
        // The colours have no width, so the plain texts are padded.
        let gap = " ".repeat(SEVERITY.saturating_sub(rule.severity.name().len()));
        format!(
            "  {}  {}{gap}  {:<22}  {}",
            paint(KEY, format_args!("{place:>9}")),
            painted(rule.severity),
            rule.id,
            spot.finding.seen
        )
    };
    let mut lines = vec![paint(TITLE, name)];
    lines.extend(spots.iter().map(line));
    lines.join("\n")
}

/// The rules that were broken, each once, the worst first.
fn rules<'a>(spots: impl Iterator<Item = &'a Spot>) -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = Vec::new();
    for spot in spots {
        if !rules.contains(&spot.finding.rule) {
            rules.push(spot.finding.rule);
        }
    }
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    rules
}

/// A path fit for a terminal: names of files can hold anything.
fn shown(path: &Path) -> String {
    let mut out = String::new();
    for character in path.to_string_lossy().chars() {
        match character.is_control() {
            true => out.extend(character.escape_default()),
            false => out.push(character),
        }
    }
    out
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// The length of `warning`.
const SEVERITY: usize = 7;
/// More of what was left out would hide the findings.
const TOLD: usize = 10;
/// How often the line of progress moves.
const FILES_A_LINE: usize = 100;
const LARGE: usize = 8 << 20;
