//! `jotgate`, the one binary: the login server and the token tools.
//!
//! A command runs in three stages: `args` turns words into typed arguments, `settings` adds files and environment,
//! `command` does the work. All words that reach a terminal pass through `output`. Nothing here decides about
//! tokens, users or sessions: that is done in `jotgate_jose`, `jotgate_token` and `jotgate_server`.

mod args;
mod command;
mod failure;
mod input;
mod output;
mod settings;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Args;
use crate::output::Output;

fn main() -> ExitCode {
    let Args { json, command } = Args::parse();
    let output = Output::new(json);
    let outcome = command::run(command, &output).and_then(|()| output.finish());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
