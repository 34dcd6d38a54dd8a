//! `jotgate config`: what is in force and who said so, and whether it can be used.

use jotgate_server::config::{ConfigError, Described};
use serde_json::{Value, json};

use crate::args::server::{Config, SettingsArgs};
use crate::failure::Failure;
use crate::output::{FAINT, GOOD, Output, paint, table};
use crate::settings;

pub(super) fn run(args: &Config, output: &Output) -> Result<(), Failure> {
    match args {
        Config::Show { settings } => show(settings, output),
        Config::Check { settings } => check(settings, output),
    }
}

fn show(args: &SettingsArgs, output: &Output) -> Result<(), Failure> {
    let described = settings::config(args, output)?.describe();
    let json: Vec<_> = described
        .iter()
        .map(|Described { key, value, source }| json!({ "key": key, "value": value, "source": source.to_string() }))
        .collect();
    output.answer(&json, || {
        let row = |Described { key, value, source }: &Described| {
            [(*key).to_owned(), value.clone(), paint(FAINT, source)]
        };
        table(["key", "value", "set by"], described.iter().map(row))
    });
    Ok(())
}

fn check(args: &SettingsArgs, output: &Output) -> Result<(), Failure> {
    let checked = settings::load(args).and_then(|settings| settings.check(None));
    match checked {
        Ok(checked) => {
            if output.wants_json() {
                output.value(&json!({ "ok": true, "warnings": checked.warnings }));
            } else {
                settings::warned(checked, output);
                output.line(paint(GOOD, "the configuration is good"));
            }
            Ok(())
        }
        // Whether it can be used is the question here, so a configuration that cannot be is the answer no.
        Err(error) => Err(settings::unusable(&error).answering_no().with(problems(&error))),
    }
}

fn problems(error: &ConfigError) -> Value {
    let problem = |problem: &jotgate_server::config::Problem| {
        json!({
            "key": problem.key, "source": problem.source.to_string(), "what": problem.what, "mend": problem.mend,
        })
    };
    json!({ "problems": error.problems.iter().map(problem).collect::<Vec<_>>() })
}
