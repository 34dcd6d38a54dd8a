//! `GET /v1/sessions` and `DELETE /v1/sessions/{id}`

use insta::assert_snapshot;
use jotgate_harness::{Engine, TestApp, agreed};

#[tokio::test]
async fn lists_and_ends_ones_own() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await.member("access_token");
        // Sessions are listed by age; of one millisecond the ids would decide, and they are random there.
        app.clock.advance(std::time::Duration::from_millis(1));
        let login = serde_json::json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD});
        let agent = "Telephone/1.0 (\u{fc}\t<b>)";
        let call = app.post("/v1/login", &login).header("user-agent", agent).from("2001:db8::1");
        let second = call.send().await.member("access_token");
        let list = app.get("/v1/sessions").bearer(&second).send().await;
        shown.push(list.shown());
        let other =
            list.json()["sessions"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap()["id"]
                .clone();
        let path = format!("/v1/sessions/{}", other.as_str().unwrap());
        let delete = || app.call(http::Method::DELETE, &path).bearer(&second).send();
        assert_eq!(delete().await.status, 204);
        assert_eq!(app.get("/v1/me").bearer(&first).send().await.reason(), "revoked.session", "row 97");
        assert_eq!(delete().await.reason(), "session.unknown");
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "sessions": [
        {
          "client": "first-party",
          "created_at": "[time]",
          "current": true,
          "id": "[uuid]",
          "ip": "2001:db8::1",
          "last_seen_at": "[time]",
          "user_agent": "Telephone/1.0 (???<b>)"
        },
        {
          "client": "first-party",
          "created_at": "[time]",
          "current": false,
          "id": "[uuid]",
          "ip": "192.0.2.7",
          "last_seen_at": "[time]",
          "user_agent": null
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn those_of_others_are_unknown() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let ada = app.sign_up("ada@example.com").await.member("access_token");
        let bob = app.sign_up("bob@example.com").await.member("access_token");
        let list = app.get("/v1/sessions").bearer(&ada).send().await.json();
        let id = list["sessions"][0]["id"].as_str().unwrap().to_owned();
        for path in
            [id.as_str(), &id.to_uppercase(), &id.replace('-', ""), "1", "%00", "%ff", "..%2f..", "' OR 1=1"]
        {
            let path = format!("/v1/sessions/{}", path.replace(' ', "%20"));
            let answer = app.call(http::Method::DELETE, &path).bearer(&bob).send().await;
            assert_eq!((answer.status, answer.reason().as_str()), (404, "session.unknown"), "{path}");
        }
        assert_eq!(app.get("/v1/me").bearer(&ada).send().await.status, 200);
    }
}
