//! Decisions from values alone: no clock, no database, no HTTP.
//!
//! Each rule takes what is known and answers what follows, so that every rule about time or order
//! can be tested without a server. Not for: the order of steps (that is `flow`).

pub mod authentication;
pub mod client;
pub mod device;
pub mod identity;
pub mod key_life;
pub mod passkey;
pub mod password;
pub mod refresh;
pub mod refresh_key_life;
pub mod throttle;
