//! Many at once: one token presented side by side (I1, catalogue row 95), and two servers on one database that must
//! behave as one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jotgate_harness::{Engine, FakeClock, PASSWORD, TestApp, TestDatabase};
use jotgate_server::app::App;
use tokio::task::JoinSet;

use super::postgres;
use super::world::{Server, caller, code, logged_in, logged_out, refreshed, row, session_of, signed_up};

const PRESENTERS: usize = 50;

/// All at once, spread over the servers; the texts of the tokens they got.
async fn fifty_present(servers: &[&App], token: &str, key: Option<&'static str>) -> Vec<String> {
    let mut presenters = JoinSet::new();
    for n in 0..PRESENTERS {
        let (app, token) = (servers[n % servers.len()].clone(), token.to_owned());
        presenters.spawn(async move {
            let session = refreshed(&app, &token, key).await.expect("nobody is refused");
            session.refresh_token.expose().to_owned()
        });
    }
    presenters.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_presenters_of_one_token_get_one_successor() {
    for engine in Engine::all() {
        for key in [None, Some("a-key-of-all-fifty-tabs-0001")] {
            let server = TestApp::new(engine).await;
            let app = &server.app;
            let opened = signed_up(app, "fifty@example.com").await;
            let session = session_of(app, &opened).await;
            let got = fifty_present(&[app], opened.refresh_token.expose(), key).await;
            assert_eq!(got.len(), PRESENTERS);
            assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), 1, "{engine:?}: one text for all");
            assert_eq!(app.counters.refresh_rotated.value(), 1, "{engine:?}: one of them rotated");
            assert_eq!(row(app, session.id.0).await.expect("it lives").generation, 1, "{engine:?}");
            // And what they got is the live one.
            let next = refreshed(app, &got[0], None).await.expect("the successor is good");
            assert_eq!(next.refresh_generation, 2, "{engine:?}");
        }
    }
}

/// With windows of zero and no key only one may have it; that two asked at once is then a theft.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strict_windows_end_a_session_that_two_present_at_once() {
    let strict = [("sessions.race_window", "0s"), ("sessions.retry_window", "0s")];
    for engine in Engine::all() {
        let server = TestApp::with(engine, &strict).await;
        let app = &server.app;
        let opened = signed_up(app, "strict@example.com").await;
        let mut presenters = JoinSet::new();
        for _ in 0..PRESENTERS {
            let (app, token) = (app.clone(), opened.refresh_token.expose().to_owned());
            presenters.spawn(async move { code(&refreshed(&app, &token, None).await) });
        }
        let mut codes = presenters.join_all().await;
        codes.sort_unstable();
        let count = |code: &str| codes.iter().filter(|one| **one == code).count();
        assert_eq!(count("ok"), 1, "{engine:?}: {codes:?}");
        assert!(count("refresh.reused") >= 1, "{engine:?}: {codes:?}");
        assert_eq!(
            count("refresh.reused") + count("refresh.revoked"),
            PRESENTERS - 1,
            "{engine:?}: {codes:?}"
        );
        assert_eq!(app.counters.sessions_ended.value(), 1, "{engine:?}: ended once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_database_behave_as_one() {
    let Some(engine) = postgres() else { return };
    let first = TestApp::new(engine).await;
    let second = first.beside().await;
    let (a, b) = (&first.app, &second.app);
    signed_up(a, "two@example.com").await;

    // Opened on one, refreshed on the other, by fifty on both.
    let opened = logged_in(a, "two@example.com", PASSWORD).await.expect("the password is right");
    let session = session_of(b, &opened).await;
    let got = fifty_present(&[a, b], opened.refresh_token.expose(), None).await;
    assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), 1, "one successor over both servers");
    let rotated = a.counters.refresh_rotated.value() + b.counters.refresh_rotated.value();
    assert_eq!(rotated, 1, "one rotation over both servers");

    // An access token of one is good at the other.
    let on_b = refreshed(b, &got[0], None).await.expect("the successor is good on the other server");
    assert_eq!(caller(a, on_b.access_token.expose()).await.expect("keys are shared").session.id, session.id);

    // Out of turn at one, over at the other.
    first.clock.advance(Duration::from_secs(61));
    assert_eq!(code(&refreshed(a, opened.refresh_token.expose(), None).await), "refresh.reused");
    assert_eq!(code(&refreshed(b, on_b.refresh_token.expose(), None).await), "refresh.revoked");
    assert_eq!(code(&caller(b, on_b.access_token.expose()).await), "revoked.session");

    // Logged out at one, refused at the other.
    let again = logged_in(b, "two@example.com", PASSWORD).await.expect("the password is right");
    logged_out(a, again.refresh_token.expose()).await.expect("a good token may log out");
    assert_eq!(code(&refreshed(b, again.refresh_token.expose(), None).await), "refresh.revoked");
    assert_eq!(code(&caller(b, again.access_token.expose()).await), "revoked.session");
}

/// Four at once, because the race is for who makes the keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_at_once_on_an_empty_database_agree_on_keys() {
    let Some(engine) = postgres() else { return };
    for _ in 0..3 {
        let (database, clock) = (TestDatabase::new(engine).await, Arc::<FakeClock>::default());
        let mut starting = JoinSet::new();
        for seed in 0..4 {
            let (database, clock) = (database.database(), Arc::clone(&clock));
            starting.spawn(async move { Server::open(database, &clock, seed).await });
        }
        let started = starting.join_all().await;
        let servers: Vec<&App> = started.iter().map(|server| &server.app).collect();
        let minting: BTreeSet<_> = servers.iter().map(|app| app.keyring.refresh().minting()).collect();
        assert_eq!(minting.len(), 1, "one refresh key mints");
        let published: BTreeSet<_> = servers.iter().map(|app| app.keyring.signing().jwks.clone()).collect();
        assert_eq!(published.len(), 1, "one set of signing keys is published");
        let opened = signed_up(servers[0], "first@example.com").await;
        for app in servers {
            refreshed(app, opened.refresh_token.expose(), None).await.expect("made with a key of all");
            caller(app, opened.access_token.expose()).await.expect("signed with a key of all");
        }
    }
}
