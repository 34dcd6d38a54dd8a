//! Arguments of `token`.

mod lint;

use std::time::Duration;

use clap::Subcommand;
use jotgate_jose::Algorithm;
use jotgate_server::config::duration;

use crate::args::key::{SigningAlgorithm, algorithm, signing_algorithm};
use crate::args::pair;
use crate::input::{Pasted, Source, TokenSource};

pub(crate) use lint::{Diff, Lint};

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Sign(Sign),
    Verify(Verify),
    Decode(Decode),
    Lint(Lint),
    Diff(Diff),
    Explain(Box<Explain>),
}

/// The key of a token, of which exactly one must be given.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeyArgs {
    /// A JWK, a JWK Set, PEM or DER: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<Source>,
    /// A shared secret for HMAC, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
}

/// Sign a token
///
/// A token without an end is a liability for ever, so either --expires-in or --no-expiry must be said.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate token sign --key key.json --iss https://id.example --aud api --sub 42 --expires-in 15m
  jotgate token sign --secret env:JWT_SECRET --claim email=ada@example.com --expires-in 1h
  jotgate token sign --key key.json --claims claims.json --no-expiry
  jotgate token sign --key key.json --claim admin=true --claim age=36 --expires-in 60s")]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// The algorithm, where the key does not say [default for --secret: HS256]
    #[arg(long, value_parser = signing_algorithm)]
    pub(crate) alg: Option<SigningAlgorithm>,
    #[command(flatten)]
    pub(crate) end: EndArgs,
    /// A JSON object of claims to start from: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) claims: Option<Source>,
    /// One claim; the value is JSON where it parses as JSON, else text
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) claim: Vec<(String, String)>,
    /// Who issues it
    #[arg(long)]
    pub(crate) iss: Option<String>,
    /// Whom it is about
    #[arg(long)]
    pub(crate) sub: Option<String>,
    /// Whom it is for; more than one makes an array
    #[arg(long)]
    pub(crate) aud: Vec<String>,
    /// The type in the header
    #[arg(long, default_value = "JWT")]
    pub(crate) typ: String,
    /// The key id in the header, instead of the key's own
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// The Unix time to take as now
    #[arg(long, value_name = "UNIX")]
    pub(crate) now: Option<i64>,
}

/// When the token ends, which must be decided.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct EndArgs {
    /// How long it is good: 90s, 15m, 1h, 7d
    #[arg(long, value_name = "SPAN", value_parser = duration::read)]
    pub(crate) expires_in: Option<Duration>,
    /// It never expires
    #[arg(long)]
    pub(crate) no_expiry: bool,
}

/// What a token must satisfy besides its issuer and its audience.
#[derive(Debug, clap::Args)]
pub(crate) struct Demands {
    /// The type its header must name [default: any]
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// The only algorithm to accept; needed where the key does not say
    #[arg(long, value_parser = algorithm)]
    pub(crate) alg: Option<Algorithm>,
    /// Seconds by which clocks may differ
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) leeway: u32,
    /// The Unix time to take as now
    #[arg(long, value_name = "UNIX")]
    pub(crate) now: Option<i64>,
    /// Accept a token without `exp`
    #[arg(long)]
    pub(crate) allow_no_expiry: bool,
}

/// Check a token and print its claims
///
/// A plain filter: the claims as JSON on standard output, exit code 0; or one line `reason: text` on standard error,
/// exit code 1. With --batch each line of standard input is an object {"id", "key", "token", "alg"?}, answered in
/// order by one line {"id", "ok", "payload" | "reason"}; exit code 0 when every line was answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate token verify --key public.json --iss https://id.example --aud api token.txt
  jotgate token verify --secret env:JWT_SECRET --iss https://id.example --aud api - < token.txt
  jotgate token verify --key public.json --any-iss --any-aud --typ at+jwt --now 1700000000 token.txt
  jotgate token verify --batch --any-iss --any-aud < vectors.jsonl")]
pub(crate) struct Verify {
    /// The token: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    pub(crate) token: TokenSource,
    /// A JWK, a JWK Set, PEM or DER: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE", conflicts_with = "secret", required_unless_present_any = ["secret", "batch"])]
    pub(crate) key: Option<Source>,
    /// A shared secret for HMAC, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
    /// The issuer it must name
    #[arg(long, required_unless_present = "any_iss")]
    pub(crate) iss: Option<String>,
    /// Accept every issuer, or none
    #[arg(long, conflicts_with = "iss")]
    pub(crate) any_iss: bool,
    /// The audience it must name; of several, one is enough
    #[arg(long, required_unless_present = "any_aud")]
    pub(crate) aud: Vec<String>,
    /// Accept every audience, or none
    #[arg(long, conflicts_with = "aud")]
    pub(crate) any_aud: bool,
    #[command(flatten)]
    pub(crate) demands: Demands,
    /// Answer one JSON line for each JSON line of standard input
    #[arg(long)]
    pub(crate) batch: bool,
}

/// Say what a token is, and why it is refused
///
/// Takes text as found in the wild: a token with `Bearer ` before it, a curl line, a cookie, JSON, an address, a log.
/// Runs every check of a verifier in order and says of each what was expected, what came and how to mend it. What is
/// not asked for (a key, --iss, --aud, --typ) is said to be unasked. A key inside the token is never used.
///
/// Exit code 0 when everything asked for passed, 1 otherwise. With --batch each line of standard input is an object
/// {"id", "token", "key"?, "alg"?}, answered in order by one line {"id", "ok", "reason", "report"}.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pbpaste | jotgate token explain
  jotgate token explain token.txt --secret env:JWT_SECRET
  jotgate token explain env:TOKEN --key jwks.json --iss https://id.example --aud api --typ at+jwt
  jotgate token explain token.txt --secret secret.txt --show-work
  jotgate token explain token.txt --wordlist words.txt
  jotgate token explain --batch --iss https://id.example < lines.jsonl")]
pub(crate) struct Explain {
    /// The text with the token in it: FILE, `-` for standard input, `env:NAME`, or the text itself
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    pub(crate) token: Pasted,
    /// A JWK, a JWK Set, PEM, DER or a shared secret: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    pub(crate) key: Option<Source>,
    /// A shared secret for HMAC, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
    /// The issuer it must name
    #[arg(long)]
    pub(crate) iss: Option<String>,
    /// The audience it must name; of several, one is enough
    #[arg(long)]
    pub(crate) aud: Vec<String>,
    #[command(flatten)]
    pub(crate) demands: Demands,
    /// Work the signature out step by step
    #[arg(long)]
    pub(crate) show_work: bool,
    /// Try every line of this file as the secret, when no key is given: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "secret"])]
    pub(crate) wordlist: Option<Source>,
    /// Of several tokens in the text explain this one, counted from 1
    #[arg(long, value_name = "NUMBER")]
    pub(crate) pick: Option<usize>,
    /// Answer one JSON line for each JSON line of standard input
    #[arg(long, conflicts_with_all = ["token", "wordlist", "pick"])]
    pub(crate) batch: bool,
}

/// Look inside a token without checking it
///
/// Anyone can do this: a signed token is not encrypted. `token explain` says more.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate token decode token.txt
  pbpaste | jotgate token decode
  jotgate token decode env:TOKEN --json")]
pub(crate) struct Decode {
    /// The text with the token in it: FILE, `-` for standard input, `env:NAME`, or the text itself
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    pub(crate) token: Pasted,
    /// The Unix time to take as now
    #[arg(long, value_name = "UNIX")]
    pub(crate) now: Option<i64>,
}
