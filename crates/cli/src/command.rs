//! The work of each command, one file per command. Each takes its arguments and the [`Output`], and ends well or
//! with a [`Failure`]; none of them prints by itself or ends the process.

mod admin;
mod beside;
mod client;
mod completions;
mod config;
mod demo;
mod doctor;
mod jws;
mod key;
mod key_file;
mod keys;
mod lines;
mod openapi;
mod private_file;
mod probe;
mod secret;
mod serve;
mod signing_keys;
mod token;
mod user;
mod why;

pub(crate) use serve::Offset;

use crate::args::Command;
use crate::failure::Failure;
use crate::output::Output;

/// Does what was asked for.
pub(crate) fn run(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::run(&args, output),
        Command::Demo(args) => demo::run(&args, output),
        Command::Probe(args) => probe::run(&args, output),
        Command::Token(args) => token::run(&args, output),
        Command::Jws(args) => jws::run(&args, output),
        Command::Key(args) => key::run(&args, output),
        Command::Secret(args) => secret::run(&args, output),
        Command::User(args) => user::run(args, output),
        Command::Client(args) => client::run(args, output),
        Command::Keys(args) => keys::run(&args, output),
        Command::SigningKeys(args) => signing_keys::run(args, output),
        Command::Admin(args) => admin::run(&args, output),
        Command::Why(args) => why::run(&args, output),
        Command::Config(args) => config::run(&args, output),
        Command::Doctor(args) => doctor::run(&args, output),
        Command::Openapi(args) => openapi::run(&args, output),
        Command::Completions(args) => completions::run(&args, output),
    }
}
