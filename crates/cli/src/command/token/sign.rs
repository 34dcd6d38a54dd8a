//! `jotgate token sign`: claims from a file and from arguments, one end, one signature.

use jotgate_jose::jwt::Signer;
use jotgate_jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use super::now;
use crate::args::token::{KeyArgs, Sign};
use crate::command::key_file::{self, KeyFile};
use crate::failure::Failure;
use crate::output::Output;
use crate::words::moment;

pub(super) fn run(args: &Sign, output: &Output) -> Result<(), Failure> {
    let now = now(args.now);
    let claims = claims(args, now)?;
    let key = signing_key(&args.key, args.alg.map(|alg| alg.algorithm), output)?;
    let key = match args.alg {
        Some(alg) => alg.name(key),
        None => key,
    };
    let key = match &args.kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    };
    let token = Signer::new(key, &args.typ)?.sign(&claims)?;
    output.answer(&json!({ "token": token, "claims": claims }), || token.clone());
    match claims.get("exp").and_then(Value::as_i64) {
        Some(exp) => output.note(format_args!("expires {}", moment(exp, now))),
        None => output.warning("this token never expires, and nobody can take it back"),
    }
    if token.len() > SMALL {
        output.note(format_args!(
            "{} bytes: a token travels with every request; aim below {SMALL}",
            token.len()
        ));
    }
    Ok(())
}

fn claims(args: &Sign, now: i64) -> Result<Map<String, Value>, Failure> {
    let mut claims = match &args.claims {
        Some(source) => serde_json::from_slice(&source.read("--claims")?)
            .map_err(|error| Failure::usage(format!("--claims is not a JSON object: {error}")))?,
        None => Map::new(),
    };
    for (name, value) in &args.claim {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
        put(&mut claims, name, value)?;
    }
    for (name, value) in [("iss", &args.iss), ("sub", &args.sub)] {
        if let Some(value) = value {
            put(&mut claims, name, Value::from(value.as_str()))?;
        }
    }
    match args.aud.as_slice() {
        [] => {}
        [one] => put(&mut claims, "aud", Value::from(one.as_str()))?,
        many => put(&mut claims, "aud", Value::from(many))?,
    }
    claims.entry("iat").or_insert_with(|| Value::from(now));
    match args.end.expires_in {
        Some(span) => put(&mut claims, "exp", Value::from(now.saturating_add_unsigned(span.as_secs())))?,
        None if claims.contains_key("exp") => {
            return Err(Failure::usage("the claims hold `exp` and --no-expiry was said")
                .mend("take `exp` out of the claims and say --expires-in"));
        }
        None => {}
    }
    Ok(claims)
}

/// Adds a claim. Said twice is a mistake, because then two people meant two things.
fn put(claims: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Failure> {
    match claims.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("the claim `{name}` is said twice")).mend("say it once")),
    }
}

fn signing_key(args: &KeyArgs, alg: Option<Algorithm>, output: &Output) -> Result<SigningKey, Failure> {
    if let Some(source) = &args.secret {
        return key_file::signing_secret(source, alg, output);
    }
    let source = args.key.as_ref().ok_or_else(|| Failure::usage("--key or --secret is needed"))?;
    KeyFile::parse(&source.read("--key")?)?.signing_key(alg)
}

/// RFC 9068 tokens of Jotgate warn at the same size.
const SMALL: usize = 1024;
