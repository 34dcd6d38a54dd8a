//! From arguments, environment and files to a checked configuration; every rule about it is in
//! `jotgate_server::config`. This is the only place where the command line reads the whole environment.

use std::path::Path;

use jotgate_server::config::{Checked, Config, ConfigError, Settings, Sources};

use crate::args::server::SettingsArgs;
use crate::failure::Failure;
use crate::output::Output;

/// What the sources say, not yet held against the rules.
pub(crate) fn load(args: &SettingsArgs) -> Result<Settings, ConfigError> {
    Settings::load(&sources(args))
}

/// The configuration for a command that is not `serve`, its warnings said.
pub(crate) fn config(args: &SettingsArgs, output: &Output) -> Result<Config, Failure> {
    load(args)
        .and_then(|settings| settings.check(None))
        .map(|checked| warned(checked, output))
        .map_err(|e| unusable(&e))
}

/// Says the warnings, and hands on the configuration.
pub(crate) fn warned(checked: Checked, output: &Output) -> Config {
    checked.warnings.iter().for_each(|warning| output.warning(warning));
    checked.config
}

/// A configuration that cannot be used: every problem with its place and its mend.
pub(crate) fn unusable(error: &ConfigError) -> Failure {
    let lines = error.to_string().replace('\n', "\n  ");
    Failure::environment(format!("the configuration cannot be used\n  {lines}"))
}

fn sources(args: &SettingsArgs) -> Sources {
    let mut flags = args.set.clone();
    let mut flag =
        |key: &str, value: Option<String>| flags.extend(value.map(|value| (key.to_owned(), value)));
    flag("data", args.data.as_ref().map(|path| path.display().to_string()));
    flag("database", args.database.clone());
    flag("issuer", args.issuer.clone());
    // A value that is not text cannot be ours: every setting is.
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        name.into_string().ok().zip(value.into_string().ok())
    };
    Sources {
        flags,
        env: std::env::vars_os().filter_map(text).collect(),
        file: args.config.clone().or_else(|| Sources::default_file(Path::new(""))),
        env_file: args.env_file.clone(),
    }
}
