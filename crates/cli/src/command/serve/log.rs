//! The log of the server: to standard error, for people or as JSON, one line an event.

use std::io::IsTerminal as _;

use jotgate_server::config::{Log, LogFormat, LogLevel};
use tracing::level_filters::LevelFilter;

/// Starts the log of this process. A second start changes nothing.
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines =
        tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    // A log that was started before stays as it is.
    let _ = match log.format {
        LogFormat::Human => {
            let colour = std::io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            tracing::subscriber::set_global_default(lines.with_ansi(colour).finish())
        }
        LogFormat::Json => tracing::subscriber::set_global_default(lines.json().flatten_event(true).finish()),
    };
}
