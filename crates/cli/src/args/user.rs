//! Arguments of `user`.

use clap::Subcommand;

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
    Delete(Delete),
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
