//! `GET`, `PATCH` and `DELETE /v1/me`

use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp, agreed};
use serde_json::json;

#[tokio::test]
async fn shows_and_changes_the_account() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        let change =
            json!({"name": "Ada L.", "username": "ada", "data": {"cart": [1, {"deep": null}]}, "ignored": 1});
        let answer = app.call(http::Method::PATCH, "/v1/me").json(&change).bearer(&token).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        shown.push(app.get("/v1/me").bearer(&token).send().await.shown());
        let clear = json!({"name": null, "username": null});
        let answer = app.call(http::Method::PATCH, "/v1/me").json(&clear).bearer(&token).send().await.json();
        assert_eq!((&answer["name"], &answer["username"]), (&json!(null), &json!(null)));
        assert_eq!(answer["data"]["cart"], json!([1, {"deep": null}]), "what is not named stays");
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "created_at": "[time]",
      "data": {
        "cart": [
          1,
          {
            "deep": null
          }
        ]
      },
      "email": "ada@example.com",
      "email_verified": false,
      "id": "[uuid]",
      "name": "Ada L.",
      "roles": [],
      "username": "ada"
    }
    "#);
}

#[tokio::test]
async fn data_is_bounded_and_usernames_are_unique() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.post("/v1/signup", &json!({"email": "b@example.com", "username": "bob", "password": PASSWORD}))
            .send()
            .await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        let patch = |body| app.call(http::Method::PATCH, "/v1/me").json(&body).bearer(&token).send();
        let large = patch(json!({"data": {"text": "x".repeat(4096)}})).await;
        assert_eq!((large.status, large.reason().as_str()), (413, "request.too_large"));
        assert_eq!(patch(json!({"username": "BOB"})).await.reason(), "signup.taken");
    }
}

#[tokio::test]
async fn deleting_needs_the_password_and_ends_everything() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let session = app.sign_up("ada@example.com").await;
        let token = session.member("access_token");
        let delete = |body| app.call(http::Method::DELETE, "/v1/me").json(&body).bearer(&token).send();
        let wrong = delete(json!({"password": "not the password"})).await;
        assert_eq!((wrong.status, wrong.reason().as_str()), (403, "password.wrong"));
        assert_eq!(wrong.header("www-authenticate"), "", "the token was good");
        assert_eq!(delete(json!({"password": PASSWORD})).await.status, 204);
        assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 401);
        let refresh = json!({"refresh_token": session.member("refresh_token")});
        assert_eq!(app.post("/v1/refresh", &refresh).send().await.reason(), "refresh.unknown");
        let login = json!({"email": "ada@example.com", "password": PASSWORD});
        assert_eq!(app.post("/v1/login", &login).send().await.reason(), "login.failed");
    }
}

#[tokio::test]
async fn row_100_how_a_token_may_be_sent() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let mut seen = String::new();
    for (case, call) in [
        ("none", app.get("/v1/me")),
        ("twice", app.get("/v1/me").bearer(&token).bearer(&token)),
        ("lower case", app.get("/v1/me").header("authorization", &format!("bearer {token}"))),
        ("two spaces", app.get("/v1/me").header("authorization", &format!("Bearer  {token}"))),
        ("comma list", app.get("/v1/me").header("authorization", &format!("Bearer {token}, Bearer {token}"))),
        ("other scheme", app.get("/v1/me").header("authorization", "Basic YWRhOnB3")),
        ("bare", app.get("/v1/me").header("authorization", &token)),
        ("in the URL", app.get(&format!("/v1/me?access_token={token}"))),
        ("header and URL", app.get(&format!("/v1/me?access_token={token}")).bearer(&token)),
        (
            "header and body",
            app.call(http::Method::PATCH, "/v1/me").json(&json!({"access_token": token})).bearer(&token),
        ),
        ("undefined", app.get("/v1/me").header("authorization", "Bearer undefined")),
        ("damaged", app.get("/v1/me").bearer(&format!("{token}!"))),
        ("cut short", app.get("/v1/me").bearer(&token[..token.len() - 6])),
        ("no token at all", app.get("/v1/me").bearer("hello")),
    ] {
        let answer = call.send().await;
        seen += &format!(
            "{case}: {} {} | {}\n",
            answer.status,
            answer.reason(),
            answer.header("www-authenticate")
        );
    }
    assert_snapshot!(seen, @r#"
    none: 401 token.missing | Bearer realm="jotgate"
    twice: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    lower case: 200 no reason | 
    two spaces: 200 no reason | 
    comma list: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    other scheme: 401 token.scheme | Bearer realm="jotgate"
    bare: 401 token.scheme | Bearer realm="jotgate"
    in the URL: 401 token.missing | Bearer realm="jotgate"
    header and URL: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    header and body: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    undefined: 401 token.missing | Bearer realm="jotgate"
    damaged: 401 malformed.base64 | Bearer realm="jotgate", error="invalid_token", error_description="A part of the token is not base64url"
    cut short: 401 signature.invalid | Bearer realm="jotgate", error="invalid_token", error_description="The signature does not fit"
    no token at all: 401 malformed.parts | Bearer realm="jotgate", error="invalid_token", error_description="The token does not have three parts"
    "#);
}

#[tokio::test]
async fn an_expired_token_says_so_and_hints_at_the_refresh() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    app.clock.advance(std::time::Duration::from_secs(16 * 60));
    let answer = app.get("/v1/me").bearer(&token).send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (401, "exp.expired"));
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
}
