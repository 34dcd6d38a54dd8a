//! `jotgate jws sign`: bytes, one key or several, one of three forms.

use jotgate_jose::SigningKey;
use jotgate_jose::jws::{self, Extras};
use serde_json::{Value, json};

use crate::args::jws::{Form, Sign};
use crate::command::key_file::{self, KeyFile};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Sign, output: &Output) -> Result<(), Failure> {
    let payload = args.payload.read("PAYLOAD")?;
    let keys = keys(args, output)?;
    let mut extras = Extras::default();
    extras.typ = args.typ.as_deref();
    extras.cty = args.cty.as_deref();
    extras.detached = args.detached;
    extras.unencoded = args.unencoded;
    let signed = match (args.form, keys.as_slice()) {
        (Form::General, keys) => jws::sign_general(&payload, keys, &extras),
        (Form::Flattened, [key]) => jws::sign_flattened(&payload, key, &extras),
        (Form::Compact, [key]) => jws::sign(&payload, key, &extras),
        (Form::Compact | Form::Flattened, _) => {
            return Err(Failure::usage("only the general form has more than one signature")
                .mend("add --form general, or say --key once"));
        }
    }?;
    // The JSON forms stay JSON; the text for people is the very text that was signed.
    let value: Value = serde_json::from_str(&signed).unwrap_or_else(|_| Value::from(signed.as_str()));
    output.answer(&json!({ "jws": value }), || signed.clone());
    Ok(())
}

fn keys(args: &Sign, output: &Output) -> Result<Vec<SigningKey>, Failure> {
    let alg = args.alg.map(|alg| alg.algorithm);
    let keys = match &args.secret {
        Some(source) => vec![key_file::signing_secret(source, alg, output)?],
        None => args
            .key
            .iter()
            .map(|source| KeyFile::parse(&source.read("--key")?)?.signing_key(alg))
            .collect::<Result<Vec<_>, Failure>>()?,
    };
    let keys: Vec<_> = match args.alg {
        Some(alg) => keys.into_iter().map(|key| alg.name(key)).collect(),
        None => keys,
    };
    match &args.kid {
        Some(_) if keys.len() > 1 => {
            Err(Failure::usage("--kid names one key, and there are more").mend("leave --kid out"))
        }
        Some(kid) => Ok(keys.into_iter().map(|key| key.with_kid(kid)).collect()),
        None => Ok(keys),
    }
}
