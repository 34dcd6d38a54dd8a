//! `GET /v1/admin/users`, `GET` and `PATCH /v1/admin/users/{id}`

use http::Method;
use insta::assert_snapshot;
use jotgate_harness::{Answer, Engine, TestApp, agreed};
use jotgate_server::flow::operator::set_roles;
use serde_json::{Value, json};
use uuid::Uuid;

/// Signs an administrator up and returns a token that shows the role.
async fn administrator(app: &TestApp) -> String {
    let answer = app.sign_up("root@example.com").await;
    let id = Uuid::parse_str(answer.json()["user"]["id"].as_str().unwrap()).unwrap();
    set_roles(&app.app, id, &["admin".into()], Default::default()).await.unwrap();
    app.log_in("root@example.com").await.member("access_token")
}

fn id_of(answer: &Answer) -> String {
    answer.json()["user"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn lists_in_pages() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = administrator(&app).await;
        for n in 0..4 {
            app.clock.advance(std::time::Duration::from_secs(1));
            app.sign_up(&format!("user{n}@example.com")).await;
        }
        let mut path = "/v1/admin/users?limit=2".to_owned();
        let mut emails = Vec::new();
        loop {
            let page = app.get(&path).bearer(&token).send().await.json();
            emails.extend(
                page["users"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|user| user["email"].as_str().unwrap().to_owned()),
            );
            let Value::String(next) = &page["next"] else { break };
            path = format!("/v1/admin/users?limit=2&after={next}");
        }
        assert_eq!(emails.len(), 5);
        assert_eq!(emails[0], "root@example.com");
        shown.push(app.get("/v1/admin/users?limit=1").bearer(&token).send().await.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "next": "[uuid]",
      "users": [
        {
          "created_at": "[time]",
          "data": {},
          "disabled_at": null,
          "email": "root@example.com",
          "email_verified": false,
          "id": "[uuid]",
          "name": null,
          "roles": [
            "admin"
          ],
          "username": null
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn gives_roles_and_disables() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = administrator(&app).await;
        let ada = app.sign_up("ada@example.com").await;
        let path = format!("/v1/admin/users/{}", id_of(&ada));
        let patch = |body: Value| app.call(Method::PATCH, &path).json(&body).bearer(&token).send();
        let answer = patch(json!({"roles": ["editor"]})).await;
        assert_eq!(answer.json()["roles"], json!(["editor"]), "{}", answer.text());
        let me = app.get("/v1/me").bearer(&ada.member("access_token")).send().await;
        assert_eq!(me.reason(), "revoked.subject", "the old token shows old roles");
        let refresh = json!({"refresh_token": ada.member("refresh_token")});
        let refreshed = app.post("/v1/refresh", &refresh).send().await;
        assert_eq!(refreshed.json()["user"]["roles"], json!(["editor"]));
        let disabled = patch(json!({"disabled": true})).await.json();
        assert!(disabled["disabled_at"].is_string(), "{disabled}");
        let me = app.get("/v1/me").bearer(&refreshed.member("access_token")).send().await;
        assert_eq!(me.reason(), "revoked.session");
        assert_eq!(patch(json!({"disabled": false})).await.json()["disabled_at"], json!(null));
        assert_eq!(app.get(&path).bearer(&token).send().await.member("email"), "ada@example.com");
    }
}

#[tokio::test]
async fn is_for_administrators_with_a_recent_login() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = administrator(&app).await;
    let ada = app.sign_up("ada@example.com").await;
    for path in ["/v1/admin/users".to_owned(), format!("/v1/admin/users/{}", id_of(&ada))] {
        let answer = app.get(&path).bearer(&ada.member("access_token")).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (403, "role.missing"));
        assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""));
        assert_eq!(app.get(&path).send().await.reason(), "token.missing");
    }
    let nobody = format!("/v1/admin/users/{}", Uuid::nil());
    for path in [nobody.as_str(), "/v1/admin/users/me", "/v1/admin/users/%00"] {
        assert_eq!(app.get(path).bearer(&token).send().await.reason(), "request.not_found", "{path}");
    }
    for query in ["after=x", "limit=0", "limit=1001", "limit=-1", "limit=%ff"] {
        let answer = app.get(&format!("/v1/admin/users?{query}")).bearer(&token).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, "request.body"), "{query}");
    }
}
