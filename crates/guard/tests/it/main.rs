//! The guard from outside: requests through its layers, documents from an issuer in process.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

mod any_input;
mod catalogue;
mod feed;
mod hostile;
mod keys;
mod layer;
mod revoked;
mod rows;
mod source;
mod stale;
mod support;
