//! Keys that carry exactly one algorithm, parsed and judged once, never in sign or verify.
//!
//! A token's `alg` can only agree with its key or fail; that is what makes confusion attacks impossible rather than
//! checked for. RFC 8725 section 3.1.

mod secret;
mod signing;
mod verifying;

pub use signing::SigningKey;
pub use verifying::VerifyingKey;

#[cfg(test)]
mod tests;
