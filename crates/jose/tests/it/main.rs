//! The library from outside: what users of tokens and keys can and cannot do.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]
#![expect(clippy::needless_pass_by_value, reason = "`json!` at the call reads best")]
#![expect(clippy::print_stdout, reason = "counts, deviations and skipped vectors are to be seen")]

mod attacks;
mod cache;
mod diff;
mod explain;
mod forms;
mod jws;
mod lint;
mod model;
mod other_libraries;
mod probes;
mod round_trip;
mod support;
mod vectors;
