//! `jotgate key convert`: the same key in another form. What is private leaves only into a file of its owner's.

use std::path::Path;

use jotgate_jose::{Algorithm, Jwk, JwkSet, SecretText, SigningKey, VerifyingKey, inspect};
use serde_json::json;

use super::no_key;
use crate::args::key::{Convert, Form};
use crate::command::key_file::KeyFile;
use crate::command::private_file;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Convert, output: &Output) -> Result<(), Failure> {
    match (args.to, args.private) {
        (Form::Spki, true) => {
            return Err(
                Failure::usage("SPKI holds public keys").mend("say --to pkcs8, or leave --private out")
            );
        }
        (Form::Jwks, true) => {
            return Err(Failure::usage("a key set is written for publication")
                .mend("say --to jwk for one private key"));
        }
        (Form::Pkcs8, false) => {
            return Err(
                Failure::usage("PKCS#8 holds private keys").mend("say --private --out FILE, or --to spki")
            );
        }
        _ => {}
    }
    let keys = keys(args)?;
    match (args.to, keys.as_slice()) {
        (_, []) => Err(no_key()),
        (Form::Jwks, keys) => publish_set(args, keys, output),
        (_, [key]) if args.private => write_private(args, key, output),
        (_, [key]) => publish(args, key, output),
        (_, many) => {
            Err(Failure::usage(format!("there are {} keys in it, and this form holds one", many.len()))
                .mend("say --to jwks, or take one of them into a file of its own"))
        }
    }
}

/// The keys, found sound, under the name and the algorithm that were asked for.
fn keys(args: &Convert) -> Result<Vec<Jwk>, Failure> {
    let bytes = args.key.read("KEY")?;
    if let Some(algorithm) = args.alg.filter(|_| args.secret) {
        let secret = SigningKey::hmac(algorithm, &bytes)?.private_jwk()?;
        return Ok(vec![named(Jwk::parse(secret)?, args)]);
    }
    let file = KeyFile::parse(&bytes)?;
    if let Some(unusable) = file.unusable().first() {
        return Err(unusable.error().clone().into());
    }
    if args.kid.is_some() && file.keys().len() > 1 {
        return Err(Failure::usage("--kid names one key, and there are several in it"));
    }
    let convert = |jwk: &Jwk| match inspect::key(jwk, args.alg.map(Algorithm::name)).refusal {
        Some(refusal) => Err(refusal.into()),
        None => Ok(named(with_alg(jwk, args.alg)?, args)),
    };
    file.keys().iter().map(convert).collect()
}

fn with_alg(jwk: &Jwk, chosen: Option<Algorithm>) -> Result<Jwk, Failure> {
    let Some(algorithm) = chosen else { return Ok(jwk.clone()) };
    Ok(match jwk.is_private() {
        true => Jwk::parse(SigningKey::from_jwk_with(jwk, algorithm)?.private_jwk()?)?,
        false => VerifyingKey::from_jwk_with(jwk, algorithm)?.public_jwk()?,
    })
}

fn named(jwk: Jwk, args: &Convert) -> Jwk {
    match (&args.kid, jwk.kid()) {
        (Some(kid), _) => jwk.with_kid(kid),
        (None, Some(_)) => jwk,
        (None, None) => {
            let thumbprint = jwk.thumbprint();
            jwk.with_kid(thumbprint)
        }
    }
}

fn publish_set(args: &Convert, keys: &[Jwk], output: &Output) -> Result<(), Failure> {
    let public = keys.iter().map(Jwk::public).collect::<Result<Vec<_>, _>>()?;
    put(args, JwkSet::new(public).to_json()? + "\n", output)
}

fn publish(args: &Convert, key: &Jwk, output: &Output) -> Result<(), Failure> {
    let symmetric =
        |error: jotgate_jose::Error| Failure::from(error).mend("say --to jwk --private --out FILE");
    match args.to {
        Form::Der => put(args, key.to_der().map_err(symmetric)?, output),
        Form::Pem | Form::Spki => put(args, key.to_pem().map_err(symmetric)?, output),
        _ => put(args, key.to_json().map_err(symmetric)? + "\n", output),
    }
}

fn put(args: &Convert, bytes: impl AsRef<[u8]>, output: &Output) -> Result<(), Failure> {
    let bytes = bytes.as_ref();
    let Some(path) = &args.out else {
        if args.to == Form::Der && output.is_terminal() {
            return Err(Failure::usage("DER is no text for a terminal").mend("name a file with --out FILE"));
        }
        output.bytes(bytes);
        return Ok(());
    };
    std::fs::write(path, bytes)
        .map_err(|error| Failure::environment(format!("{} cannot be written: {error}", path.display())))?;
    wrote(args, path, output);
    Ok(())
}

fn write_private(args: &Convert, key: &Jwk, output: &Output) -> Result<(), Failure> {
    if !key.is_private() {
        return Err(
            Failure::no("it is a public key, which has no private part to write").reason("key.wrong_use")
        );
    }
    let path = args.out.as_ref().ok_or_else(|| Failure::usage("--private needs --out FILE"))?;
    let text = |text: SecretText| private_file::create(path, text.as_bytes());
    match args.to {
        Form::Der => private_file::create(path, &key.to_private_der()?)?,
        Form::Pem | Form::Pkcs8 => text(key.to_private_pem()?)?,
        _ => text(key.to_private_json())?,
    }
    wrote(args, path, output);
    Ok(())
}

fn wrote(args: &Convert, path: &Path, output: &Output) {
    let answer = json!({ "file": path, "private": args.private });
    let whom = if args.private { ", readable by you alone" } else { "" };
    output.answer(&answer, || format!("wrote {}{whom}", path.display()));
}
