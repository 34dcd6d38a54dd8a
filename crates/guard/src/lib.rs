//! Checks the access tokens of Jotgate in a Rust API: locally, without a request to anybody, and with revocation.
//!
//! ```no_run
//! # #[cfg(feature = "axum")]
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! use axum::{Router, routing::get};
//! use jotgate_guard::{Caller, Guard, require_role};
//!
//! let guard = Guard::new("https://id.example", "https://api.example").start()?;
//! let app: Router = Router::new()
//!     .route("/admin", get(async || "secret").route_layer(require_role("admin")))
//!     .route("/hello", get(async |caller: Caller| format!("Hello {:?}", caller.subject())))
//!     .layer(guard.layer());
//! # Ok(())
//! # }
//! ```
//!
//! - [`Guard`]: the check, made by [`Guard::new`], which demands issuer and audience.
//! - [`Guard::layer`], [`Guard::optional_layer`]: the check as a tower layer.
//! - [`Caller`], [`OptionalCaller`], [`Checked`]: who calls.
//! - [`require_scope`], [`require_role`], [`any_of`], [`fresh_within`]: what the caller must be allowed to do.
//! - [`Refused`]: a refusal, with its challenge and problem document.
//! - [`feed`]: what was taken back before it expired, kept current by following the issuer's revocation feed.
//! - [`TokenSource`]: tokens for this program itself, to call other services with.
//! - [`Fetch`]: the edge to the network.
//! - [`Metrics`]: what it counts.
//!
//! Spec: RFC 6750, RFC 9068, RFC 8414, RFC 9728. Not here: issuing tokens (`jotgate_token`), the mathematics
//! (`jotgate_jose`).

mod address;
mod ask;
mod bearer;
mod builder;
mod caller;
mod discovery;
#[cfg(feature = "axum")]
mod extract;
pub mod feed;
mod fetch;
#[cfg(doctest)]
mod guarantees;
mod guard;
mod keys;
mod layer;
mod metrics;
mod refusal;
mod require;
mod resource;
mod source;

pub use builder::{BuildError, GuardBuilder, Staleness};
pub use caller::{Caller, Checked, NoExtra, OptionalCaller};
pub use fetch::{Answering, Fetch, FetchBody, FetchError, HttpFetch};
pub use guard::Guard;
pub use layer::{Fresh, FreshWithin, GuardLayer, Guarded, Passage, Required, fresh_within};
pub use metrics::Metrics;
pub use refusal::Refused;
pub use require::{Require, any_of, require_role, require_scope};
pub use source::{SourceError, SourceToken, TokenSource, TokenSourceBuilder};
