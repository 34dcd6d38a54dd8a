//! Signed JSON Web Tokens where the dangerous mistakes cannot be written down.
//!
//! A key carries exactly one algorithm, a [`jwt::Policy`] cannot be built without deciding issuer, audience and
//! type, and claims only ever come out of a token whose signature and claims were checked. The crate is
//! synchronous and does no I/O; the time is an argument, and so there is no clock and no global state.
//!
//! Not here: what a token *means* (which claims an access token has, when a session ends).
//!
//! Specifications: RFC 7515 (JWS), 7517 (JWK), 7518 (JWA), 7519 (JWT), 7638 (thumbprints), 8037 and 9864
//! (Ed25519), 8725 (best current practice).
#![forbid(unsafe_code)]

mod algorithm;
mod base64url;
pub mod claims;
mod crypto;
mod der;
pub mod diff;
mod error;
pub mod explain;
#[cfg(doctest)]
mod guarantees;
mod hash;
pub mod inspect;
mod json;
mod jwk;
pub mod jws;
pub mod jwt;
mod key;
mod keys;
mod known_secret;
pub mod lint;
mod material;
mod pem;
pub mod primitive;
mod secret;

pub use algorithm::Algorithm;
pub use error::{Error, Reason};
pub use jwk::{Jwk, JwkSet, UnusableKey};
pub use key::{SigningKey, VerifyingKey};
pub use keys::KeySet;
pub use known_secret::is_known_secret;
pub use secret::{SecretBytes, SecretText};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
