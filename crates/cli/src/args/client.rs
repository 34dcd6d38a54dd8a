//! Arguments of `client`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use jotgate_server::config::duration;

use crate::args::server::SettingsArgs;
use crate::input::Source;

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    Add(Add),
    List(List),
    Show(Show),
    Change(Change),
    RotateSecret(RotateSecret),
    Disable(Disable),
    Enable(Enable),
    Delete(Delete),
}

/// Which client.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Name of the client
    #[arg(value_name = "NAME")]
    pub(crate) client: String,
}

/// How a client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    /// A secret, made here and shown once
    Secret,
    /// Assertions signed with its own key (RFC 7523); give the public keys with --jwks
    #[value(name = "private_key_jwt")]
    PrivateKeyJwt,
}

/// Register a program that gets tokens for itself
///
/// The name is its `client_id`; its tokens have the `sub` `client:NAME`. The secret is shown once: only a digest is
/// kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client add reports --scope read --audience https://api.example.com
  jotgate client add reports --scope read --scope write --secret-file reports.secret
  jotgate client add billing --auth private_key_jwt --jwks billing-public.json --json")]
pub(crate) struct Add {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Words of scope it may have; may be said more than once
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// An API its tokens may be for; may be said more than once [default: `tokens.audience`]
    #[arg(long = "audience", value_name = "AUDIENCE")]
    pub(crate) audiences: Vec<String>,
    /// How it shows who it is [default: secret, or private_key_jwt with --jwks]
    #[arg(long)]
    pub(crate) auth: Option<Auth>,
    /// A file with its public keys, a JWK or a JWK Set
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: Option<Source>,
    /// Write the secret to this new file, readable by you alone, instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// List the clients by name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client list
  jotgate client list --json")]
pub(crate) struct List {
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Start after the client of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) after: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Show a client; never its secret
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client show reports
  jotgate client show reports --json")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Change what a client may ask for; what is not said stays
///
/// Tokens are taken back when something is taken away.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client change reports --scope read --scope write
  jotgate client change reports --audience https://api.example.com --audience https://billing.example.com
  jotgate client change billing --jwks both-keys.json")]
pub(crate) struct Change {
    #[command(flatten)]
    pub(crate) which: Which,
    /// All its words of scope from now on
    #[arg(long = "scope", value_name = "SCOPE", required_unless_present_any = ["audiences", "jwks"])]
    pub(crate) scopes: Option<Vec<String>>,
    /// All its audiences from now on
    #[arg(long = "audience", value_name = "AUDIENCE")]
    pub(crate) audiences: Option<Vec<String>>,
    /// A file with all its public keys from now on, for a client that has keys
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: Option<Source>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Make a new secret; the one so far stays good for a while
///
/// So a service is changed over without a gap. After a leak: --keep-old 0s --revoke-tokens.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client rotate-secret reports
  jotgate client rotate-secret reports --keep-old 1h --secret-file reports.secret
  jotgate client rotate-secret reports --keep-old 0s --revoke-tokens")]
pub(crate) struct RotateSecret {
    #[command(flatten)]
    pub(crate) which: Which,
    /// How long the secret so far is good beside the new one
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = duration::read)]
    pub(crate) keep_old: Duration,
    /// Take back the tokens that are out
    #[arg(long)]
    pub(crate) revoke_tokens: bool,
    /// Write the secret to this new file, readable by you alone, instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Give a client no more tokens, and take back those that are out
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client disable reports")]
pub(crate) struct Disable {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Give a disabled client tokens again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client enable reports")]
pub(crate) struct Enable {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Delete a client and take its tokens back; this cannot be undone
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate client delete reports
  jotgate client delete reports --yes")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
