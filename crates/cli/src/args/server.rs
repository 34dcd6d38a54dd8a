//! Arguments of the commands that run the server or stand beside it: `serve`, `admin`, `why`, `config`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::args::pair;
use crate::command::Offset;

/// Where the settings come from. A flag beats an environment variable, which beats the file.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// The settings file [default: jotgate.toml in this folder, where there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A file of NAME=value lines, read as environment variables
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// The data folder [default: ./jotgate-data]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`; put a password into JOTGATE_DATABASE_URL, not here
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The public URL of the server [default: http://localhost:PORT]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Any other setting, such as sessions.idle_lifetime=1d; may be said more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
}

/// Run the login server
///
/// Starts without any configuration: SQLite in ./jotgate-data, http://localhost:8080, fresh keys. Prints `curl`
/// lines that work when pasted. Logs go to standard error. Ctrl-C or SIGTERM lets running requests finish.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate serve
  jotgate serve --listen 127.0.0.1:0
  jotgate serve --demo-lifetimes
  jotgate serve --clock-offset -16m --data ./test-data
  jotgate serve --listen 0.0.0.0:8080 --issuer https://id.example --env-file /etc/jotgate/env
  jotgate serve --database postgres://jotgate@db.example/jotgate")]
pub(crate) struct Serve {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Access tokens for 20 seconds, sessions for 2 minutes: to watch things expire; loopback only
    #[arg(long)]
    pub(crate) demo_lifetimes: bool,
    /// Sign and judge with a clock so far ahead, or behind with `-`: to test expiry from any language; loopback only.
    /// With -16m every new access token (15m) has expired already for everybody else
    #[arg(long, value_name = "SPAN", value_parser = Offset::read, allow_hyphen_values = true)]
    pub(crate) clock_offset: Option<Offset>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make a link with which the first administrator sets e-mail and password
    ///
    /// The link works once, for one hour; making a new one voids the old. A running server need not be restarted.
    #[command(after_help = "\
Examples:
  jotgate admin setup-link
  jotgate admin setup-link --data /var/lib/jotgate --issuer https://id.example")]
    SetupLink {
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

/// Explain a refusal by its request id, or a reason by its code
///
/// The server keeps its last 10,000 refusals. A request id stands in every error answer (`request_id`) and in the
/// header X-Request-Id.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate why 019abcde-0000-7000-8000-000000000000
  jotgate why refresh.reused
  jotgate why exp.expired --json")]
pub(crate) struct Why {
    /// A request id, or a reason code such as `exp.expired`
    #[arg(value_name = "REQUEST_ID|REASON")]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Doctor {
    Mail(DoctorMail),
}

/// Connect to the mail server step by step, and show what waits and what failed
///
/// Sends nothing unless an address is given. The first step that fails is shown with what the server said and what to
/// do about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate doctor mail
  jotgate doctor mail --to you@example.com
  jotgate doctor mail --config /etc/jotgate/jotgate.toml --env-file /etc/jotgate/env --json")]
pub(crate) struct DoctorMail {
    /// Send a test mail to this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print the settings in force, secrets left out
    #[command(after_help = "\
Examples:
  jotgate config show
  jotgate config show --config jotgate.toml --json
  JOTGATE_TOKENS__ACCESS_LIFETIME=5m jotgate config show")]
    Show {
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Check the settings without starting anything
    #[command(after_help = "\
Examples:
  jotgate config check
  jotgate config check --config /etc/jotgate/jotgate.toml --env-file /etc/jotgate/env")]
    Check {
        #[command(flatten)]
        settings: SettingsArgs,
    },
}
