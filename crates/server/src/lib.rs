//! Placeholder of the workspace's first build.

pub mod config;
pub mod store;
