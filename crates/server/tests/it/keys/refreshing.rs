//! Refresh keys: a new one mints only where everybody has it, an old one opens what it minted for as long as a session
//! can last, and nobody is logged out by either.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::flow::{
    keys::{
        catch_up,
        refresh::{self, RefreshKeyView, Wanted},
    },
    operator::By,
};
use jotgate_token::Clock;
use serde_json::json;

use super::{look_after, pass};

const DAY: Duration = Duration::from_secs(86_400);

async fn keys(app: &TestApp) -> Vec<RefreshKeyView> {
    refresh::list(&app.app).await.expect("the database answers")
}

async fn refreshed(app: &TestApp, token: &str) -> Result<String, (u16, String)> {
    let answer = app.post("/v1/refresh", &json!({"refresh_token": token})).send().await;
    if answer.status == 200 {
        Ok(answer.member("refresh_token"))
    } else {
        Err((answer.status, answer.reason()))
    }
}

#[tokio::test]
async fn an_old_token_is_good_on_every_server_until_its_session_is_over() {
    for engine in Engine::all() {
        let first = TestApp::with(engine, &[("keys.rotate_every", "0s")]).await;
        let second = first.beside().await;
        let both = [&first, &second];
        look_after(&both).await;
        let started = first.clock.now_ms();
        let old = first.sign_up("ada@example.com").await.member("refresh_token");
        let made = refresh::carry_out(&first.app, Wanted::Rotate, &By::default()).await.unwrap();
        assert_eq!(made.len(), 1, "{engine:?}");
        let again = refresh::carry_out(&second.app, Wanted::Rotate, &By::default()).await.unwrap();
        assert_eq!(again, [], "one is waiting already");
        let before = first.app.keyring.refresh().minting();
        pass(&both, Duration::from_secs(9 * 60)).await;
        assert_eq!(first.app.keyring.refresh().minting(), before, "not everybody may have it yet");
        pass(&both, Duration::from_secs(60)).await;
        let now = first.app.keyring.refresh().minting();
        assert!(now != before && second.app.keyring.refresh().minting() == now, "{engine:?}");

        let newer = refreshed(&second, &old).await.expect("a token of the old key is good");
        refreshed(&first, &newer).await.expect("and one of the new key");
        let expires_at = keys(&first).await.iter().find_map(|key| key.expires_at);
        let expires_at = expires_at.expect("the old one has retired");
        assert!(expires_at >= started + 30 * 86_400_000, "{engine:?}: as long as a session of it");
    }
}

#[tokio::test]
async fn a_key_that_is_over_is_no_reason_to_try_again() {
    for engine in Engine::all() {
        let app = TestApp::with(engine, &[("keys.rotate_every", "0s")]).await;
        look_after(&[&app]).await;
        let old = app.sign_up("ada@example.com").await.member("refresh_token");
        refresh::carry_out(&app.app, Wanted::Rotate, &By::default()).await.unwrap();
        pass(&[&app], Duration::from_secs(11 * 60)).await;
        // The server is off for two months: the time that nobody watched is added to the key's.
        app.clock.advance(60 * DAY);
        look_after(&[&app]).await;
        assert!(keys(&app).await.iter().all(|key| !key.is_over), "{engine:?}");
        assert_eq!(refreshed(&app, &old).await, Err((401, "refresh.expired".into())), "its session is over");
    }
}

#[tokio::test]
async fn leaked_refresh_keys_end_every_session_at_once() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        let old = first.sign_up("ada@example.com").await.member("refresh_token");
        refresh::carry_out(&first.app, Wanted::RevokeAll, &By::default()).await.unwrap();
        catch_up(&second.app).await.unwrap();
        for server in [&first, &second] {
            assert_eq!(refreshed(server, &old).await, Err((401, "refresh.invalid".into())), "{engine:?}");
        }
        let new = second.log_in("ada@example.com").await.member("refresh_token");
        refreshed(&first, &new).await.expect("who logs in again is in");
        assert_eq!(keys(&first).await.iter().filter(|key| key.is_over).count(), 1, "its name is kept");
    }
}
