//! The tokens of Jotgate: which kinds exist, what is in them, when they are good, and the reason when they are not.
//!
//! - [`Clock`] and [`Random`]: time and randomness as arguments.
//!
//! No input, no output and no storage live here; the bytes and signatures of JOSE are in `jotgate_jose`.
//!
//! ```
//! use jotgate_token::{Clock, SystemClock};
//!
//! assert!(SystemClock.now() > 1_700_000_000);
//! ```

pub mod clock;
pub mod random;

pub use clock::{Clock, SystemClock};
pub use random::{OsRandom, Random};
