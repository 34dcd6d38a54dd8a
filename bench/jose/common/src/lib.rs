//! What every worker of the token benchmark shares: keys, claims, the loop that is timed, and the protocol.
//!
//! One worker is one library in a process of its own, because OpenSSL and BoringSSL cannot live in one. The driver
//! (`bench/jose/run`) lets the workers take turns.

mod claims;
mod keys;
mod serve;

pub use claims::{AUDIENCE, Claims, ISSUER, KID, SCOPE, damaged, now};
pub use keys::{Algorithm, Keys};
pub use serve::{Case, Cases, Count, serve};
