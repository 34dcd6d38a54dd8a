//! `--batch`: one JSON object a line in, one a line out, in order, so that other people's vectors can be run through.

use std::io::BufRead;

use serde_json::Value;

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
