//! Arguments of `key` and `secret`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use jotgate_jose::{Algorithm, SigningKey};

use crate::args::PrivateFile;
use crate::input::Source;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    Generate(Generate),
    Inspect(Inspect),
    Convert(Convert),
    Thumbprint(Thumbprint),
}

/// Make a key for one algorithm and print it as a private JWK
///
/// The key id (kid) is its thumbprint (RFC 7638) unless you name one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate key generate ES256 --out key.json --public public.json
  jotgate key generate RS256 --bits 3072 --kid 2026-11 --out rsa.json
  jotgate key generate HS256 --out shared.json")]
pub(crate) struct Generate {
    /// ES256, Ed25519, RS256, PS256, HS256, ...; EdDSA for Ed25519 under its older name
    #[arg(value_parser = signing_algorithm, default_value = "ES256")]
    pub(crate) algorithm: SigningAlgorithm,
    /// The size of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, value_name = "BITS")]
    pub(crate) bits: Option<usize>,
    /// The key id
    #[arg(long)]
    pub(crate) kid: Option<String>,
    #[command(flatten)]
    pub(crate) private: PrivateFile,
    /// Write the public half, as a JWK, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) public: Option<PathBuf>,
}

/// Say what a key is: type, size, algorithm, thumbprint and every weakness
///
/// Exit code 1 for a key that Jotgate would refuse. Takes a JWK, a JWK Set, PEM (also damaged on its way) or DER; of a
/// certificate the key, without a look at its signature and dates. With --batch each line of standard input is an
/// object {"id", "key", "alg"?}, its key a JWK, a JWK Set or PEM in a string, answered in order by one line {"id",
/// "ok", ... | "reason"}; exit code 0 when every line was answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate key inspect key.json
  jotgate key inspect --alg RS256 server.pem
  jotgate key inspect --secret --alg HS256 secret.txt
  jotgate key inspect --batch < vectors.jsonl
  curl -s http://localhost:8080/.well-known/jwks.json | jotgate key inspect -")]
pub(crate) struct Inspect {
    /// The key: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "KEY", required_unless_present = "batch")]
    pub(crate) key: Option<Source>,
    /// The algorithm it is meant for, where the key does not say
    #[arg(long, value_parser = algorithm)]
    pub(crate) alg: Option<Algorithm>,
    /// The bytes are a shared secret for HMAC
    #[arg(long, requires = "alg", conflicts_with = "batch")]
    pub(crate) secret: bool,
    /// Answer one JSON line for each JSON line of KEY, or of standard input
    #[arg(long)]
    pub(crate) batch: bool,
}

/// Write a key in another form
///
/// The public half, unless --private is said; then the whole key goes to a new file that only you can read. A key that
/// Jotgate would refuse is not converted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate key convert --to jwk --alg RS256 server.crt
  jotgate key convert --to jwks public.json > jwks.json
  jotgate key convert --to pem public.json --out public.pem
  jotgate key convert --to pkcs8 --private key.json --out key.pem
  jotgate key convert --to jwk --private --secret --alg HS256 secret.txt --out secret.json")]
pub(crate) struct Convert {
    /// The key: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "KEY")]
    pub(crate) key: Source,
    /// The form to write
    #[arg(long, value_name = "FORM")]
    pub(crate) to: Form,
    /// Write the private part too; needs --out
    #[arg(long, requires = "out")]
    pub(crate) private: bool,
    /// The algorithm it is meant for; it is written into a JWK
    #[arg(long, value_parser = algorithm)]
    pub(crate) alg: Option<Algorithm>,
    /// The key id in a JWK [default: the key's own, or else its thumbprint]
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// The bytes are a shared secret for HMAC
    #[arg(long, requires = "alg", requires = "private")]
    pub(crate) secret: bool,
    /// Write to this file instead of standard output; with --private it must be new
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The forms a key is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A JSON Web Key
    Jwk,
    /// A JWK Set of public keys
    Jwks,
    /// PEM: SPKI, or PKCS#8 with --private
    Pem,
    /// The same in DER
    Der,
    /// A private key in PEM
    Pkcs8,
    /// A public key in PEM
    Spki,
}

/// Print the thumbprint of a key (RFC 7638, SHA-256, base64url)
///
/// The same for every form of a key: JWK, PEM, DER, certificate, private or public.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jotgate key thumbprint key.json
  jotgate key generate ES256 | jotgate key thumbprint -
  jotgate key thumbprint --uri server.pem")]
pub(crate) struct Thumbprint {
    /// The key: FILE, `-` for standard input, or `env:NAME`
    #[arg(value_name = "KEY")]
    pub(crate) key: Source,
    /// As a URI (RFC 9278)
    #[arg(long)]
    pub(crate) uri: bool,
}

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

/// The algorithm of a new signature. Whoever says `EdDSA` has verifiers that know Ed25519 by that name alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningAlgorithm {
    pub(crate) algorithm: Algorithm,
    older_name: bool,
}

impl SigningAlgorithm {
    /// The key, which will sign under the name that was asked for.
    pub(crate) fn name(self, key: SigningKey) -> SigningKey {
        if self.older_name { key.with_eddsa_name() } else { key }
    }
}

/// The algorithm of this name, to sign with.
pub(crate) fn signing_algorithm(name: &str) -> Result<SigningAlgorithm, String> {
    let algorithm = algorithm(name)?;
    Ok(SigningAlgorithm { algorithm, older_name: algorithm.name() != name })
}

/// The algorithm of this name.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
        format!("known are {}", names.join(", "))
    })
}
