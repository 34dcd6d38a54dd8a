//! The work of each command, one file per command. Each takes its arguments and the [`Output`], and ends well or
//! with a [`Failure`]; none of them prints by itself or ends the process.

mod completions;
mod key;
mod key_file;
mod openapi;
mod private_file;
mod secret;
mod token;

use crate::args::Command;
use crate::failure::Failure;
use crate::output::Output;

/// Does what was asked for.
pub(crate) fn run(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Token(args) => token::run(&args, output),
        Command::Key(args) => key::run(&args, output),
        Command::Secret(args) => secret::run(&args, output),
        Command::Openapi(args) => openapi::run(&args, output),
        Command::Completions(args) => completions::run(&args, output),
    }
}
