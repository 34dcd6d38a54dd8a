//! `jotgate jws verify --batch`: one JSON object a line in, one a line out, in order, for other people's vectors.

use std::io;

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Error, KeySet, Reason};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::verify::{self, Good};
use crate::args::jws::Verify;
use crate::command::key_file::{self, KeyFile};
use crate::command::lines;
use crate::failure::Failure;
use crate::output::Output;

/// One line of the input. The token stays the text it is, because a flaw of its JSON is a finding.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(default)]
    secret: Option<String>,
    #[serde(borrow, default)]
    token: Option<&'a RawValue>,
    #[serde(default)]
    payload: Option<String>,
    #[serde(default)]
    alg: Option<String>,
}

/// What the options say about every line that does not say otherwise.
struct Shared {
    key: Option<KeyFile>,
    secret: Option<Zeroizing<Vec<u8>>>,
    alg: Option<Algorithm>,
    detached: Option<Zeroizing<Vec<u8>>>,
}

pub(super) fn run(args: &Verify, output: &Output) -> Result<(), Failure> {
    let key = args.key.as_ref().map(|source| source.read("--key")).transpose()?;
    let shared = Shared {
        key: key.map(|bytes| KeyFile::parse(&bytes)).transpose()?,
        secret: args.secret.as_ref().map(|source| source.read("--secret")).transpose()?,
        alg: args.alg,
        detached: args.detached.as_ref().map(|source| source.read("--detached")).transpose()?,
    };
    lines::answer_each(io::stdin().lock(), output, |line| Ok(answer(line, &shared)))
}

fn answer(line: &str, shared: &Shared) -> Value {
    let id = id(line);
    match serde_json::from_str::<Line<'_>>(line).map_err(|_| Reason::MalformedJson).and_then(|line| {
        let text = line.token.ok_or(Reason::MalformedParts).and_then(text)?;
        judge(&line, &text, shared).map(|good| (good, verify::is_json(&text)))
    }) {
        Ok((good, is_json)) => {
            let mut answer = json!({ "id": id, "ok": true, "payload": base64url::encode(&good.payload) });
            if is_json {
                answer["signature"] = verify::said(&good.signature);
            }
            answer
        }
        Err(reason) => lines::no(&id, reason),
    }
}

fn judge(line: &Line<'_>, text: &str, shared: &Shared) -> Result<Good, Reason> {
    let alg = lines::algorithm(line.alg.as_deref(), shared.alg)?;
    let keys = keys(line, text, alg, shared).map_err(|error| error.reason())?;
    let own = line.payload.as_deref().map(base64url::decode).transpose();
    let own = own.map_err(|_| Reason::MalformedBase64)?;
    let detached = own.as_deref().or(shared.detached.as_ref().map(|bytes| bytes.as_slice()));
    verify::check(text, detached, &keys).map_err(|error| error.reason())
}

/// A line's own key counts before the one of the options. Without any, nothing verifies.
fn keys(line: &Line<'_>, text: &str, alg: Option<Algorithm>, shared: &Shared) -> Result<KeySet, Error> {
    if let Some(key) = line.key {
        return KeyFile::parse_json(key)?.for_token(text, alg);
    }
    if let Some(secret) = &line.secret {
        return key_file::keys_of_secret(secret.as_bytes(), text, alg);
    }
    match (&shared.key, &shared.secret) {
        (Some(key), _) => key.for_token(text, alg),
        (None, Some(secret)) => key_file::keys_of_secret(secret, text, alg),
        (None, None) => Ok(KeySet::default()),
    }
}

/// A compact JWS is a string, a JSON form an object; a string with JSON inside is neither.
fn text(token: &RawValue) -> Result<String, Reason> {
    let raw = token.get();
    match raw.as_bytes().first() {
        Some(b'{') => Ok(raw.to_owned()),
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(text) if verify::is_json(&text) => Err(Reason::MalformedParts),
            Ok(text) => Ok(text),
            Err(_) => Err(Reason::MalformedJson),
        },
        _ => Err(Reason::MalformedParts),
    }
}

/// The id of a line, also of one that cannot be read otherwise.
fn id(line: &str) -> Value {
    #[derive(Deserialize)]
    struct Id {
        #[serde(default)]
        id: Value,
    }
    serde_json::from_str(line).map_or(Value::Null, |Id { id }| id)
}
