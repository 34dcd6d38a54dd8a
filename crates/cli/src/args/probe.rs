//! Arguments of `probe`.

use std::path::PathBuf;
use std::time::Duration;

use jotgate_server::config::duration;
use jotgate_testkit::catalogue::Framework;

use crate::args::key::{SigningAlgorithm, signing_algorithm};
use crate::args::pair;
use crate::args::server::SettingsArgs;
use crate::input::Source;

/// Find out which wrong tokens an API of yours accepts
///
/// Sends wrong tokens to one protected route: validly signed ones that no scanner without the key could make (for
/// another API, of another issuer, without an expiry, an ID token, a session that was logged out, ...) and forged ones.
/// Says which were accepted, what an attacker gains, and the line to change. Exit code 0 when none was accepted, 1 when
/// one was, 3 when the route does not tell good from bad at all, so that the rest would mean nothing.
///
/// Beside a Jotgate (run it with the settings of `serve`) a throw-away user is made, and deleted at the end. For an API
/// on other tokens give its key with --secret or --key, and a good token of it with --good-token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate probe http://localhost:3000/api/profile
  jotgate probe http://localhost:3000/orders --aud https://orders.example --role clerk --framework express
  jotgate probe http://localhost:8000/me --secret env:JWT_SECRET --good-token token.txt
  jotgate probe http://localhost:8000/me --key private.pem --alg RS256 --iss https://id.example --aud api
  jotgate probe https://staging.example/me --target-is-mine --junit probe.xml --json")]
pub(crate) struct Probe {
    /// The address of a route that answers 2xx to a good token and needs one
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// The method of each request
    #[arg(long, default_value = "GET")]
    pub(crate) method: String,
    /// A header for each request, such as one that names a tenant; may be said more than once
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) headers: Vec<(String, String)>,
    /// A status that means the token was accepted [default: every 2xx]; may be said more than once
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..600))]
    pub(crate) accepted: Vec<u16>,
    /// Needed for an address that is not on this machine: what is sent there are attacks
    #[arg(long)]
    pub(crate) target_is_mine: bool,
    /// For https: trust the certificates in this PEM file and no others [default: those that browsers trust]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Lines to change for express, fastapi, spring or axum alone [default: what the answers look like]
    #[arg(long, value_parser = framework)]
    pub(crate) framework: Option<Framework>,
    /// Try these entries of the catalogue alone, such as aud.other; may be said more than once
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Write the outcome as JUnit XML to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
    #[command(flatten)]
    pub(crate) tokens: Tokens,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// How long things may take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Bounds")]
pub(crate) struct Bounds {
    /// How long one request may take
    #[arg(long, value_name = "SPAN", default_value = "5s", value_parser = duration::read)]
    pub(crate) timeout: Duration,
    /// How long all of it may take
    #[arg(long, value_name = "SPAN", default_value = "2m", value_parser = duration::read)]
    pub(crate) time_limit: Duration,
    /// How long a token that was taken back is tried again until it counts as accepted
    #[arg(long, value_name = "SPAN", default_value = "2s", value_parser = duration::read)]
    pub(crate) revocation_bound: Duration,
}

/// What good tokens of the API look like.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tokens")]
pub(crate) struct Tokens {
    /// The shared secret of the API, its bytes as they are: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) secret: Option<Source>,
    /// The private key behind the API's tokens, a JWK or PEM: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<Source>,
    /// The algorithm, where the key does not say [default for --secret: HS256]
    #[arg(long, value_parser = signing_algorithm)]
    pub(crate) alg: Option<SigningAlgorithm>,
    /// A good token of the API, even an expired one, to copy its type, key id and claims from
    #[arg(long, value_name = "FILE")]
    pub(crate) good_token: Option<Source>,
    /// A JSON object of claims of a good token: FILE, `-` or `env:NAME`
    #[arg(long, value_name = "FILE")]
    pub(crate) claims: Option<Source>,
    /// One claim of a good token; the value is JSON where it parses as JSON, else text
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) claim: Vec<(String, String)>,
    /// The issuer that a good token names [beside a Jotgate: its own]
    #[arg(long)]
    pub(crate) iss: Option<String>,
    /// Whom a good token is for [beside a Jotgate: its first audience]
    #[arg(long)]
    pub(crate) aud: Option<String>,
    /// The type in the header of a good token
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// The key id in the header of a good token
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// A role that the route asks for, beside a Jotgate: given to the throw-away user; may be said more than once
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
}

fn framework(name: &str) -> Result<Framework, String> {
    Framework::by_name(name).ok_or_else(|| "express, fastapi, spring or axum".to_owned())
}
