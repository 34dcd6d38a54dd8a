//! The only folder that names a crypto crate (aws-lc-rs).
//!
//! Everything above it speaks of bytes and of the small types here. Structure is checked before bytes reach the
//! back end, because its refusals carry no reason.

mod aead;
mod edwards;
mod hash;
mod mac;
mod password;
mod private;
mod public;

pub use aead::{Sealer, Unopened};
pub(crate) use hash::{constant_time_eq, digest, fill_random, hkdf_sha256, sha256, sha384, sha512};
pub use mac::HmacKey;
pub(crate) use mac::MacKey;
pub use password::Pbkdf2;
pub(crate) use password::aes_256_ctr;
pub(crate) use private::{MAX_SIGNATURE, PrivateKey, ec_public, ed25519_public, generate, generate_rsa};
pub(crate) use public::PublicKey;
