//! The words of the command line as types. Nothing is read, opened or decided here; the help texts live here.
//!
//! Each command has examples after its help, because that is what people copy.

pub(crate) mod client;
pub(crate) mod jws;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod probe;
pub(crate) mod server;
pub(crate) mod signing_keys;
pub(crate) mod token;
pub(crate) mod user;

use std::path::PathBuf;

use clap::builder::Styles;
use clap::{Parser, Subcommand};

use crate::output::{GOOD, KEY, TITLE};

/// Jotgate, the login server for JSON Web Tokens
#[derive(Debug, Parser)]
#[command(name = "jotgate", version, propagate_version = true, styles = STYLES, max_term_width = 100)]
#[command(
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  jotgate serve                      a login server on http://localhost:8080
  jotgate demo --step                the whole story, one step at a time
  jotgate token explain token.txt    why is this token refused?
  jotgate probe http://localhost:3000/profile    which wrong tokens does my API accept?

Exit codes: 0 good, 1 the answer is no, 2 wrong usage, 3 the surroundings (files, port, database)"
)]
pub(crate) struct Args {
    /// Answer with one JSON value on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Box<server::Serve>),
    Demo(Demo),
    Probe(Box<probe::Probe>),
    /// Sign, verify, explain and look inside tokens
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate token decode token.txt
  jotgate token explain token.txt --key key.json
  jotgate token sign --key key.json --claim sub=42 --expires-in 15m
  jotgate token verify --key key.json --iss https://id.example --aud api token.txt
  jotgate token lint token.txt
  jotgate token diff works.txt broken.txt"
    )]
    Token(Box<token::Token>),
    /// Sign and verify bytes of any kind
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate jws sign --key key.json letter.txt
  jotgate jws verify --key public.json letter.jws"
    )]
    Jws(Box<jws::Jws>),
    /// Make, examine and convert keys
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate key generate ES256 --out key.json
  jotgate key inspect key.json
  jotgate key convert --to pem key.json
  jotgate key thumbprint key.json"
    )]
    Key(key::Key),
    Secret(key::Secret),
    /// Manage the users, beside a running server or without one
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate user add ada@example.com --role admin
  jotgate user list
  jotgate user disable ada@example.com"
    )]
    User(user::User),
    /// Manage the programs that get tokens for themselves, beside a running server or without one
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate client add reports --scope read --audience https://api.example.com
  jotgate client list
  jotgate client rotate-secret reports"
    )]
    Client(client::Client),
    /// List, rotate and revoke the keys of the server, beside a running server or without one
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate signing-keys list
  jotgate signing-keys rotate --plan
  jotgate signing-keys revoke NzbLsXh8 --yes"
    )]
    SigningKeys(signing_keys::SigningKeys),
    /// Change the refresh key or the master key of the server
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate keys rotate-refresh
  jotgate keys rekey"
    )]
    Keys(keys::Keys),
    /// Manage the administration
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate admin setup-link"
    )]
    Admin(server::Admin),
    Why(server::Why),
    /// Look whether what the server needs from others works
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate doctor mail
  jotgate doctor mail --to you@example.com"
    )]
    Doctor(server::Doctor),
    /// Examine the configuration
    #[command(
        subcommand,
        after_help = "\
Examples:
  jotgate config show
  jotgate config check --config /etc/jotgate/jotgate.toml"
    )]
    Config(server::Config),
    Openapi(Openapi),
    Completions(Completions),
}

/// Tell the whole story in the terminal, against a throw-away server
///
/// Signs up, logs in, looks inside the token, calls a protected route, lets the token expire, refreshes, replays an
/// old refresh token as a thief would, and logs out. The server lives in this process, on a free port of this
/// machine, with a data folder that is removed at the end; its clock is moved instead of making you wait.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate demo
  jotgate demo --step
  NO_COLOR=1 jotgate demo")]
pub(crate) struct Demo {
    /// Wait for Enter after each step
    #[arg(long)]
    pub(crate) step: bool,
}

/// Print the description of the HTTP API: OpenAPI 3.1, or a Postman collection
///
/// The Postman collection runs as it is, in Postman and in newman; its variable `baseUrl` is http://localhost:8080.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate openapi > openapi.json
  jotgate openapi --postman > jotgate.postman_collection.json
  jotgate openapi --postman --base-url http://localhost:9000 > collection.json && newman run collection.json")]
pub(crate) struct Openapi {
    /// A Postman collection (v2.1) instead
    #[arg(long)]
    pub(crate) postman: bool,
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    pub(crate) base_url: String,
}

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate completions bash > ~/.local/share/bash-completion/completions/jotgate
  jotgate completions zsh > ~/.zfunc/_jotgate
  jotgate completions fish > ~/.config/fish/completions/jotgate.fish")]
pub(crate) struct Completions {
    pub(crate) shell: clap_complete::Shell,
}

/// Where to write something that must not be read by others.
#[derive(Debug, clap::Args)]
pub(crate) struct PrivateFile {
    /// Write to this new file, readable by you alone, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `NAME=VALUE`
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("this is written NAME=VALUE".to_owned()),
    }
}

const STYLES: Styles = Styles::styled().header(TITLE).usage(TITLE).literal(KEY).placeholder(GOOD);

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        fn walk(command: &clap::Command, path: &str) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n  "), "`{path}` shows no example");
            for line in help.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.contains("jotgate ") || line.contains("curl "), "`{path}`: {line}");
            }
            assert!(command.get_about().is_some(), "`{path}` does not say what it is for");
            for argument in command.get_arguments().filter(|argument| !argument.is_positional()) {
                assert!(argument.get_help().is_some(), "`{path}`: {} has no help", argument.get_id());
            }
            for child in command.get_subcommands() {
                walk(child, &format!("{path} {}", child.get_name()));
            }
        }
        walk(&Args::command(), "jotgate");
    }

    #[test]
    fn every_example_is_understood() {
        fn walk(command: &clap::Command, tried: &mut usize) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for words in help.lines().flat_map(calls_in) {
                let parsed = Args::try_parse_from(&words);
                assert!(parsed.is_ok(), "example {words:?}: {}", parsed.unwrap_err());
                *tried += 1;
            }
            command.get_subcommands().for_each(|child| walk(child, tried));
        }
        let mut tried = 0;
        walk(&Args::command(), &mut tried);
        assert!(tried > 60, "only {tried} examples found");
    }

    /// The calls of jotgate in a line of shell, without pipes, redirections and the remark after two spaces.
    fn calls_in(line: &str) -> Vec<Vec<&str>> {
        let line = line.trim_start().split("  ").next().unwrap_or_default();
        let mut calls = Vec::new();
        for call in [" | ", " && ", "$("]
            .iter()
            .fold(vec![line], |parts, stop| parts.into_iter().flat_map(|part| part.split(stop)).collect())
        {
            let end = [" >", " <", ")"].iter().filter_map(|stop| call.find(stop)).min().unwrap_or(call.len());
            let words = call[..end]
                .split_whitespace()
                .skip_while(|word| word.contains('=') && !word.starts_with('-'));
            let words: Vec<_> = words.collect();
            if words.first() == Some(&"jotgate") {
                calls.push(words);
            }
        }
        calls
    }
}
