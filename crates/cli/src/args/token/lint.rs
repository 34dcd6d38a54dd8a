//! Arguments of `token lint` and `token diff`.

use std::path::PathBuf;

use jotgate_jose::lint::{Rule, Severity, rule};

use crate::input::{Source, TokenSource};

/// Judge how a token was made, or look for secrets in front-end files
///
/// A verifier says whether a token may pass; this says whether it was wise to make it so: RFC 8725, RFC 9068, lifetimes,
/// secrets and personal data in the payload. With --bundle it walks through the files that browsers get, and finds
/// keys, secrets, tokens and tokens in localStorage. No value that looks like a secret is printed. Exit code 1 when
/// there is an error. All rules: docs/lint-rules.md
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate token lint token.txt
  pbpaste | jotgate token lint
  jotgate token lint --secret env:JWT_SECRET --deny warning token.txt
  jotgate token lint --bundle dist
  jotgate token lint --bundle build --allow bundle-storage --json")]
pub(crate) struct Lint {
    /// The token: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    pub(crate) token: TokenSource,
    /// Judge the key too, and whether it made the signature: a JWK, a JWK Set, PEM or DER
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    pub(crate) key: Option<Source>,
    /// Judge the shared secret too, and whether it made the signature
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
    /// The Unix time to take as now
    #[arg(long, value_name = "UNIX")]
    pub(crate) now: Option<i64>,
    /// From which severity on the answer is no
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = severity)]
    pub(crate) deny: Severity,
    /// Leave this rule out
    #[arg(long, value_name = "RULE", value_parser = known_rule)]
    pub(crate) allow: Vec<&'static str>,
    #[command(flatten)]
    pub(crate) bundle: Bundle,
}

/// Which files to look into.
#[derive(Debug, clap::Args)]
pub(crate) struct Bundle {
    /// Look into the files of this folder instead
    #[arg(long, value_name = "DIR", conflicts_with_all = ["token", "key", "secret"])]
    pub(crate) bundle: Option<PathBuf>,
    /// Look into node_modules too
    #[arg(long, requires = "bundle")]
    pub(crate) node_modules: bool,
    /// Leave files out that are larger than this many MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, requires = "bundle", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(crate) max_size: u64,
}

/// Show what differs between two tokens
///
/// Header and claims member by member, times with the distance between them, and whether the signed text and the
/// signature are the same. With a key it says of each whether the key made it. Exit code 1 when they differ.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate token diff works.txt broken.txt
  jotgate token diff --key public.json env:OLD env:NEW
  pbpaste | jotgate token diff yesterday.txt - --json")]
pub(crate) struct Diff {
    /// The one token: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "LEFT")]
    pub(crate) left: TokenSource,
    /// The other
    #[arg(value_name = "RIGHT")]
    pub(crate) right: TokenSource,
    /// Say which of them this key made: a JWK, a JWK Set, PEM or DER
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    pub(crate) key: Option<Source>,
    /// Say which of them this shared secret made
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
}

fn severity(text: &str) -> Result<Severity, String> {
    [Severity::Note, Severity::Warning, Severity::Error]
        .into_iter()
        .find(|severity| severity.name() == text)
        .ok_or_else(|| "this is `note`, `warning` or `error`".to_owned())
}

fn known_rule(id: &str) -> Result<&'static str, String> {
    rule(id)
        .map(|rule: &Rule| rule.id)
        .ok_or_else(|| "no rule has this name; docs/lint-rules.md lists them".to_owned())
}
