//! Arguments of `secret`.

use crate::args::PrivateFile;

/// Print a fresh random secret: 32 bytes as 64 hexadecimal characters
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate secret
  jotgate secret --out secret.txt
  echo \"JOTGATE_TOKENS__SECRET=$(jotgate secret)\" >> .env
  jotgate secret --bytes 64 --base64url")]
pub(crate) struct Secret {
    /// How many random bytes
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(16..=1024))]
    pub(crate) bytes: u16,
    /// Print them as base64url instead of hexadecimal
    #[arg(long)]
    pub(crate) base64url: bool,
    #[command(flatten)]
    pub(crate) private: PrivateFile,
}
