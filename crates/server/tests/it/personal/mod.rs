//! Personal data: all of it is handed out to whom it is about, and none of it outlives the account.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod deletion;
mod export;
pub(crate) mod tables;

use std::time::Duration;

use jotgate_harness::{Answer, PASSWORD, TestApp};
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody whose every trace holds one word that nothing else holds.
const WORD: &str = "quokka";
const EMAIL: &str = "Zelda@Quokka.example";

/// Signs Zelda up, with traces of her in every table that knows users.
async fn zelda(app: &TestApp) -> (Uuid, String) {
    let who =
        json!({"email": EMAIL, "username": "quokka_zelda", "name": "Zelda Quokka", "password": PASSWORD});
    let call = app.post("/v1/signup", &who).header("user-agent", "Quokka/1.0");
    let signed_up = call.send().await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text());
    let token = signed_up.member("access_token");
    let data = json!({"data": {"pet": WORD}});
    app.call(http::Method::PATCH, "/v1/me").json(&data).bearer(&token).send().await;
    // Events are listed by age; of one millisecond the ids would decide, and they are random there.
    app.clock.advance(Duration::from_millis(1));
    let wrong = json!({"email": EMAIL, "password": "not the password"});
    assert_eq!(app.post("/v1/login", &wrong).send().await.status, 401);
    app.clock.advance(Duration::from_millis(1));
    let id = signed_up.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    tables::fill(&app.database().database(), id).await;
    (id, token)
}

async fn export(app: &TestApp, token: &str) -> Answer {
    app.get("/v1/me/export").bearer(token).send().await
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}
