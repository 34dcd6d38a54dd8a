//! Logging in anew in a browser ends the session it held: a login opens a new session and never leaves the old one behind,
//! which a forgotten cookie could bring back under another name.

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::store::SessionId;
use serde_json::{Value, json};

use super::world::row;

const PAGE: &str = "http://localhost:8080";

async fn ask(server: &TestApp, path: &str, body: &Value, jar: &[(String, String)]) -> Answer {
    server.post(path, body).header("origin", PAGE).cookies(jar).send().await
}

fn login(email: &str, delivery: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "delivery": delivery})
}

/// Ada in a browser, and Bob with an account; Ada's jar.
async fn ada_is_in(server: &TestApp) -> Vec<(String, String)> {
    server.sign_up("ada@example.com").await;
    server.sign_up("bob@example.com").await;
    let answer = ask(server, "/v1/login", &login("ada@example.com", "cookie"), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let jar = answer.cookies();
    let answer = ask(server, "/v1/refresh", &json!({}), &jar).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    jar.into_iter().chain(answer.cookies()).collect()
}

/// Why the session of a jar ended, if it did.
async fn end_of(server: &TestApp, jar: &[(String, String)]) -> Option<String> {
    let opened = server.app.keyring.refresh().open(&jar[0].1).expect("a token made here");
    row(&server.app, SessionId::from(opened.session()).0)
        .await
        .expect("a session keeps its row")
        .revoke_reason
}

#[tokio::test]
async fn whoever_logs_in_or_signs_up_with_cookies_ends_the_session_of_the_browser() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let carol = json!({"email": "carol@example.com", "password": PASSWORD, "delivery": "cookie"});
        let jar = ada_is_in(&server).await;
        let answer = ask(&server, "/v1/login", &login("bob@example.com", "cookie"), &jar).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(end_of(&server, &jar).await.as_deref(), Some("replaced"), "{engine:?}: Ada's");
        // A cookie that came back too late, in a jar in which Bob's session is over, opens nothing.
        let bobs = answer.cookies();
        let answer = ask(&server, "/v1/signup", &carol, &bobs).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(end_of(&server, &bobs).await.as_deref(), Some("replaced"), "{engine:?}: Bob's");
        let late: Vec<_> = jar.into_iter().chain(bobs).collect();
        let answer = ask(&server, "/v1/refresh", &json!({}), &late).await;
        assert_eq!((answer.status, answer.reason()), (401, "refresh.revoked".to_owned()), "{engine:?}");
    }
}

#[tokio::test]
async fn a_login_that_fails_or_uses_no_cookies_ends_nothing() {
    let server = TestApp::new(Engine::Sqlite).await;
    let jar = ada_is_in(&server).await;
    let wrong = json!({"email": "bob@example.com", "password": "not the password", "delivery": "cookie"});
    assert_eq!(ask(&server, "/v1/login", &wrong, &jar).await.status, 401);
    assert_eq!(ask(&server, "/v1/login", &login("bob@example.com", "body"), &jar).await.status, 200);
    // Any page can send this one, and must not be able to log anybody out by it.
    let foreign = login("bob@example.com", "cookie");
    let foreign = server.post("/v1/login", &foreign).header("origin", "https://evil.example").cookies(&jar);
    assert_eq!(foreign.send().await.status, 403);
    assert_eq!(end_of(&server, &jar).await, None);
}

#[tokio::test]
async fn what_only_looks_like_a_token_does_not_hinder_a_login() {
    let server = TestApp::new(Engine::Sqlite).await;
    let jar = ada_is_in(&server).await;
    let damaged: Vec<_> =
        jar.iter().map(|(name, token)| (name.clone(), format!("-{}", &token[1..]))).collect();
    let answer = ask(&server, "/v1/login", &login("bob@example.com", "cookie"), &damaged).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(end_of(&server, &jar).await, None);
}
