//! Tokens for the tests of an API, good and bad, made in the process and without a network.
//!
//! - [`TestIssuer`] stands in for the login server: its keys, its clock, and one line for each token.
//! - [`catalogue`] holds the tokens an API must refuse, each with the reason and with what an attacker gains.
//! - [`Forge`] makes any of them, from a key of yours if need be; `jotgate probe` sends what it makes.
//!
//! Not for production: everything here trusts whoever calls it.
//!
//! ```
//! use jotgate_testkit::TestIssuer;
//! use jotgate_token::access::Verifier;
//!
//! let issuer = TestIssuer::new("https://id.example", "https://api.example");
//! let verifier = Verifier::new(issuer.issuer(), issuer.audience());
//! let judge = |token: &str| verifier.verify(token, &issuer.keys(), issuer.now());
//!
//! assert!(judge(&issuer.token("ada").with_role("admin").valid()).is_ok());
//! let refused = judge(&issuer.token("ada").expired()).unwrap_err();
//! assert_eq!(refused.reason().code(), "exp.expired");
//! ```
#![forbid(unsafe_code)]

pub mod catalogue;
#[cfg(feature = "issuer")]
mod clock;
#[cfg(feature = "issuer")]
mod feed;
mod forge;
#[cfg(feature = "issuer")]
mod issuer;
mod sent;
#[cfg(feature = "issuer")]
mod token;
#[cfg(feature = "issuer")]
mod wire;

#[cfg(feature = "issuer")]
pub use clock::FixedClock;
pub use forge::{Draft, Forge, NotASample};
#[cfg(feature = "issuer")]
pub use issuer::TestIssuer;
pub use sent::Sent;
#[cfg(feature = "issuer")]
pub use token::TestToken;

/// The page of the package, so that its example is run.
#[cfg(all(doctest, feature = "issuer"))]
#[doc = include_str!("../README.md")]
struct Readme;
