//! `jotgate key inspect`: everything known about a key, for one file or line by line.

use std::io::{self, BufRead};

use jotgate_jose::inspect::{self, Inspection, SetInspection};
use jotgate_jose::{Algorithm, Error, Reason};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::no_key;
use crate::args::key::Inspect;
use crate::command::key_file::KeyFile;
use crate::command::lines;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::{BAD, CAREFUL, GOOD, Output, paint, pairs};

pub(super) fn run(args: &Inspect, output: &Output) -> Result<(), Failure> {
    if args.batch {
        return batch(args, output);
    }
    let source = args.key.as_ref().ok_or_else(|| Failure::usage("KEY or --batch is needed"))?;
    let bytes = source.read("KEY")?;
    let found = match args.alg.filter(|_| args.secret) {
        Some(algorithm) => alone(inspect::secret(&bytes, algorithm)),
        None => file(&KeyFile::parse(&bytes)?, args.alg.map(Algorithm::name)),
    };
    if found.keys.is_empty() {
        return Err(no_key());
    }
    if output.wants_json() {
        output.value(&of_all(&found));
    } else {
        let refusal = found.refusal.iter().map(|error| paint(BAD, error));
        let words: Vec<_> = found.keys.iter().map(words).chain(refusal).collect();
        output.line(words.join("\n\n"));
    }
    // The report has said everything; only the exit code is left to give.
    if refusal(&found).is_none() { Ok(()) } else { Err(Failure::silent_no()) }
}

/// One line of the input.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(default)]
    alg: Option<String>,
}

fn batch(args: &Inspect, output: &Output) -> Result<(), Failure> {
    let input: Box<dyn BufRead> = match &args.key {
        None | Some(Source::Stdin) => Box::new(io::stdin().lock()),
        Some(source) => Box::new(io::Cursor::new(source.read("KEY")?.to_vec())),
    };
    lines::answer_each(input, output, |line| Ok(answer(line, args.alg)))
}

fn answer(line: &str, chosen: Option<Algorithm>) -> Value {
    let Ok(Line { id, key, alg }) = serde_json::from_str(line) else {
        return lines::no(&Value::Null, Reason::MalformedJson);
    };
    let Some(key) = key else {
        return json!({ "id": id, "ok": false, "reason": Reason::KeyMalformed.code(), "text": "the line has no `key`" });
    };
    let mut answer = match KeyFile::parse_json(key) {
        Ok(file) => of_file(&file, alg.as_deref().or(chosen.map(Algorithm::name))),
        Err(error) => no(&error),
    };
    answer["id"] = id;
    answer
}

/// The members of one key stand in the answer itself, those of a set in `keys`.
fn of_file(file: &KeyFile, alg: Option<&str>) -> Value {
    let found = self::file(file, alg);
    match (file, found.keys.as_slice()) {
        (KeyFile::One(_), [one]) => of_one(one),
        (_, []) => {
            json!({ "ok": false, "reason": Reason::KeyMalformed.code(), "text": "there is no key in it" })
        }
        _ => of_all(&found),
    }
}

fn file(file: &KeyFile, alg: Option<&str>) -> SetInspection {
    match file {
        KeyFile::One(jwk) => alone(inspect::key(jwk, alg)),
        KeyFile::Set(set) => inspect::set(set, alg),
    }
}

fn alone(found: Inspection) -> SetInspection {
    SetInspection::from(found)
}

/// Why the set is refused, or the first of its keys that is.
fn refusal(found: &SetInspection) -> Option<&Error> {
    found.refusal.as_ref().or_else(|| found.keys.iter().find_map(|key| key.refusal.as_ref()))
}

fn of_all(found: &SetInspection) -> Value {
    let mut answer = refusal(found).map_or_else(|| json!({ "ok": true }), no);
    answer["keys"] = found.keys.iter().map(of_one).collect();
    answer
}

fn of_one(found: &Inspection) -> Value {
    let weaknesses: Vec<_> = found.weaknesses.iter().map(ToString::to_string).collect();
    json!({
        "ok": found.refusal.is_none(),
        "kind": found.kind,
        "kid": found.kid,
        "algorithm": algorithm(found),
        "use": found.kind.is_some().then(|| found.purpose.to_string()),
        "thumbprint": found.thumbprint,
        "weaknesses": weaknesses,
        "reason": found.refusal.as_ref().map(|error| error.reason().code()),
        "text": found.refusal.as_ref().map(ToString::to_string),
    })
}

fn no(error: &Error) -> Value {
    json!({ "ok": false, "reason": error.reason().code(), "text": error.to_string() })
}

/// A sound key that names none says so.
fn algorithm(found: &Inspection) -> Option<&str> {
    found.algorithm.as_deref().or(found.refusal.is_none().then_some("not named"))
}

fn words(found: &Inspection) -> String {
    let verdict = match &found.refusal {
        None => paint(GOOD, "good"),
        Some(error) => paint(BAD, error),
    };
    let named = [
        ("kind", found.kind.clone()),
        ("kid", found.kid.clone()),
        ("algorithm", algorithm(found).map(str::to_owned)),
        ("for", found.kind.is_some().then(|| found.purpose.to_string())),
        ("thumbprint", found.thumbprint.clone()),
        ("verdict", Some(verdict)),
    ];
    let weaknesses = found.weaknesses.iter().map(|weakness| ("weakness", Some(paint(CAREFUL, weakness))));
    pairs(named.into_iter().chain(weaknesses).filter_map(|(name, value)| Some((name, value?))))
}
