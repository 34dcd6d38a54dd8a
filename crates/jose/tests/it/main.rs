//! The library from outside: what users of tokens and keys can and cannot do.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

mod round_trip;
mod support;
