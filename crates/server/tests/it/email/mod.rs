//! Links and codes in mails, and what they open: confirming an address, a forgotten password, another address, a login.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attacks;
mod change;
mod enumeration;
mod links;
mod log_in;
mod pages;
mod reset;
mod sign_up;
mod world;
