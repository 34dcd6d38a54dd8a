//! `jotgate token verify --batch`: one JSON object a line in, one a line out, in order, for other people's vectors.

use std::io;

use jotgate_jose::{KeySet, Reason};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::now;
use super::verify::{check, policy};
use crate::args::token::Verify;
use crate::command::key_file::KeyFile;
use crate::command::lines;
use crate::failure::Failure;
use crate::output::Output;

/// One line of the input.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    token: String,
    #[serde(default)]
    alg: Option<String>,
}

pub(super) fn run(args: &Verify, output: &Output) -> Result<(), Failure> {
    let shared = match &args.key {
        Some(source) => Some(KeyFile::parse(&source.read("--key")?)?),
        None => None,
    };
    if args.secret.is_some() {
        return Err(Failure::usage("--secret does not go with --batch")
            .mend("give each line an `oct` JWK as its key"));
    }
    // Wrong options are said once, not once a line.
    policy(args, args.demands.alg)?;
    lines::answer_each(io::stdin().lock(), output, |line| answer(line, args, shared.as_ref()))
}

fn answer(line: &str, args: &Verify, shared: Option<&KeyFile>) -> Result<Value, Failure> {
    let Ok(Line { id, key, token, alg }) = serde_json::from_str(line) else {
        return Ok(lines::no(&Value::Null, Reason::MalformedJson));
    };
    let alg = match lines::algorithm(alg.as_deref(), args.demands.alg) {
        Ok(alg) => alg,
        Err(reason) => return Ok(lines::no(&id, reason)),
    };
    let own = match key.map(|key| KeyFile::parse(key.get().as_bytes())) {
        Some(Err(error)) => return Ok(lines::no(&id, error.reason())),
        Some(Ok(own)) => Some(own),
        None => None,
    };
    let policy = policy(args, alg)?;
    // Without a key nothing verifies, and the lines behind this one are still to be answered.
    let keys =
        own.as_ref().or(shared).map_or_else(|| Ok(KeySet::default()), |keys| keys.for_token(&token, alg));
    let verified = keys.and_then(|keys| check(&token, &keys, &policy, now(args.demands.now)));
    Ok(match verified {
        Ok(_) => json!({ "id": id, "ok": true, "payload": token.split('.').nth(1) }),
        Err(error) => lines::no(&id, error.reason()),
    })
}
