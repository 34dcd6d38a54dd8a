//! JSON Web Tokens (RFC 7519), compact and signed.
//!
//! Claims come out of a token in one way only: [`verify()`] (or [`verify_in`]) with keys and a [`Policy`]. To look
//! inside without trusting there is [`Unverified`], which has nothing typed to give.

mod cache;
pub(crate) mod claims;
mod issuers;
mod nested;
pub(crate) mod numeric_date;
pub(crate) mod policy;
mod sign;
mod unverified;
mod verify;

pub use crate::jws::Scratch;
pub use cache::Cache;
pub use issuers::{Issuers, TrustedIssuer};
pub use nested::{Envelope, verify_nested};
pub use policy::{Audience, Issuer, Policy, Typ};
pub use sign::{Signer, sign};
pub use unverified::Unverified;
pub use verify::{Verified, verify, verify_in};
