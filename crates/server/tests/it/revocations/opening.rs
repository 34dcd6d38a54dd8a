//! What a server and a command note when they begin.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::store::{Tx, revocations};

/// Default lifetime of an access token, and the feed's leeway.
const REACH: u64 = 900 + 120;

async fn noted_at(app: &TestApp, seconds: u64) -> Option<i64> {
    let noted =
        app.app.store.read(async move |tx: &mut Tx<'_>| revocations::reach_noted_at(tx, seconds).await);
    noted.await.expect("the database answers")
}

#[tokio::test]
async fn how_far_tokens_reach_is_noted_again_only_when_the_note_grows_old() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let begun = noted_at(&first, REACH).await.expect("the first one notes it");
        first.clock.advance(Duration::from_secs(29 * 60));
        let second = first.beside().await;
        assert_eq!(noted_at(&second, REACH).await, Some(begun), "{engine:?}: nothing was written");
        first.clock.advance(Duration::from_secs(2 * 60));
        let third = first.beside().await;
        assert_eq!(noted_at(&third, REACH).await, Some(begun + 31 * 60_000), "{engine:?}");

        let other = first.beside_with(&[("tokens.access_lifetime", "20m")]).await;
        assert!(noted_at(&other, 1_200 + 120).await.is_some(), "{engine:?}: another reach is noted at once");
    }
}
