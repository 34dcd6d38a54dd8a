//! Arguments of `keys`.

use clap::Subcommand;

use crate::args::server::SettingsArgs;
use crate::input::Source;

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    RotateRefresh(RotateRefresh),
    Rekey(Rekey),
}

/// Make a new refresh key; nobody is logged out
///
/// The new key mints after ten minutes, when every server has it; the one before opens what it minted until the last
/// session that can hold such a token is over. With --revoke no token of any key so far counts any more, and everybody
/// has to log in again: for the day when master key and database are in other hands.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate keys rotate-refresh
  jotgate keys rotate-refresh --revoke --yes")]
pub(crate) struct RotateRefresh {
    /// Void every refresh token there is
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Seal all private keys under a new master key
///
/// In one transaction; the old master key opens nothing afterwards. Where the master key is a file in the data folder, a
/// new one is made and a running server takes it by itself. Where it is configured, name a file with the new one (64
/// hexadecimal characters: `jotgate secret`), and start every server with it within a minute: until then they sign
/// nothing and answer 503.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate keys rekey
  jotgate keys rekey --new-master-key-file /run/secrets/new_master_key")]
pub(crate) struct Rekey {
    /// The file (or `env:NAME`) that holds the new master key, where the old one is configured
    #[arg(long, value_name = "FILE")]
    pub(crate) new_master_key_file: Option<Source>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
