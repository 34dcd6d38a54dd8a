//! `--batch`: one JSON object a line in, one a line out, in order, so that other people's vectors can be run through.

use std::io::BufRead;

use jotgate_jose::{Algorithm, Reason};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;

/// Answers each line that is not blank.
pub(super) fn answer_each(
    input: impl BufRead,
    output: &Output,
    mut answer: impl FnMut(&str) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    for line in input.lines() {
        let line =
            line.map_err(|error| Failure::environment(format!("the input cannot be read: {error}")))?;
        if !line.trim().is_empty() {
            output.record(&answer(&line)?);
        }
    }
    Ok(())
}

/// The algorithm that a line names, else that of the options.
pub(super) fn algorithm(
    named: Option<&str>,
    otherwise: Option<Algorithm>,
) -> Result<Option<Algorithm>, Reason> {
    match named {
        Some(name) => Algorithm::from_name(name).map(Some).ok_or(Reason::AlgUnknown),
        None => Ok(otherwise),
    }
}

/// The answer to a line that is refused.
pub(super) fn no(id: &Value, reason: Reason) -> Value {
    json!({ "id": id, "ok": false, "reason": reason.code() })
}
