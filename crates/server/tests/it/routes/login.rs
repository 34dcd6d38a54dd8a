//! `POST /v1/login`

use std::time::Duration;

use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp, agreed};
use serde_json::json;

#[tokio::test]
async fn by_email_or_username() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.post("/v1/signup", &json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD}))
            .send()
            .await;
        let answer =
            app.post("/v1/login", &json!({"email": "ADA@example.com", "password": PASSWORD})).send().await;
        shown.push(answer.shown());
        for login in ["Ada", "ada@example.com"] {
            let answer =
                app.post("/v1/login", &json!({"username": login, "password": PASSWORD})).send().await;
            assert_eq!(answer.status, 200, "{login}: {}", answer.text());
        }
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "access_token": "[access token]",
      "expires_in": 900,
      "refresh_expires_in": 604800,
      "refresh_generation": 0,
      "refresh_token": "[refresh token]",
      "token_type": "Bearer",
      "user": {
        "created_at": "[time]",
        "data": {},
        "email": "ada@example.com",
        "email_verified": false,
        "id": "[uuid]",
        "name": null,
        "roles": [],
        "username": "ada"
      }
    }
    "#);
}

#[tokio::test]
async fn unknown_user_and_wrong_password_answer_alike() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let wrong = json!({"email": "ada@example.com", "password": "not the password"});
        let nobody = json!({"email": "nobody@example.com", "password": "not the password"});
        shown.push(app.post("/v1/login", &wrong).send().await.shown());
        shown.push(app.post("/v1/login", &nobody).send().await.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    401 application/problem+json
    www-authenticate: Jotgate realm="jotgate", error="login.failed"
    {
      "detail": "No account answers to this name with this password. Which of the two is wrong is not told, because that would tell strangers who has an account here.",
      "hint": "Check the spelling and try again, or set a new password. Body: `{\"email\": \"...\", \"password\": \"...\"}`, or `username` in place of `email`.",
      "reason": "login.failed",
      "request_id": "[uuid]",
      "status": 401,
      "title": "The e-mail, username or password is wrong",
      "type": "http://localhost:8080/reasons/login.failed"
    }
    "#);
}

#[tokio::test]
async fn failures_are_throttled_for_known_and_unknown_alike_and_say_when_to_come_back() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            let wrong = json!({"email": email, "password": "not the password"});
            let mut seen = Vec::new();
            for _ in 0..12 {
                seen.push(app.post("/v1/login", &wrong).from("198.51.100.9").send().await.status);
            }
            assert_eq!(seen[..10], [401; 10], "{email}");
            let right = json!({"email": email, "password": PASSWORD});
            let held = app.post("/v1/login", &right).from("198.51.100.9").send().await;
            assert_eq!((held.status, held.reason().as_str()), (429, "login.throttled"), "{email}");
            let seconds: u64 = held.header("retry-after").parse().unwrap();
            assert!((1..=900).contains(&seconds), "{seconds}");
        }
        app.clock.advance(Duration::from_secs(900));
        let right = json!({"email": "ada@example.com", "password": PASSWORD});
        assert_eq!(app.post("/v1/login", &right).from("198.51.100.9").send().await.status, 200);
    }
}

#[tokio::test]
async fn says_what_is_missing() {
    let app = TestApp::new(Engine::Sqlite).await;
    for (body, detail) in [
        (json!({"password": PASSWORD}), "`email` or `username` is missing."),
        (json!({"email": "ada@example.com"}), "`password` is missing."),
        (json!({"email": 5, "password": PASSWORD}), "`email` has the wrong type."),
        (
            json!({"userName": "ada", "password": PASSWORD}),
            "`username` is missing, and `userName` is not known here.",
        ),
        (
            json!({"email": "a@b.c", "password": PASSWORD, "delivery": "post"}),
            "`delivery` names no way to deliver tokens.",
        ),
    ] {
        let answer = app.post("/v1/login", &body).send().await;
        assert_eq!((answer.status, answer.member("detail").as_str()), (400, detail));
    }
    let unknown = json!({"email": "a@b.c", "password": PASSWORD, "rememberMe": true});
    assert_eq!(app.post("/v1/login", &unknown).send().await.reason(), "login.failed");
}
