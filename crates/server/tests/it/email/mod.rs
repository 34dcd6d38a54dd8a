//! Links and codes in mails, and what they open: confirming an address, a forgotten password, another address, a login.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod links;
