//! What good tokens of the API look like, where they are not Jotgate's: key, sample, claims.

use jotgate_jose::{Algorithm, SigningKey};
use jotgate_testkit::Forge;
use jotgate_token::SystemClock;
use serde_json::{Map, Value};

use crate::args::probe::Tokens;
use crate::command::key_file::KeyFile;
use crate::failure::Failure;
use crate::output::Output;

/// A forge with the API's own key; `None` when none was given, and then the tokens are a Jotgate's.
pub(super) fn forge(args: &Tokens, output: &Output) -> Result<Option<Forge>, Failure> {
    let forge = match (&args.secret, &args.key) {
        (Some(source), _) => of_secret(&source.read("--secret")?, args, output)?,
        (None, Some(source)) => Forge::with_key(key(&source.read("--key")?, args)?, SystemClock),
        (None, None) => {
            if args.good_token.is_some() || args.claims.is_some() || !args.claim.is_empty() {
                return Err(Failure::usage("tokens that are not Jotgate's need the API's key")
                    .mend("add --secret FILE or --key FILE"));
            }
            return Ok(None);
        }
    };
    dressed(forge, args).map(Some)
}

/// The forge with the sample, the claims and the header that were given; what was said singly counts most.
fn dressed(mut forge: Forge, args: &Tokens) -> Result<Forge, Failure> {
    if let Some(source) = &args.good_token {
        let sample = source.read_text("--good-token")?;
        let sample = sample.strip_prefix("Bearer ").unwrap_or(&sample);
        forge = forge.like(sample).map_err(|error| Failure::usage(format!("--good-token is {error}")))?;
    }
    if let Some(source) = &args.claims {
        let claims: Map<String, Value> = serde_json::from_slice(&source.read("--claims")?)
            .map_err(|error| Failure::usage(format!("--claims is not a JSON object: {error}")))?;
        forge = claims.into_iter().fold(forge, |forge, (name, value)| forge.claim(&name, value));
    }
    for (name, text) in &args.claim {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
        forge = forge.claim(name, value);
    }
    for (name, text) in [("iss", &args.iss), ("aud", &args.aud)] {
        if let Some(text) = text {
            forge = forge.claim(name, text.as_str().into());
        }
    }
    for (name, text) in [("typ", &args.typ), ("kid", &args.kid)] {
        if let Some(text) = text {
            forge = forge.header(name, text.as_str().into());
        }
    }
    Ok(forge)
}

fn of_secret(secret: &[u8], args: &Tokens, output: &Output) -> Result<Forge, Failure> {
    let algorithm = args.alg.map_or(Algorithm::Hs256, |alg| alg.algorithm);
    let forge = Forge::with_secret(algorithm, secret, SystemClock).ok_or_else(|| {
        Failure::usage(format!("{algorithm} does not work with a secret")).mend("give its key with --key")
    })?;
    if secret.ends_with(b"\n") {
        output.note("the secret ends with a line end, which counts as part of it");
    }
    if jotgate_jose::is_known_secret(secret) {
        output.warning("this secret stands in public lists: anybody can sign tokens for the API");
    } else if secret.len() < LEAST_SECRET {
        output.warning(format_args!(
            "the secret is shorter than {LEAST_SECRET} bytes: it can be guessed from one token"
        ));
    }
    Ok(forge)
}

fn key(bytes: &[u8], args: &Tokens) -> Result<SigningKey, Failure> {
    let key = KeyFile::parse(bytes)?.signing_key(args.alg.map(|alg| alg.algorithm))?;
    Ok(match args.alg {
        Some(alg) => alg.name(key),
        None => key,
    })
}

/// RFC 7518 section 3.2.
const LEAST_SECRET: usize = 32;
