//! Guessing passwords gets slow, for one address, for many, and for accounts that do not exist; the owner goes on.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::app::App;
use jotgate_server::error::{Error, Result};
use jotgate_server::flow::{Client, Session};
use tokio::task::JoinSet;

use super::world::{UNTHROTTLED, client, code, from, from_address, logged_in, logged_in_from, signed_up};

const EMAIL: &str = "owner@example.com";

async fn wrong(app: &App, client: Client) -> Result<Session> {
    logged_in_from(app, EMAIL, "not the password", client).await
}

/// The seconds that a throttled login is told to wait.
fn wait(answer: &Result<Session>) -> u64 {
    assert_eq!(code(answer), "login.throttled");
    let Err(Error::Refused(refused)) = answer else { unreachable!("its code was just read") };
    refused.retry_after.expect("who has to wait is told how long")
}

#[tokio::test]
async fn the_tenth_failure_waits_a_second_and_each_further_one_twice_as_long() {
    for engine in Engine::all() {
        let server = TestApp::with(engine, &[("login.account_failures", "1000")]).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        for _ in 0..10 {
            assert_eq!(code(&wrong(app, client()).await), "login.failed", "{engine:?}");
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            // Before any hashing: the right password waits like any other, and nothing is counted.
            assert_eq!(wait(&logged_in(app, EMAIL, PASSWORD).await), expected, "{engine:?}");
            assert_eq!(wait(&wrong(app, client()).await), expected, "{engine:?}");
            server.clock.advance(Duration::from_secs(expected));
            assert_eq!(code(&wrong(app, client()).await), "login.failed", "{engine:?}");
        }
        // The pair waits, the owner elsewhere does not.
        logged_in_from(app, EMAIL, PASSWORD, from("198.51.100.9")).await.expect("another address goes on");
    }
}

#[tokio::test]
async fn a_success_clears_its_pair() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        for _ in 0..3 {
            for _ in 0..9 {
                assert_eq!(code(&wrong(app, client()).await), "login.failed", "{engine:?}");
            }
            logged_in(app, EMAIL, PASSWORD).await.expect("nine slips cost nothing");
        }
    }
}

#[tokio::test]
async fn an_address_that_fails_everywhere_waits_everywhere() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        // One household has a /64; its addresses count as one.
        let neighbour = |n: u32| from(&format!("2001:db8:1:2::{n:x}"));
        for n in 0..100 {
            let answer = logged_in_from(app, &format!("nobody-{n}@example.com"), "wrong", neighbour(n)).await;
            assert_eq!(code(&answer), "login.failed", "{engine:?}");
        }
        assert_eq!(wait(&logged_in_from(app, EMAIL, PASSWORD, neighbour(7_777)).await), 900, "{engine:?}");
        let next_door = from("2001:db8:1:3::1");
        logged_in_from(app, EMAIL, PASSWORD, next_door).await.expect("the next /64 is somebody else");
        server.clock.advance(Duration::from_secs(900));
        logged_in_from(app, EMAIL, PASSWORD, neighbour(1)).await.expect("the window is over");
    }
}

#[tokio::test]
async fn many_addresses_cannot_lock_the_owner_out() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        for n in 0..100 {
            assert_eq!(code(&wrong(app, from_address(n)).await), "login.failed", "{engine:?}");
        }
        let stranger = from_address(200);
        assert_eq!(wait(&logged_in_from(app, EMAIL, PASSWORD, stranger.clone()).await), 3600, "{engine:?}");
        // Signed up from here: a device the account knows.
        logged_in(app, EMAIL, PASSWORD).await.expect("a known address goes on");
        // The window moves on and strangers may try again.
        server.clock.advance(Duration::from_secs(3600));
        logged_in_from(app, EMAIL, PASSWORD, stranger).await.expect("an hour later");
    }
}

/// NIST SP 800-63B-4 section 3.2.2: a hundred failures in a row, however slow, and guessing is over.
#[tokio::test]
async fn after_a_hundred_in_a_row_strangers_have_one_try_an_hour() {
    // A server that sends no mail; with mail they have none, as the owner gets in by a code.
    let without_mail =
        [("issuer", "https://auth.example.com"), ("tokens.audience", "x"), ("signup.mode", "open")];
    for engine in Engine::all() {
        let server = TestApp::with(engine, &without_mail).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        for n in 0..100 {
            assert_eq!(code(&wrong(app, from_address(n)).await), "login.failed", "{engine:?}");
            server.clock.advance(Duration::from_secs(60));
        }
        for n in 100..103 {
            server.clock.advance(Duration::from_secs(3600));
            assert_eq!(code(&wrong(app, from_address(n)).await), "login.failed", "{engine:?}: one try");
            assert!(wait(&wrong(app, from_address(n + 50)).await) > 3_500, "{engine:?}: and no second");
        }
        logged_in(app, EMAIL, PASSWORD).await.expect("a known address goes on");
        logged_in_from(app, EMAIL, PASSWORD, from_address(250)).await.expect("and its success begins anew");
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_throttled_like_one_that_does() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        signed_up(&server.app, EMAIL).await;
        let mut answers = Vec::new();
        for email in [EMAIL, "nobody@example.com"] {
            let mut of_this = Vec::new();
            for _ in 0..12 {
                let answer = logged_in(&server.app, email, "wrong").await;
                let Err(Error::Refused(refused)) = answer else { panic!("a wrong password is refused") };
                of_this.push(refused);
            }
            answers.push(of_this);
        }
        assert_eq!(answers[0], answers[1], "{engine:?}");
    }
}

/// Failures at the same moment are counted one by one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn failures_at_once_all_count() {
    for engine in Engine::all() {
        let server = TestApp::with(engine, &UNTHROTTLED[1..]).await;
        let app = &server.app;
        signed_up(app, EMAIL).await;
        let mut trying = JoinSet::new();
        for _ in 0..10 {
            let app = app.clone();
            trying.spawn(async move { code(&wrong(&app, client()).await) });
        }
        assert_eq!(trying.join_all().await, ["login.failed"; 10], "{engine:?}");
        assert_eq!(wait(&logged_in(app, EMAIL, PASSWORD).await), 1, "{engine:?}: ten were counted");
    }
}
