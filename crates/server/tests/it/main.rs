//! The integration tests of the server, one module a URL.

mod arrows;
mod attacks;
mod docs;
mod email;
mod factors;
mod imports;
mod keys;
mod mail;
mod oauth;
mod passkeys;
mod personal;
mod revocations;
mod routes;
mod sessions;
mod store;
