//! `jotgate token`: sign, verify and look inside, as plain filters.

mod batch;
mod decode;
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
    }
}

/// The time to judge by, in Unix seconds.
fn now(chosen: Option<i64>) -> i64 {
    chosen.unwrap_or_else(|| SystemClock.now())
}
