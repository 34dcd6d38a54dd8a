//! Arguments of `jws`.

use clap::{Subcommand, ValueEnum};
use jotgate_jose::Algorithm;

use crate::args::key::{SigningAlgorithm, algorithm, signing_algorithm};
use crate::input::{Source, TokenSource};

#[derive(Debug, Subcommand)]
pub(crate) enum Jws {
    Sign(Sign),
    Verify(Verify),
}

/// How a JWS is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Three segments with dots between them
    Compact,
    /// A JSON object with one signature
    Flattened,
    /// A JSON object with any number of signatures
    General,
}

/// Sign bytes of any kind
///
/// For tokens with claims and an end use `jotgate token sign`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate jws sign --key key.json letter.txt
  jotgate jws sign --key key.json --detached --unencoded letter.pdf > letter.pdf.jws
  jotgate jws sign --key ours.json --key theirs.json --form general contract.txt
  jotgate jws sign --secret env:SECRET --typ receipt+jws - < receipt.json")]
pub(crate) struct Sign {
    /// The bytes to sign, as they are: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "PAYLOAD", default_value = "-", hide_default_value = true)]
    pub(crate) payload: Source,
    /// A private JWK, PEM or DER: FILE, `-` or `env:NAME`; with --form general more than one
    #[arg(long, value_name = "FILE", required_unless_present = "secret", conflicts_with = "secret")]
    pub(crate) key: Vec<Source>,
    /// A shared secret for HMAC, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
    /// The algorithm, where the key does not say [default for --secret: HS256]
    #[arg(long, value_parser = signing_algorithm)]
    pub(crate) alg: Option<SigningAlgorithm>,
    /// The key id in the header, instead of the key's own
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// The type of the object in the header
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// The type of the payload in the header
    #[arg(long)]
    pub(crate) cty: Option<String>,
    /// How the JWS is written
    #[arg(long, value_enum, default_value_t = Form::Compact)]
    pub(crate) form: Form,
    /// Leave the payload out; it travels by other means
    #[arg(long)]
    pub(crate) detached: bool,
    /// Sign the payload as it is, without base64url (RFC 7797: few verifiers know this)
    #[arg(long)]
    pub(crate) unencoded: bool,
}

/// Check a JWS and print its payload
///
/// A plain filter: reads the compact, flattened or general form, writes the bytes of the payload to standard output,
/// exit code 0; or one line `reason: text` to standard error, exit code 1. Of several signatures one good one is
/// enough. With --batch each line of standard input is an object {"id", "key" | "secret", "token", "alg"?,
/// "payload"?}: the key a JWK or JWK Set, the secret text, the token a compact string or a JSON form, the payload a
/// detached one in base64url. It is answered in order by one line {"id", "ok", "payload" | "reason"}, for the JSON
/// forms with the "signature" that was good; exit code 0 when every line was answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate jws verify --key public.json letter.jws
  jotgate jws verify --key public.json --detached letter.pdf letter.pdf.jws
  jotgate jws verify --secret env:SECRET --alg HS512 - < letter.jws
  jotgate jws verify --batch < vectors.jsonl")]
pub(crate) struct Verify {
    /// The JWS: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "JWS", default_value = "-", hide_default_value = true)]
    pub(crate) jws: TokenSource,
    /// A JWK, a JWK Set, PEM or DER: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE", conflicts_with = "secret", required_unless_present_any = ["secret", "batch"])]
    pub(crate) key: Option<Source>,
    /// A shared secret for HMAC, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<Source>,
    /// The only algorithm to accept; needed where neither key nor header says
    #[arg(long, value_parser = algorithm)]
    pub(crate) alg: Option<Algorithm>,
    /// The payload that the JWS was made without: FILE or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) detached: Option<Source>,
    /// Answer one JSON line for each JSON line of standard input
    #[arg(long)]
    pub(crate) batch: bool,
}
