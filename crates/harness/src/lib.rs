//! What integration tests share: databases that end with the test. Never published, never in a binary.

mod store;

pub use store::{Engine, TestStore};
