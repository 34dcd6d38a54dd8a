//! The store on both engines.

pub(crate) mod fixture;
mod opening;
mod others;
mod outbox;
mod passkeys;
mod revocations;
mod sessions;
mod transactions;
mod users;

use jotgate_harness::{Engine, TestStore};

#[tokio::test]
async fn every_statement_prepares() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert!(store.prepare_all().await.unwrap() > 40, "{engine:?}");
    }
}
