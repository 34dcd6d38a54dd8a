//! Signed bytes of any kind: JWS in its compact, flattened and general form, with the payload inside or detached,
//! encoded or not (RFC 7515, RFC 7797).
//!
//! For tokens use [`crate::jwt`], which also checks what the bytes say. Here nothing is known about the payload but
//! who signed it. Each form has its own function, so that nobody takes a form that was not meant.

pub(crate) mod compact;
pub(crate) mod critical;
mod envelope;
pub(crate) mod header;
mod scratch;
mod sign;
mod signature;
mod unverified;
mod verified;
mod verify;

pub use scratch::Scratch;
pub use sign::{Extras, sign, sign_detached, sign_flattened, sign_general};
pub use unverified::{Unverified, UnverifiedSignature};
pub use verified::{VerifiedPayload, VerifiedSignature};
pub use verify::{verify, verify_detached, verify_json, verify_json_detached};

/// The longest JWS that is looked at; a detached payload does not count.
pub const MAX_LEN: usize = 1 << 20;

/// The most signatures one JWS may carry, because each may cost the checking of one.
pub const MAX_SIGNATURES: usize = 16;
