//! `jotgate key`: make keys, say what is known about one, write it in another form.

mod convert;
mod inspect;

use jotgate_jose::{Jwk, SigningKey};
use serde_json::json;

use super::key_file::KeyFile;
use super::private_file;
use crate::args::key::{Generate, Key, Thumbprint};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Key, output: &Output) -> Result<(), Failure> {
    match args {
        Key::Generate(args) => generate(args, output),
        Key::Inspect(args) => inspect::run(args, output),
        Key::Convert(args) => convert::run(args, output),
        Key::Thumbprint(args) => thumbprint(args, output),
    }
}

fn generate(args: &Generate, output: &Output) -> Result<(), Failure> {
    let key = match args.bits {
        Some(bits) => SigningKey::generate_rsa(args.algorithm.algorithm, bits).map_err(|error| {
            Failure::from(error).blaming_usage().mend("--bits goes with RSA: RS256, PS256, ...")
        })?,
        None => SigningKey::generate(args.algorithm.algorithm)?,
    };
    let key = args.algorithm.name(key);
    let kid = args.kid.clone().unwrap_or_else(|| key.thumbprint().to_string());
    let key = key.with_kid(kid.clone());
    let private = key.private_jwk()?;
    if let Some(path) = &args.public {
        let public = key.public_jwk().and_then(|jwk| jwk.to_json())?;
        std::fs::write(path, public + "\n").map_err(|error| {
            Failure::environment(format!("{} cannot be written: {error}", path.display()))
        })?;
    }
    let Some(path) = &args.private.out else {
        output.line(&*private);
        return Ok(());
    };
    private_file::create(path, private.as_bytes())?;
    let answer =
        json!({ "file": path, "public": args.public, "kid": kid, "alg": args.algorithm.algorithm.name() });
    output.answer(&answer, || format!("wrote {}, readable by you alone (kid {kid})", path.display()));
    Ok(())
}

fn thumbprint(args: &Thumbprint, output: &Output) -> Result<(), Failure> {
    let file = KeyFile::parse(&args.key.read("KEY")?)?;
    if file.keys().is_empty() {
        return Err(no_key());
    }
    let form = if args.uri { Jwk::thumbprint_uri } else { Jwk::thumbprint };
    let thumbprints: Vec<_> = file.keys().iter().map(form).collect();
    output.answer(&json!({ "thumbprints": thumbprints }), || thumbprints.join("\n"));
    Ok(())
}

fn no_key() -> Failure {
    Failure::no("there is no key in it").reason("key.malformed")
}
