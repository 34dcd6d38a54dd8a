//! What integration tests share: databases that end with the test. Never published, never in a binary.

mod postgres;
mod store;

pub use postgres::Postgres;
pub use store::{Engine, TestDatabase, TestStore};
