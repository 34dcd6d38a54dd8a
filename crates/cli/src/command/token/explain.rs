//! `jotgate token explain`: what a token is, and why it is refused. Everything is found out by the library; here are
//! the options, the exit code and the look.

mod look;

use std::io;

use jotgate_jose::explain::{Answer, Check, Question, Report, explain};
use jotgate_jose::jwt::Policy;
use jotgate_jose::{Algorithm, Reason};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{now, policy};
use crate::args::token::Explain;
use crate::command::lines;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::Output;

pub(super) fn run(args: &Explain, output: &Output) -> Result<(), Failure> {
    let policy = policy(args, args.demands.alg)?;
    let [key, secret, words] = [&args.key, &args.secret, &args.wordlist];
    let key = read(key.as_ref(), "--key")?;
    let secret = read(secret.as_ref(), "--secret")?;
    let words = read(words.as_ref(), "--wordlist")?;
    let text = args.token.read(output)?;
    let mut question = Question::new(&text, now(args.demands.now)).policy(&policy);
    if let Some(key) = &key {
        question = question.key(key);
    }
    if let Some(secret) = &secret {
        question = question.secret(secret);
    }
    if let Some(words) = &words {
        question = question.guesses(words);
    }
    if let Some(number) = args.pick {
        question = question.pick(number);
    }
    if args.show_work {
        question = question.show_work();
    }
    let report = explain(&question);
    if args.pick.is_some_and(|number| number != report.found.explained) {
        let held = report.found.candidates.len();
        return Err(Failure::usage(format!("there is no such number: the text holds {held} tokens")));
    }
    output.answer(&answer(&report), || look::of(&report));
    if is_good(&report) { Ok(()) } else { Err(Failure::silent_no()) }
}

/// One line of the input.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    token: &'a RawValue,
    #[serde(default)]
    alg: Option<String>,
}

/// One JSON object a line in, one a line out, in order.
pub(super) fn batch(args: &Explain, output: &Output) -> Result<(), Failure> {
    // Wrong options are said once, not once a line.
    policy(args, args.demands.alg)?;
    let key = read(args.key.as_ref(), "--key")?;
    let secret = read(args.secret.as_ref(), "--secret")?;
    let shared = (key.as_ref().map(|key| key.as_slice()), secret.as_ref().map(|secret| secret.as_slice()));
    lines::answer_each(io::stdin().lock(), output, |line| answer_line(line, args, shared))
}

type Shared<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

fn answer_line(line: &str, args: &Explain, (key, secret): Shared<'_>) -> Result<Value, Failure> {
    let Ok(Line { id, key: own, token, alg }) = serde_json::from_str(line) else {
        return Ok(lines::no(&Value::Null, Reason::MalformedJson));
    };
    let alg = match lines::algorithm(alg.as_deref(), args.demands.alg) {
        Ok(alg) => alg,
        Err(reason) => return Ok(lines::no(&id, reason)),
    };
    // A compact token is a string; a JSON form is looked at as the text it is.
    let text = serde_json::from_str(token.get()).unwrap_or_else(|_| token.get().to_owned());
    let policy = policy(args, alg)?;
    let mut question = Question::new(&text, now(args.demands.now)).policy(&policy);
    if let Some(key) = own.map(|own| own.get().as_bytes()).or(key) {
        question = question.key(key);
    } else if let Some(secret) = secret {
        question = question.secret(secret);
    }
    if args.show_work {
        question = question.show_work();
    }
    let report = explain(&question);
    let reason = report.first_failed().and_then(Check::code);
    Ok(json!({ "id": id, "ok": is_good(&report), "reason": reason, "report": report }))
}

fn answer(report: &Report) -> Value {
    json!({
        "ok": is_good(report), "reason": report.first_failed().and_then(Check::code), "report": report,
    })
}

/// Whether everything that was asked for passed. That nobody asked about the signature is said, and no failure.
fn is_good(report: &Report) -> bool {
    matches!(report.verdict.answer, Answer::Passed | Answer::NotAsked)
}

fn read(source: Option<&Source>, option: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    source.map(|source| source.read(option)).transpose()
}

/// What the options demand of the token.
fn policy(args: &Explain, alg: Option<Algorithm>) -> Result<Policy, Failure> {
    policy::of(args.iss.as_deref(), &args.aud, &args.demands, alg)
}
