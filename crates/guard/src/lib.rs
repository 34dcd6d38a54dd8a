//! The guard of an API: checks access tokens, with nothing asked of anybody on the way.
//!
//! - [`feed`]: what was taken back before it expired, kept current by following the issuer's revocation feed.

pub mod feed;
