//! `POST /v1/signup`

use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp, agreed};
use serde_json::json;

#[tokio::test]
async fn opens_an_account_and_a_session() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let body =
            json!({"email": " Ada@Example.COM ", "username": "ada", "name": "Ada", "password": PASSWORD});
        let answer = app.post("/v1/signup", &body).send().await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(app.get("/v1/me").bearer(&answer.member("access_token")).send().await.status, 200);
        shown.push(answer.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    201 application/json
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
        "email": "Ada@Example.COM",
        "email_verified": false,
        "id": "[uuid]",
        "name": "Ada",
        "roles": [],
        "username": "ada"
      }
    }
    "#);
}

#[tokio::test]
async fn says_when_the_address_or_the_username_is_taken() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.post("/v1/signup", &json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD}))
            .send()
            .await;
        let again =
            app.post("/v1/signup", &json!({"email": "ADA@example.com", "password": PASSWORD})).send().await;
        shown.push(again.shown());
        let name = json!({"email": "b@example.com", "username": "Ada", "password": PASSWORD});
        assert_eq!(app.post("/v1/signup", &name).send().await.reason(), "signup.taken");
    }
    assert_snapshot!(agreed(shown), @r#"
    409 application/problem+json
    {
      "detail": "this e-mail address has an account",
      "hint": "log in, or choose another",
      "reason": "signup.taken",
      "request_id": "[uuid]",
      "status": 409,
      "title": "The e-mail address or username is taken",
      "type": "http://localhost:8080/reasons/signup.taken"
    }
    "#);
}

#[tokio::test]
async fn closed_means_closed() {
    let app = TestApp::with(Engine::Sqlite, &[("signup.mode", "closed")]).await;
    let answer =
        app.post("/v1/signup", &json!({"email": "ada@example.com", "password": PASSWORD})).send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (403, "signup.closed"));
}

#[tokio::test]
async fn refuses_what_is_no_address_and_what_is_no_good_password() {
    let app = TestApp::new(Engine::Sqlite).await;
    for (email, password, reason) in [
        ("ada", PASSWORD, "signup.email_invalid"),
        ("ada@", PASSWORD, "signup.email_invalid"),
        ("ada@exa mple.com", PASSWORD, "signup.email_invalid"),
        ("ada@example.com", "short", "password.too_short"),
        ("ada@example.com", "password", "password.too_common"),
        ("ada@example.com", "ada@example.com", "password.same_as_email"),
    ] {
        let answer = app.post("/v1/signup", &json!({"email": email, "password": password})).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, reason), "{email} {password}");
    }
    let long = "x".repeat(1025);
    let answer = app.post("/v1/signup", &json!({"email": "ada@example.com", "password": long})).send().await;
    assert_eq!(answer.reason(), "password.too_long");
}

#[tokio::test]
async fn an_audience_has_to_be_one_of_the_configured() {
    let settings = [("tokens.audience", "https://api.example.com")];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let ask = |audience| json!({"email": "ada@example.com", "password": PASSWORD, "audience": audience});
    let answer = app.post("/v1/signup", &ask("https://evil.example")).send().await;
    assert_eq!(answer.reason(), "request.body");
    let answer = app.post("/v1/signup", &ask("https://api.example.com")).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}
