//! The kinds of token from outside: who takes which, and what their claims may say.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

mod attacks;
mod matrix;
mod revocation_vectors;
