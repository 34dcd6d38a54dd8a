//! The integration tests of the server, one module a URL.

mod arrows;
mod routes;
mod store;
