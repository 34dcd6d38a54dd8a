//! `jotgate token`: sign, verify and look inside, as plain filters.

mod batch;
mod decode;
mod diff;
mod lint;
mod secret_form;
mod sign;
mod verify;

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
    }
}

/// The token in a text as people copy it, without the word `Bearer` and quotes around it.
fn tidy(text: &str) -> &str {
    let text = text.trim().trim_matches(['"', '\'']);
    text.strip_prefix("Bearer ").unwrap_or(text).trim()
}

/// The time to judge by, in Unix seconds.
fn now(chosen: Option<i64>) -> i64 {
    chosen.unwrap_or_else(|| SystemClock.now())
}
