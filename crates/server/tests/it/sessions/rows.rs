//! The number of rows follows the number of live sessions, not of refreshes, and clean-up is done in bounded bites (I7).

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::flow::clean_up::clean_up;
use jotgate_server::store::sessions::{self, SessionRow};
use jotgate_server::store::{SessionId, StoreError, Tx};
use uuid::Uuid;

use super::world::{
    code, count, from_address, logged_in, logged_in_from, logged_out, refreshed, row, session_of, signed_up,
};

const TABLES: [&str; 8] =
    ["users", "sessions", "signing_keys", "refresh_keys", "attempts", "known_addresses", "audit", "links"];

#[tokio::test]
async fn a_hundred_refreshes_leave_no_more_rows_than_none() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "busy@example.com").await;
        let id = session_of(app, &opened).await.id.0;
        let mut before = Vec::new();
        for table in TABLES {
            before.push(count(app, table).await);
        }
        let mut token = opened.refresh_token.expose().to_owned();
        for _ in 0..100 {
            server.clock.advance(Duration::from_secs(900));
            let next = refreshed(app, &token, None).await.expect("the live token is good");
            refreshed(app, &token, None).await.expect("and its parent is forgiven");
            token = next.refresh_token.expose().to_owned();
        }
        for (table, before) in TABLES.into_iter().zip(before) {
            assert_eq!(count(app, table).await, before, "{engine:?}: {table}");
        }
        let row = row(app, id).await.expect("it lives");
        assert!(
            row.recent.len() < 1_000,
            "{engine:?}: what a row remembers is bounded: {}",
            row.recent.len()
        );
    }
}

const DAY: i64 = 86_400_000;

/// Sessions long over in each of the three ways, and every thirteenth alive.
async fn plant(tx: &mut Tx<'_>, like: &SessionRow, n: i64) -> Result<(), StoreError> {
    let now = like.created_at;
    let long_ago = now - 40 * DAY;
    let alive = (now + DAY, now + DAY);
    let (idle_until, absolute_until) = match n % 13 {
        0 => alive,
        idle if idle % 3 == 0 => (long_ago, now + DAY),
        absolute if absolute % 3 == 1 => (now + DAY, long_ago),
        _ => alive,
    };
    // Scattered, as the ids of a day are.
    let id = u128::try_from(n).expect("counted from zero").wrapping_mul(SCATTER);
    let id = SessionId(Uuid::from_u128(id));
    sessions::insert(tx, &SessionRow { id, idle_until, absolute_until, ..like.clone() }).await?;
    if n % 13 != 0 && n % 13 % 3 == 2 {
        sessions::end(tx, id, long_ago, "logout").await?;
    }
    Ok(())
}

const SCATTER: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

#[tokio::test]
async fn clean_up_takes_bounded_bites_and_leaves_the_living() {
    const PLANTED: i64 = 1_300;
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "planter@example.com").await;
        let like = session_of(app, &opened).await;
        let planting = app.store.write(async move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            for n in 0..PLANTED {
                plant(tx, &like, n).await?;
            }
            Ok(())
        });
        planting.await.expect("sessions can be planted");
        let mut rows = count(app, "sessions").await;
        for _ in 0..4 {
            let done = clean_up(app).await.expect("a clean-up runs");
            let left = count(app, "sessions").await;
            assert_eq!(u64::try_from(rows - left), Ok(done.rows), "{engine:?}: what went was counted");
            assert!(rows - left <= 500, "{engine:?}: {} in one bite", rows - left);
            rows = left;
        }
        assert_eq!(rows, PLANTED / 13 + 1, "{engine:?}: the living and the one that planted");
        refreshed(app, opened.refresh_token.expose(), None).await.expect("it lives");
    }
}

#[tokio::test]
async fn an_ended_session_is_explained_for_a_while_and_then_forgotten() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        signed_up(app, "over@example.com").await;
        let session = logged_in(app, "over@example.com", PASSWORD).await.expect("the password is right");
        logged_out(app, session.refresh_token.expose()).await.expect("a good token");
        server.clock.advance(Duration::from_secs(29 * 86_400));
        clean_up(app).await.expect("a clean-up runs");
        let token = session.refresh_token.expose();
        assert_eq!(code(&refreshed(app, token, None).await), "refresh.revoked", "{engine:?}");
        server.clock.advance(Duration::from_secs(2 * 86_400));
        clean_up(app).await.expect("a clean-up runs");
        assert_eq!(code(&refreshed(app, token, None).await), "refresh.unknown", "{engine:?}");
        logged_out(app, token).await.expect("what is over long ago is over");
    }
}

/// Whoever invents accounts and addresses fills the table of counters only up to its bound.
#[tokio::test]
async fn counters_of_failures_are_bounded() {
    let settings = [("login.max_counters", "1000"), ("login.ip_failures", "1000000")];
    for engine in Engine::all() {
        let server = TestApp::with(engine, &settings).await;
        let app = &server.app;
        for n in 0..400_u32 {
            let email = format!("nobody-{n}@example.com");
            let from = from_address(n);
            assert_eq!(code(&logged_in_from(app, &email, "wrong", from).await), "login.failed");
            server.clock.advance(Duration::from_millis(1));
        }
        assert_eq!(count(app, "attempts").await, 1_200, "{engine:?}: pair, address and account each");
        clean_up(app).await.expect("a clean-up runs");
        assert_eq!(count(app, "attempts").await, 1_000, "{engine:?}");
    }
}
