//! Runs a command with `JOTGATE_TEST_POSTGRES` naming a PostgreSQL that lives as long as the command, for runners that
//! start a process per test: `cargo run -p jotgate-harness --example with_postgres -- cargo nextest run`.

use std::process::{Command, ExitCode};

use jotgate_harness::Postgres;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let mut command = Command::new(words.next().expect("usage: with_postgres COMMAND [ARGUMENT...]"));
    command.args(words);
    if let Some(postgres) = Postgres::shared() {
        command.env("JOTGATE_TEST_POSTGRES", postgres.url());
        if let Some(root_cert) = postgres.root_cert() {
            command.env("JOTGATE_TEST_POSTGRES_CA", root_cert);
        }
    }
    let status = command.status().expect("the command starts");
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
