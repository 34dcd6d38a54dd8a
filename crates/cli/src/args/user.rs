//! Arguments of `user`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::args::server::SettingsArgs;
use crate::input::Source;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    Add(Add),
    List(List),
    Show(Show),
    Passwd(Passwd),
    Roles(Roles),
    Disable(Disable),
    Enable(Enable),
    ResetFactors(ResetFactors),
    Delete(Delete),
    Import(Import),
    Export(Export),
}

/// Where the new password comes from; without a word about it, the terminal is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// Read the password from standard input, one line
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) password_stdin: bool,
    /// Read the password from a file (or `env:NAME`), one line
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<Source>,
}

impl PasswordArgs {
    /// Where the password is, unless the terminal is to be asked.
    pub(crate) fn source(&self) -> Option<&Source> {
        if self.password_stdin { Some(&Source::Stdin) } else { self.password_file.as_ref() }
    }
}

/// Whom it is about: the e-mail address, the user name or the id.
#[derive(Debug, clap::Args)]
pub(crate) struct Whom {
    /// E-mail address, user name or id
    #[arg(value_name = "USER")]
    pub(crate) user: String,
}

/// Add a user
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user add ada@example.com
  jotgate user add ada@example.com --username ada --role admin
  jotgate user add ada@example.com --password-file ada.txt --json
  printf %s \"$PASSWORD\" | jotgate user add ada@example.com --password-stdin")]
pub(crate) struct Add {
    pub(crate) email: String,
    /// A name to log in with besides the e-mail address
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The name to show
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A role; may be said more than once
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// List the users, in the order of their sign-up
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user list
  jotgate user list --limit 1000 --json
  jotgate user list --after 019abcde-0000-7000-8000-000000000000")]
pub(crate) struct List {
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Start after the user with this id
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<uuid::Uuid>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Show a user
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user show ada@example.com
  jotgate user show ada --json
  jotgate user show ada@example.com --everything > ada.json")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Everything that is held about the user, as a JSON document to hand out; the audit notes it
    #[arg(long)]
    pub(crate) everything: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Set a new password; all sessions of the user end
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user passwd ada@example.com
  jotgate user passwd ada --password-file new.txt
  printf %s \"$PASSWORD\" | jotgate user passwd ada --password-stdin")]
pub(crate) struct Passwd {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Set the roles of a user; they replace the old ones
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user roles ada@example.com admin editor
  jotgate user roles ada --none")]
pub(crate) struct Roles {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// The roles from now on
    #[arg(value_name = "ROLE", required_unless_present = "none")]
    pub(crate) roles: Vec<String>,
    /// No role at all
    #[arg(long, conflicts_with = "roles")]
    pub(crate) none: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Lock a user out: all sessions end and no login works
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user disable ada@example.com")]
pub(crate) struct Disable {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Let a disabled user in again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user enable ada@example.com")]
pub(crate) struct Enable {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Remove all second factors of a user who lost them; all sessions end
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user reset-factors ada@example.com
  jotgate user reset-factors ada --yes --json")]
pub(crate) struct ResetFactors {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Delete a user with all sessions; this cannot be undone
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user delete ada@example.com
  jotgate user delete 019abcde-0000-7000-8000-000000000000 --yes")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Take in the users of another system, with the passwords they have
///
/// Everybody with an e-mail address is taken in; what cannot come over is said with the line, the user and what to do
/// about it. Passwords go on as they are: a foreign hash is checked once more and becomes Argon2id at the first login.
/// Run again, it skips who is there already. A server that runs beside it sees the users at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user import --from auth0 users.ndjson --dry-run
  jotgate user import --from auth0 users.ndjson --report left-behind.jsonl --ids ids.csv
  jotgate user import --from firebase users.json --hash-config firebase-hash.txt
  jotgate user import --from keycloak acme-realm.json acme-users-0.json --verified-only
  jotgate user import --from csv users.csv --on-conflict fail --json

How to get each file, and what comes over: docs/leaving-another-provider.md")]
pub(crate) struct Import {
    /// The system the file is of
    #[arg(long, value_enum)]
    pub(crate) from: Provider,
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Write nothing, and say the same
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The password hash parameters of the Firebase project, as its console shows them
    #[arg(long, value_name = "FILE", required_if_eq("from", "firebase"))]
    pub(crate) hash_config: Option<PathBuf>,
    /// Write what could not be taken over here, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write here which id of the other system became which, as CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,
    /// Leave out who has not verified the address
    #[arg(long)]
    pub(crate) verified_only: bool,
    /// Let who had a role `admin` there administer this server
    #[arg(long)]
    pub(crate) keep_admin: bool,
    /// What to do when somebody is there already
    #[arg(long, value_enum, default_value = "skip")]
    pub(crate) on_conflict: OnConflict,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Its export of password hashes (an object a line), or an array for its bulk import
    Auth0,
    /// `firebase auth:export`, JSON or CSV
    Firebase,
    /// `kc.sh export`, the file of a realm or of its users
    Keycloak,
    /// The table auth.users, CSV with headings or JSON
    Supabase,
    /// Any CSV with a column `email`, and what `user export --format csv` writes
    Csv,
    /// What `user export --format jsonl` writes
    Jsonl,
}

impl Provider {
    /// Its name, for the audit.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth0 => "auth0",
            Self::Firebase => "firebase",
            Self::Keycloak => "keycloak",
            Self::Supabase => "supabase",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What to do when somebody is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// Leave that account as it is and go on
    Skip,
    /// Look through everything first, and write nothing if anybody is
    Fail,
}

/// Write all users into a file that `user import` reads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate user export users.jsonl
  jotgate user export users.csv --format csv --with-password-hashes")]
pub(crate) struct Export {
    /// The file, which must not be there yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Its form
    #[arg(long, value_enum, default_value = "jsonl")]
    pub(crate) format: ExportFormat,
    /// With the password hashes; who has them can try passwords at leisure
    #[arg(long)]
    pub(crate) with_password_hashes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A JSON object a line
    Jsonl,
    /// With a line of headings
    Csv,
}
