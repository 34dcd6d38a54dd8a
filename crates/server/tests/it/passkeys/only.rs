//! Accounts whose passkeys are the only way in.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::{Value, json};

use super::{ADA, Person, ask, claims, enrol, log_in_with, sign_up, with_passkey};

async fn remove_password(app: &TestApp, person: &mut Person) -> jotgate_harness::Answer {
    let given = ask(app).await;
    let passkey = person.device.get(&given["options"]);
    let body = json!({"challenge_token": given["challenge_token"], "passkey": passkey});
    app.call(http::Method::DELETE, "/v1/password").json(&body).bearer(&person.token).send().await
}

#[tokio::test]
async fn a_password_can_be_given_up_for_a_passkey() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let other = log_in_with(&app, &mut ada.device).await.member("access_token");
        let answer = remove_password(&app, &mut ada).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(claims(&answer)["amr"], json!(["hwk", "user", "mfa"]));
        let token = answer.member("access_token");
        assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 200);
        for old in [&other, &ada.token] {
            assert_eq!(app.get("/v1/me").bearer(old).send().await.reason(), "revoked.session", "{engine:?}");
        }
        let login = json!({"email": ADA, "password": PASSWORD});
        assert_eq!(app.post("/v1/login", &login).send().await.reason(), "login.failed");
        assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200);

        let list = app.get("/v1/passkeys").bearer(&token).send().await.json();
        let path = format!("/v1/passkeys/{}", list["passkeys"][0]["id"].as_str().unwrap());
        let last = app.call(http::Method::DELETE, &path).bearer(&token).send().await;
        assert_eq!((last.status, last.reason().as_str()), (409, "mfa.last_factor"), "{engine:?}");
        ada.token = token;
        let kept = std::mem::take(ada.device.passkeys_mut());
        assert_eq!(enrol(&app, &mut ada, json!({})).await.status, 201);
        let removed = app.call(http::Method::DELETE, &path).bearer(&ada.token).send().await;
        assert_eq!(removed.status, 204, "with a second one the first may go");
        assert_eq!(kept.len(), 1);
    }
}

#[tokio::test]
async fn it_takes_a_passkey_that_works_and_recovery_codes() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let mut eve = with_passkey(&app, "eve@example.com").await;
    std::mem::swap(&mut ada.device, &mut eve.device);
    let foreign = remove_password(&app, &mut ada).await;
    assert_eq!(foreign.reason(), "passkey.invalid", "Eve's passkey does not speak for Ada");
    std::mem::swap(&mut ada.device, &mut eve.device);

    let id = app.get("/v1/me").bearer(&ada.token).send().await.member("id");
    let id = jotgate_server::store::UserId(id.parse().unwrap());
    app.app
        .store
        .write(async move |tx: &mut jotgate_server::store::Tx<'_>| {
            jotgate_server::store::recovery_codes::delete_by_user(tx, id).await
        })
        .await
        .unwrap();
    let without = remove_password(&app, &mut ada).await;
    assert_eq!(without.reason(), "mfa.not_enrolled");
    let made = app.post("/v1/mfa/recovery-codes", &Value::Null).bearer(&ada.token).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(remove_password(&app, &mut ada).await.status, 200);
}

#[tokio::test]
async fn the_first_passkey_brings_recovery_codes_once() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    let first = enrol(&app, &mut ada, json!({})).await.json();
    assert_eq!(first["recovery_codes"].as_array().unwrap().len(), 10);
    ada.device.passkeys_mut().clear();
    let second = enrol(&app, &mut ada, json!({})).await.json();
    assert_eq!(second.get("recovery_codes"), None);
}
