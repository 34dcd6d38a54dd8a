//! Everything about the request that is wrong before anybody is asked who they are.

use http::Method;
use insta::assert_snapshot;
use jotgate_harness::{Engine, TestApp};

use super::{add, error, post, verdict};

#[tokio::test]
async fn the_request_is_a_form_with_each_parameter_once() {
    let app = TestApp::new(Engine::Sqlite).await;
    let secret = add(&app, "reports", &[], &[]).await;
    let me = format!("client_id=reports&client_secret={secret}");
    for (form, expected) in [
        (format!("grant_type=client_credentials&{me}&unknown=1"), verdict(200, "none")),
        (format!("grant_type=client_credentials&{me}&{me}"), verdict(400, "invalid_request")),
        (
            format!("grant_type=client_credentials&grant_type=client_credentials&{me}"),
            verdict(400, "invalid_request"),
        ),
        (format!("grant_type=client_credentials&{me}&scope=a&scope=b"), verdict(400, "invalid_request")),
        (format!("grant_type=client_credentials&{me}&scope=%ff"), verdict(400, "invalid_request")),
        (format!("grant_type=client_credentials&{me}&scope=%0d%0a"), verdict(400, "invalid_request")),
        (me.clone(), verdict(400, "invalid_request")),
        (format!("grant_type=&{me}"), verdict(400, "invalid_request")),
        (format!("grant_type=password&username=a&password=b&{me}"), verdict(400, "unsupported_grant_type")),
        (format!("grant_type=authorization_code&code=x&{me}"), verdict(400, "unsupported_grant_type")),
        (format!("grant_type=refresh_token&refresh_token=x&{me}"), verdict(400, "unsupported_grant_type")),
        (format!("grant_type=Client_Credentials&{me}"), verdict(400, "unsupported_grant_type")),
        (String::new(), verdict(400, "invalid_request")),
    ] {
        let answer = post(&app, &form).await;
        assert_eq!(error(&answer), expected, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn other_methods_and_bodies_are_refused_in_the_words_of_oauth() {
    let app = TestApp::new(Engine::Sqlite).await;
    for (case, call, expected) in [
        ("GET", app.get("/oauth/token"), verdict(405, "invalid_request")),
        ("PUT", app.call(Method::PUT, "/oauth/token"), verdict(405, "invalid_request")),
        (
            "JSON",
            app.post("/oauth/token", &serde_json::json!({"grant_type": "client_credentials"})),
            verdict(400, "invalid_request"),
        ),
        ("no type", app.call(Method::POST, "/oauth/token"), verdict(400, "invalid_request")),
        (
            "too long",
            app.call(Method::POST, "/oauth/token")
                .body("application/x-www-form-urlencoded", vec![b'a'; 2 << 20]),
            verdict(413, "invalid_request"),
        ),
        (
            "in the URL",
            app.call(Method::POST, "/oauth/token?grant_type=client_credentials")
                .body("application/x-www-form-urlencoded", ""),
            verdict(400, "invalid_request"),
        ),
    ] {
        let answer = call.send().await;
        assert_eq!(error(&answer), expected, "{case}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_refusal_explains_itself() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = post(&app, "grant_type=password&username=ada&password=x").await;
    assert_snapshot!(answer.shown(), @r#"
    400 application/json
    {
      "error": "unsupported_grant_type",
      "error_description": "`grant_type` names a way to get a token that this server does not have. The password grant is refused for good: it teaches people to type their password into other programs. Expected: client_credentials.",
      "error_uri": "http://localhost:8080/reasons/oauth.unsupported_grant_type",
      "reason": "oauth.unsupported_grant_type",
      "request_id": "[uuid]"
    }
    "#);
}
