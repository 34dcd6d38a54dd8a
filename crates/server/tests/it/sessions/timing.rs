//! An account that does not exist is not told from a wrong password by what the server does (catalogue row 106).

use std::sync::Arc;
use std::time::Duration;

use jotgate_harness::{Engine, FakeClock, PASSWORD, TestApp, TestDatabase};
use jotgate_server::app::App;
use jotgate_server::flow::operator::{By, set_disabled};

use super::world::{Server, UNTHROTTLED, code, count, from_address, logged_in_from, signed_up};

const KNOWN: &str = "known@example.com";
const DISABLED: &str = "disabled@example.com";
const UNKNOWN: &str = "unknown@example.com";
const IMPOSSIBLE: &str = "no address at all";

async fn with_accounts(app: &App) {
    signed_up(app, KNOWN).await;
    let disabled = signed_up(app, DISABLED).await;
    set_disabled(app, disabled.user.id, true, By::default()).await.expect("an operator disables");
}

async fn wrong(app: &App, email: &str, n: u32) {
    let answer = logged_in_from(app, email, "not the password", from_address(n)).await;
    assert_eq!(code(&answer), "login.failed");
}

/// Statement for statement the same, because each is a round trip on PostgreSQL, and those can be timed from afar.
#[tokio::test]
async fn unknown_disabled_and_wrong_take_the_same_statements_and_leave_the_same_rows() {
    for engine in Engine::all() {
        let server = TestApp::with(engine, &UNTHROTTLED).await;
        let app = &server.app;
        with_accounts(app).await;
        let mut seen = Vec::new();
        for (n, email) in [KNOWN, UNKNOWN, DISABLED, IMPOSSIBLE].into_iter().enumerate() {
            let before = (app.store.queries(), count(app, "attempts").await, count(app, "audit").await);
            wrong(app, email, u32::try_from(n).expect("four")).await;
            let after = (app.store.queries(), count(app, "attempts").await, count(app, "audit").await);
            seen.push((after.0 - before.0, after.1 - before.1, after.2 - before.2));
        }
        assert_eq!(
            seen, [seen[0]; 4],
            "{engine:?}: statements, counters, events of known, unknown, disabled, impossible"
        );
    }
}

/// Coarse on purpose: without its hash one of them would take a fifth of the time. The median of interleaved tries, so
/// that a busy machine slows both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_disabled_and_wrong_take_about_as_long() {
    const TRIES: u32 = 25;
    let (database, clock) = (TestDatabase::new(Engine::Sqlite).await, Arc::<FakeClock>::default());
    let server = Server::open(database.database(), &clock, 1).await;
    with_accounts(&server.app).await;
    let emails = [KNOWN, UNKNOWN, DISABLED, IMPOSSIBLE];
    let mut spans = emails.map(|_| Vec::new());
    for n in 0..TRIES {
        clock.advance(Duration::from_secs(7200));
        for (email, spans) in emails.into_iter().zip(&mut spans) {
            spans.push(timed(wrong(&server.app, email, n)).await);
        }
    }
    let medians = spans.map(|mut spans| {
        spans.sort_unstable();
        spans[spans.len() / 2]
    });
    let (slowest, fastest) = (medians.iter().max(), medians.iter().min());
    let ratio = slowest.expect("four").as_secs_f64() / fastest.expect("four").as_secs_f64();
    super::say(&format!("medians of known, unknown, disabled, impossible: {medians:?}, ratio {ratio:.3}"));
    assert!(ratio < 2.0, "{medians:?}");
    logged_in_from(&server.app, KNOWN, PASSWORD, from_address(999)).await.expect("the right one is right");
}

#[expect(clippy::disallowed_methods, reason = "measures how long an answer takes; nothing is decided by it")]
async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = std::time::Instant::now();
    work.await;
    start.elapsed()
}
