//! What became of everybody: counts and first examples for the answer, every case for the report file, and which id stands
//! for which in the other system.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use jotgate_server::flow::import_users::{Fate, Outcome, Problem};
use serde_json::{Value, json};

use super::super::super::private_file::begin;
use crate::args::user::Import;
use crate::failure::Failure;
use crate::output::{Output, pairs, wrapped};

#[derive(Default)]
pub(super) struct Tally {
    imported: u64,
    there: u64,
    left: u64,
    /// By code and words.
    kinds: BTreeMap<(&'static str, String), Kind>,
    broken: Vec<(String, String)>,
    first_conflicts: Vec<String>,
    report: Option<BufWriter<File>>,
    ids: Option<csv::Writer<File>>,
}

/// One kind of problem.
struct Kind {
    users: u64,
    mend: &'static str,
    keeps_out: bool,
    first: Vec<Value>,
}

impl Tally {
    pub(super) fn silent() -> Self {
        Self::default()
    }

    pub(super) fn new(args: &Import) -> Result<Self, Failure> {
        let report = args.report.as_deref().map(begin).transpose()?.map(BufWriter::new);
        let mut ids = args.ids.as_deref().map(begin).transpose()?.map(csv::Writer::from_writer);
        if let Some(ids) = &mut ids {
            ids.write_record(["old_id", "new_id", "email"]).map_err(|error| unwritten(&error))?;
        }
        Ok(Self { report, ids, ..Self::default() })
    }

    pub(super) fn add(
        &mut self,
        file: &Path,
        outcomes: impl Iterator<Item = Outcome>,
    ) -> Result<(), Failure> {
        for outcome in outcomes {
            match outcome.fate {
                Fate::Imported(_) => self.imported += 1,
                Fate::There(_) => {
                    self.there += 1;
                    if self.first_conflicts.len() < EXAMPLES {
                        self.first_conflicts.push(outcome.who.clone());
                    }
                }
                Fate::Left => self.left += 1,
            }
            for problem in &outcome.problems {
                self.note(file, &outcome, problem)?;
            }
            self.note_id(&outcome)?;
        }
        Ok(())
    }

    fn note(&mut self, file: &Path, outcome: &Outcome, problem: &Problem) -> Result<(), Failure> {
        let place = json!({ "file": file.display().to_string(), "line": outcome.line, "user": outcome.who });
        let kind = self.kinds.entry((problem.code(), problem.text())).or_insert_with(|| Kind {
            users: 0,
            mend: problem.mend(),
            keeps_out: problem.keeps_out(),
            first: Vec::new(),
        });
        kind.users += 1;
        if kind.first.len() < EXAMPLES {
            kind.first.push(place.clone());
        }
        let Some(report) = &mut self.report else { return Ok(()) };
        let mut line = place;
        line["imported"] = matches!(outcome.fate, Fate::Imported(_)).into();
        line["problem"] = problem.code().into();
        line["text"] = problem.text().into();
        line["mend"] = problem.mend().into();
        writeln!(report, "{line}").map_err(|error| unwritten(&error))
    }

    fn note_id(&mut self, outcome: &Outcome) -> Result<(), Failure> {
        let (Fate::Imported(id) | Fate::There(id)) = outcome.fate else { return Ok(()) };
        let (Some(ids), Some(old)) = (&mut self.ids, &outcome.foreign_id) else { return Ok(()) };
        ids.write_record([old, &id.to_string(), &outcome.who]).map_err(|error| unwritten(&error))
    }

    pub(super) fn break_off(&mut self, file: &Path, what: String) {
        self.broken.push((file.display().to_string(), what));
    }

    pub(super) fn progress(&self, dry_run: bool) -> String {
        let done = self.imported + self.there + self.left;
        format!("{done} users {}", if dry_run { "looked at" } else { "done" })
    }

    /// With `--on-conflict fail`: nobody may be there already.
    pub(super) fn refuse_conflicts(&self) -> Result<(), Failure> {
        if self.there == 0 {
            return Ok(());
        }
        let names = self.first_conflicts.join(", ");
        Err(Failure::no(format!("{} of the users are there already: {names}", self.there))
            .mend("leave out `--on-conflict fail` to skip them; nothing was written"))
    }

    pub(super) fn finish(mut self, args: &Import, output: &Output) -> Result<(), Failure> {
        if let Some(report) = &mut self.report {
            report.flush().map_err(|error| unwritten(&error))?;
        }
        if let Some(ids) = &mut self.ids {
            ids.flush().map_err(|error| unwritten(&error))?;
        }
        let value = self.value(args.dry_run);
        if let Some((file, what)) = self.broken.first() {
            let so_far = format!("{file} {what}; {} imported before that", self.imported);
            return Err(Failure::no(so_far)
                .mend("mend the file and run the import again: who is in stays in and is skipped")
                .with(value));
        }
        output.answer(&value, || self.words(args));
        Ok(())
    }

    fn value(&self, dry_run: bool) -> Value {
        let kind = |((code, text), kind): (&(&'static str, String), &Kind)| {
            let Kind { users, mend, keeps_out, first } = kind;
            json!({
                "problem": code, "text": text, "mend": mend, "users": users, "keeps_out": keeps_out, "first": first,
            })
        };
        json!({
            "dry_run": dry_run,
            "imported": self.imported,
            "already_there": self.there,
            "left_out": self.left,
            "problems": self.kinds.iter().map(kind).collect::<Vec<_>>(),
        })
    }

    fn words(&self, args: &Import) -> String {
        let imported = if args.dry_run { "would be imported" } else { "imported" };
        let counts = [
            (imported, self.imported.to_string()),
            ("already there", self.there.to_string()),
            ("left out", self.left.to_string()),
        ];
        let mut text = pairs(counts);
        for (keeps_out, heading) in [(true, "Left out"), (false, "Imported, but not whole")] {
            let kinds: Vec<_> = self.kinds.iter().filter(|(_, kind)| kind.keeps_out == keeps_out).collect();
            if kinds.is_empty() {
                continue;
            }
            text.push_str(&format!("\n\n{heading}:"));
            for ((_, what), Kind { users, mend, first, .. }) in kinds {
                let first = first.first().map_or_else(String::new, |place| {
                    let name = place["user"].as_str().filter(|name| !name.is_empty());
                    let name = name.map_or_else(String::new, |name| format!(", {name}"));
                    format!("first: line {}{name}", place["line"])
                });
                text.push_str(&format!("\n  {users:>7}  {}", wrapped(what, 11)));
                text.push_str(&format!("\n           {}", wrapped(&format!("{first}; {mend}"), 11)));
            }
        }
        if args.dry_run {
            text.push_str("\n\nNothing was written.");
        }
        text
    }
}

fn unwritten(error: &dyn std::fmt::Display) -> Failure {
    Failure::environment(format!("the report could not be written: {error}"))
}

/// How many users are named for each kind of problem.
const EXAMPLES: usize = 5;
