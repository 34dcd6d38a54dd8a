//! `POST /v1/password`

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn opens_a_new_session_under_the_new_password() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let old = app.sign_up("ada@example.com").await;
        let change = json!({"current": PASSWORD, "new": "eleven quiet umbrellas"});
        let new = app.post("/v1/password", &change).bearer(&old.member("access_token")).send().await;
        assert_eq!((new.status, new.json()["refresh_generation"].clone()), (200, json!(0)));
        let refreshed =
            app.post("/v1/refresh", &json!({"refresh_token": old.member("refresh_token")})).send().await;
        assert_eq!(refreshed.status, 401);
        let login = |password| json!({"email": "ada@example.com", "password": password});
        assert_eq!(app.post("/v1/login", &login(PASSWORD)).send().await.reason(), "login.failed");
        assert_eq!(app.post("/v1/login", &login("eleven quiet umbrellas")).send().await.status, 200);
    }
}

#[tokio::test]
async fn the_current_one_has_to_be_right_and_the_new_one_good() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    for (current, new, status, reason) in [
        ("not the password", "eleven quiet umbrellas", 403, "password.wrong"),
        (PASSWORD, "short", 400, "password.too_short"),
        (PASSWORD, "qwertyuiop", 400, "password.too_common"),
    ] {
        let answer =
            app.post("/v1/password", &json!({"current": current, "new": new})).bearer(&token).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{new}");
    }
    let tutorial = json!({"oldPassword": PASSWORD, "newPassword": "eleven quiet umbrellas"});
    let answer = app.post("/v1/password", &tutorial).bearer(&token).send().await;
    assert_eq!(answer.member("hint"), "did you mean `current`?");
    assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 200);
}
