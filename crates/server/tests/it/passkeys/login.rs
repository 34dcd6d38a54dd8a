//! Logging in with a passkey: without a name, after a hundred wrong passwords, as a step-up.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use serde_json::json;

use super::{ADA, ask, claims, enrol, log_in, log_in_with, sign_up, with_passkey};

#[tokio::test]
async fn a_passkey_lets_its_owner_in_without_a_name_and_says_so_in_the_token() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        app.clock.advance(Duration::from_secs(60));
        let given = ask(&app).await;
        assert_eq!(given["options"]["publicKey"]["allowCredentials"], json!([]));
        assert_eq!(given["options"]["publicKey"]["userVerification"], "required");
        assert!(given["options"].get("mediation").is_none());
        let passkey = ada.device.get(&given["options"]);
        let answer = log_in(&app, &given, &passkey).await;
        assert_eq!((answer.status, &answer.json()["user"]["email"]), (200, &json!(ADA)), "{}", answer.text());
        let claims = claims(&answer);
        assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["hwk", "user", "mfa"]), &json!("2")));
        assert_eq!(claims["auth_time"], json!(1_767_225_660));
    }
}

#[tokio::test]
async fn a_key_that_is_copied_between_devices_is_one_in_software() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    (ada.device.synced, ada.device.counts) = (true, false);
    assert_eq!(enrol(&app, &mut ada, json!({})).await.status, 201);
    // Without a counter it is always zero, and that is no copy's doing.
    for _ in 0..2 {
        let answer = log_in_with(&app, &mut ada.device).await;
        assert_eq!(claims(&answer)["amr"], json!(["swk", "user", "mfa"]));
    }
}

#[tokio::test]
async fn with_several_accounts_on_one_device_the_chosen_one_gets_in() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let bob = with_passkey(&app, "bob@example.com").await;
    ada.device.passkeys_mut().extend(bob.device.passkeys().to_vec());
    let newest = log_in_with(&app, &mut ada.device).await;
    assert_eq!(newest.json()["user"]["email"], "bob@example.com");
    ada.device.passkeys_mut().truncate(1);
    assert_eq!(log_in_with(&app, &mut ada.device).await.json()["user"]["email"], ADA);
}

#[tokio::test]
async fn cookies_are_delivered_to_pages_that_vouch() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let given = ask(&app).await;
    let passkey = ada.device.get(&given["options"]);
    let body = json!({"challenge_token": given["challenge_token"], "passkey": passkey, "delivery": "cookie"});
    let stranger = app.post("/v1/login/passkey", &body).header("origin", "https://evil.example").send().await;
    assert_eq!(stranger.reason(), "request.origin");
    let ours = app.post("/v1/login/passkey", &body).header("origin", "http://localhost:8080").send().await;
    assert_eq!((ours.status, ours.json().get("refresh_token")), (200, None), "{}", ours.text());
    assert!(ours.cookies().iter().any(|(name, _)| name == "jotgate_refresh_0_8080"));
}

#[tokio::test]
async fn after_a_hundred_wrong_passwords_the_owner_still_gets_in_by_passkey_from_anywhere() {
    for engine in Engine::all() {
        let app =
            TestApp::with(engine, &[("login.ip_failures", "1000"), ("login.account_failures", "1000")]).await;
        let mut ada = with_passkey(&app, ADA).await;
        app.clock.advance(Duration::from_secs(31 * 86_400));
        let wrong = json!({"email": ADA, "password": "not the password"});
        for n in 0..100 {
            let from = format!("198.51.100.{n}");
            assert_eq!(app.post("/v1/login", &wrong).from(&from).send().await.reason(), "login.failed");
        }
        let right = json!({"email": ADA, "password": jotgate_harness::PASSWORD});
        let locked = app.post("/v1/login", &right).from("203.0.113.9").send().await;
        assert_eq!(locked.reason(), "login.throttled", "{engine:?}");
        let given = ask(&app).await;
        let body = json!({"challenge_token": given["challenge_token"], "passkey": ada.device.get(&given["options"])});
        let answer = app.post("/v1/login/passkey", &body).from("203.0.113.9").send().await;
        assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());
    }
}
