//! The tokens of Jotgate: which kinds exist, what is in them, when they are good, and the reason when they are not.
//!
//! - [`access`]: RFC 9068 access tokens, signed and checked.
//! - [`assertion`]: the JWT with which a client shows who it is.
//! - [`id_token`]: OpenID Connect ID tokens, signed and checked against the login that asked for one.
//! - [`refresh`]: the opaque refresh token, and the ring of keys that makes and opens it.
//! - [`revocation`]: what was taken back before it expired: entries, lists and the signed messages of the feed.
//! - [`status_list`]: the Token Status List: one bit a token, signed.
//! - [`idempotency`]: the key with which a client makes its refresh repeatable.
//! - [`reason`]: every reason for a refusal, with its HTTP status, its meaning and its mend.
//! - [`Id`]: the ids of users, sessions and tokens.
//! - [`Clock`] and [`Random`]: time and randomness as arguments.
//!
//! No input, no output and no storage live here; the bytes and signatures of JOSE are in `jotgate_jose`.
//!
//! ```
//! use jotgate_token::{Clock, SystemClock, reason};
//!
//! assert!(SystemClock.now() > 1_700_000_000);
//! assert_eq!(reason::by_code("exp.expired"), Some(&reason::EXP_EXPIRED));
//! ```

pub mod access;
pub mod assertion;
pub mod clock;
#[cfg(doctest)]
mod guarantees;
pub mod id;
pub mod id_token;
pub mod idempotency;
pub mod random;
pub mod reason;
pub mod refresh;
pub mod revocation;
pub mod status_list;
mod wire;

pub use clock::{Clock, SystemClock};
pub use id::Id;
pub use idempotency::IdempotencyKey;
pub use random::{OsRandom, Random};
