//! A passkey behind a password, and in the middle of a session.

use std::time::Duration;

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use serde_json::{Value, json};

use super::{ADA, Person, ask, claims, with_passkey};

/// The password is right; what is asked for then.
async fn half_way(app: &TestApp, email: &str) -> Value {
    let answer = app.post("/v1/login", &json!({"email": email, "password": PASSWORD})).send().await;
    assert_eq!(answer.reason(), "login.mfa_required", "{}", answer.text());
    app.remember(&answer.member("mfa_token"));
    answer.json()
}

async fn show(app: &TestApp, asked: &Value, passkey: &Value) -> Answer {
    app.post("/v1/login/mfa", &json!({"mfa_token": asked["mfa_token"], "passkey": passkey})).send().await
}

async fn step_up(app: &TestApp, of: &Person, with: &mut Person) -> Answer {
    let given = ask(app).await;
    let passkey = with.device.get(&given["options"]);
    let body = json!({"challenge_token": given["challenge_token"], "passkey": passkey});
    app.post("/v1/stepup", &body).bearer(&of.token).send().await
}

#[tokio::test]
async fn a_password_login_is_finished_with_one_of_the_accounts_passkeys() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        with_passkey(&app, "bob@example.com").await;
        let asked = half_way(&app, ADA).await;
        assert_eq!(asked["methods"], json!(["passkey", "recovery_code"]));
        let allowed = asked["passkey"]["publicKey"]["allowCredentials"].as_array().unwrap();
        assert_eq!(allowed.len(), 1, "those of this account and no other");
        let passkey = ada.device.get(&asked["passkey"]);
        let answer = show(&app, &asked, &passkey).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(claims(&answer)["amr"], json!(["pwd", "hwk", "user", "mfa"]), "{engine:?}");
        let again = show(&app, &asked, &passkey).await;
        assert_eq!(again.reason(), "link.expired", "{engine:?}: a login is finished once");
    }
}

#[tokio::test]
async fn no_other_passkey_finishes_it_and_five_tries_are_five() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let mut eve = with_passkey(&app, "eve@example.com").await;
        let asked = half_way(&app, ADA).await;
        let free = json!({"publicKey": {"challenge": asked["passkey"]["publicKey"]["challenge"], "rpId": "localhost"}});
        let foreign = eve.device.get(&free);
        let handle = ada.device.passkeys()[0].handle.clone();
        let disguised = eve.device.get_with(&free, |draft| draft.handle = Some(handle));
        let elsewhere = ask(&app).await;
        let replayed = ada.device.get(&elsewhere["options"]);
        let unverified = ada.device.get_with(&asked["passkey"], |draft| draft.flags = 1);
        for (n, passkey) in [foreign, disguised, replayed, unverified, json!({})].iter().enumerate() {
            assert_eq!(show(&app, &asked, passkey).await.reason(), "passkey.invalid", "{engine:?} {n}");
        }
        let right = ada.device.get(&asked["passkey"]);
        assert_eq!(
            show(&app, &asked, &right).await.reason(),
            "link.expired",
            "{engine:?}: the tries are used up"
        );
    }
}

#[tokio::test]
async fn a_passkey_that_is_removed_meanwhile_finishes_nothing() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let asked = half_way(&app, ADA).await;
    let passkey = ada.device.get(&asked["passkey"]);
    let list = app.get("/v1/passkeys").bearer(&ada.token).send().await.json();
    let path = format!("/v1/passkeys/{}", list["passkeys"][0]["id"].as_str().unwrap());
    assert_eq!(app.call(http::Method::DELETE, &path).bearer(&ada.token).send().await.status, 204);
    assert_eq!(show(&app, &asked, &passkey).await.reason(), "link.expired");
    app.log_in(ADA).await;
}

#[tokio::test]
async fn a_passkey_shows_within_a_session_that_its_owner_is_there() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let mut eve = with_passkey(&app, "eve@example.com").await;
        app.clock.advance(Duration::from_secs(600));
        assert_eq!(
            step_up(&app, &ada, &mut eve).await.reason(),
            "passkey.invalid",
            "Eve does not speak for Ada"
        );
        let mut device =
            Person { token: String::new(), device: std::mem::replace(&mut ada.device, eve.device) };
        let answer = step_up(&app, &ada, &mut device).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let claims = claims(&answer);
        assert_eq!((&claims["acr"], &claims["auth_time"]), (&json!("2"), &json!(1_767_226_200)));
        assert_eq!(
            app.get("/v1/me").bearer(&ada.token).send().await.reason(),
            "revoked.session",
            "{engine:?}"
        );
    }
}
