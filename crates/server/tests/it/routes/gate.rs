//! What every request passes: id, Host, Origin, CORS, headers, bounds; and what the harness itself promises.

use jotgate_harness::{Engine, TestApp};

#[tokio::test]
#[should_panic(expected = "a secret was logged")]
async fn the_harness_notices_a_logged_secret() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.remember("the secret of the test that logs a secret");
    tracing::info!("the secret of the test that logs a secret");
}
