//! `jotgate token`: sign, verify, explain and look inside, as plain filters.

mod batch;
mod decode;
mod diff;
mod explain;
mod lint;
mod policy;
mod sign;
mod verify;

use jotgate_jose::explain::{Found, Kind, Question, explain};
use jotgate_token::{Clock as _, SystemClock};

use crate::args::token::Token;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Token, output: &Output) -> Result<(), Failure> {
    match args {
        Token::Sign(args) => sign::run(args, output),
        Token::Verify(args) if args.batch => batch::run(args, output),
        Token::Verify(args) => verify::run(args, output),
        Token::Decode(args) => decode::run(args, output),
        Token::Lint(args) => lint::run(args, output),
        Token::Diff(args) => diff::run(args, output),
        Token::Explain(args) if args.batch => explain::batch(args, output),
        Token::Explain(args) => explain::run(args, output),
    }
}

/// The token in a text as people copy it: in a header, a cookie, a log. Text without one is left as it is.
fn found(text: &str, output: &Output) -> String {
    let report = explain(&Question::new(text, 0));
    if report.found.kind != Kind::Jws {
        return text.trim().to_owned();
    }
    say_where(&report.found, output);
    report.token().to_owned()
}

/// Where in the text the token stood and what was mended, for commands whose answer has no room for it.
fn say_where(found: &Found, output: &Output) {
    let Found { place, repairs, candidates, explained, .. } = found;
    if !place.is_empty() {
        output.note(format_args!("the token was found {place}"));
    }
    if candidates.len() > 1 {
        output.note(format_args!("the text holds {} tokens, this is number {explained}", candidates.len()));
    }
    repairs.iter().for_each(|repair| output.note(format_args!("mended: {repair}")));
}

/// The time to judge by, in Unix seconds.
fn now(chosen: Option<i64>) -> i64 {
    chosen.unwrap_or_else(|| SystemClock.now())
}
