//! `jotgate completions`: the script with which a shell completes our words.

use clap::CommandFactory as _;
use serde_json::json;

use crate::args::{Args, Completions};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Completions, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "jotgate", &mut script);
    if output.wants_json() {
        let text = String::from_utf8(script).expect("clap_complete writes UTF-8");
        output.value(&json!({ "shell": args.shell.to_string(), "script": text }));
    } else {
        output.bytes(&script);
    }
    Ok(())
}
