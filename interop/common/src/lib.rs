//! What the round trips and the differential table share: the test keys, the peers' shape, the bad tokens.
//!
//! Each other library is a package of its own and a [`Peer`]. Not here: any of their code.

mod files;
mod ours;
mod peer;
mod probe;

pub use files::{AUDIENCE, ISSUER, KID, file, private_der, private_pem, public_der, public_pem, secret};
pub use ours::Ours;
pub use peer::{Peer, both_ways, main, now};
pub use probe::{Probe, Setting, Verdict, caught, good_key, probes};
