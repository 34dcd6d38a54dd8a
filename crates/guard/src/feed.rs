//! What the issuer took back, held in memory.
//!
//! Not here: whether a token is good by itself, which `jotgate_token::access` says.

mod digests;
mod set;

pub use digests::Digests;
pub use set::RevocationSet;
