//! Arguments of `signing-keys`.

use clap::{Subcommand, ValueEnum};

use crate::args::server::SettingsArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeys {
    List(List),
    Rotate(Rotate),
    Revoke(Revoke),
}

/// Show the keys that sign, what they are doing and what happens to them next
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate signing-keys list
  jotgate signing-keys list --json")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Publish a new key now; it signs when everybody can know it
///
/// Nobody notices: the key is published first, signs after `[keys] publish_before`, and the key before it verifies
/// until its last token is over. With --now it signs at once, or the key that is published already does; a verifier
/// that does not fetch the key set for an unknown `kid` then refuses new tokens for up to five minutes. A running
/// server notices within a quarter of a second.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate signing-keys rotate --plan
  jotgate signing-keys rotate
  jotgate signing-keys rotate --now
  jotgate signing-keys rotate --purpose feed")]
pub(crate) struct Rotate {
    /// What the key signs
    #[arg(long, value_enum, default_value_t = Purpose::Access)]
    pub(crate) purpose: Purpose,
    /// Let it sign at once, without waiting until everybody can know it
    #[arg(long)]
    pub(crate) now: bool,
    /// Say what would happen and when, and do nothing
    #[arg(long)]
    pub(crate) plan: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Void a key that has leaked: every token it signed is refused
///
/// The key leaves the key set at once and the revocation feed names it, so verifiers that follow the feed refuse its
/// tokens within a second. If it signs, a new one made this moment takes its place. Nobody is logged out: clients get
/// a new token with their next refresh. There is no way back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate signing-keys revoke NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs --plan
  jotgate signing-keys revoke NzbLsXh8 --yes
  jotgate signing-keys revoke --all --yes")]
pub(crate) struct Revoke {
    /// The id of the key, or a beginning that no other key has
    #[arg(value_name = "KID", required_unless_present = "all", allow_hyphen_values = true)]
    pub(crate) kid: Option<String>,
    /// Every key of access tokens: nobody's token counts any more
    #[arg(long, conflicts_with = "kid")]
    pub(crate) all: bool,
    /// Say what would happen and when, and do nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What a signing key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// Access tokens
    Access,
    /// The revocation feed
    Feed,
}
