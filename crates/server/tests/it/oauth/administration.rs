//! `/v1/admin/clients`

use http::Method;
use insta::assert_snapshot;
use jotgate_harness::{Engine, TestApp, agreed};
use jotgate_server::flow::operator::set_roles;
use serde_json::json;
use uuid::Uuid;

use super::{ask, error, verdict};

async fn administrator(app: &TestApp) -> String {
    let answer = app.sign_up("root@example.com").await;
    let id = Uuid::parse_str(answer.json()["user"]["id"].as_str().unwrap()).unwrap();
    set_roles(&app.app, id, &["admin".into()], Default::default()).await.unwrap();
    app.log_in("root@example.com").await.member("access_token")
}

#[tokio::test]
async fn clients_are_kept_over_http() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = administrator(&app).await;
        let body = json!({"client_id": "reports", "scope": "read write", "audiences": ["api"]});
        let added = app.post("/v1/admin/clients", &body).bearer(&token).send().await;
        assert_eq!(added.status, 201, "{}", added.text());
        let secret = added.member("client_secret");
        assert_eq!(ask(&app, "reports", &secret, "").await.status, 200);

        let rotate = app.call(Method::POST, "/v1/admin/clients/reports/rotate-secret").bearer(&token);
        let rotated = rotate.json(&json!({"keep_old": "0s", "revoke_tokens": true})).send().await;
        assert_eq!(error(&ask(&app, "reports", &secret, "").await), verdict(401, "invalid_client"));
        let secret = rotated.member("client_secret");
        assert_eq!(ask(&app, "reports", &secret, "").await.status, 200);

        let path = "/v1/admin/clients/reports";
        let change = json!({"scope": "read", "disabled": true});
        let changed = app.call(Method::PATCH, path).bearer(&token).json(&change).send().await;
        assert!(changed.json()["disabled_at"].is_string(), "{}", changed.text());
        let enable = app.call(Method::PATCH, path).bearer(&token).json(&json!({"disabled": false}));
        assert_eq!(enable.send().await.json()["disabled_at"], json!(null));
        shown.push(app.get("/v1/admin/clients?limit=1").bearer(&token).send().await.shown());
        assert_eq!(app.get(path).bearer(&token).send().await.member("scope"), "read");

        assert_eq!(app.call(Method::DELETE, path).bearer(&token).send().await.status, 204);
        assert_eq!(app.get(path).bearer(&token).send().await.reason(), "request.not_found");
        let again = app.call(Method::POST, "/v1/admin/clients/reports/rotate-secret").bearer(&token);
        assert_eq!(again.send().await.reason(), "request.not_found");
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "clients": [
        {
          "audiences": [
            "api"
          ],
          "auth": "secret",
          "client_id": "reports",
          "created_at": "[time]",
          "disabled_at": null,
          "keys": [],
          "old_secret_until": null,
          "scope": "read"
        }
      ],
      "next": "reports"
    }
    "#);
}

#[tokio::test]
async fn clients_are_for_administrators() {
    let app = TestApp::new(Engine::Sqlite).await;
    let root = administrator(&app).await;
    let ada = app.sign_up("ada@example.com").await.member("access_token");
    let body = json!({"client_id": "mine"});
    for (method, path) in [
        (Method::GET, "/v1/admin/clients"),
        (Method::POST, "/v1/admin/clients"),
        (Method::GET, "/v1/admin/clients/x"),
        (Method::PATCH, "/v1/admin/clients/x"),
        (Method::DELETE, "/v1/admin/clients/x"),
        (Method::POST, "/v1/admin/clients/x/rotate-secret"),
    ] {
        let call = || app.call(method.clone(), path).json(&body);
        assert_eq!(call().bearer(&ada).send().await.reason(), "role.missing", "{method} {path}");
        assert_eq!(call().send().await.reason(), "token.missing", "{method} {path}");
    }
    for path in ["/v1/admin/clients/%ff", "/v1/admin/clients/a%20b"] {
        assert_eq!(app.get(path).bearer(&root).send().await.reason(), "request.not_found", "{path}");
    }
    let span = app.call(Method::POST, "/v1/admin/clients/x/rotate-secret").bearer(&root);
    let span = span.json(&json!({"keep_old": "soon"})).send().await;
    assert_eq!(span.reason(), "request.body");
}
