//! Recovery codes: each once, and only those of the newest set.

use jotgate_harness::{Engine, TestApp};
use serde_json::json;

use super::{first_step, log_in, no, recover, refused, said, with_phone};

#[tokio::test]
async fn each_works_once_however_it_is_typed() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (_, codes) = with_phone(&app, "ada@example.com").await;
        let typed = codes[0].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        let opened = recover(&app, &first_step(&app, "ada@example.com").await, &typed).await;
        assert_eq!((opened.status, said(&opened).as_str()), (200, "pwd otp mfa acr=2"), "{engine:?}");
        let again = recover(&app, &first_step(&app, "ada@example.com").await, &codes[0]).await;
        assert_eq!(refused(&again), no(401, "mfa.code_wrong"), "{engine:?}");
        let left = app.get("/v1/mfa").bearer(&opened.member("access_token")).send().await.json();
        assert_eq!(left["recovery_codes"]["left"], 9, "{engine:?}");
    }
}

#[tokio::test]
async fn a_new_set_voids_the_one_before() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, old) = with_phone(&app, "ada@example.com").await;
        let token = log_in(&app, "ada@example.com", &phone).await.member("access_token");
        let made = app.post("/v1/mfa/recovery-codes", &json!({})).bearer(&token).send().await;
        assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{engine:?}");
        let new: Vec<String> = serde_json::from_value(made.json()["recovery_codes"].clone()).unwrap();
        assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)));
        let voided = recover(&app, &first_step(&app, "ada@example.com").await, &old[0]).await;
        assert_eq!(refused(&voided), no(401, "mfa.code_wrong"), "{engine:?}");
        assert_eq!(recover(&app, &first_step(&app, "ada@example.com").await, &new[9]).await.status, 200);
    }
}

#[tokio::test]
async fn without_a_factor_there_is_nothing_to_recover() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let made = app.post("/v1/mfa/recovery-codes", &json!({})).bearer(&token).send().await;
    assert_eq!(refused(&made), no(409, "mfa.not_enrolled"));
}

#[tokio::test]
async fn the_last_one_gets_in_and_is_not_offered_again() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (_, codes) = with_phone(&app, "ada@example.com").await;
    for code in &codes {
        let opened = recover(&app, &first_step(&app, "ada@example.com").await, code).await;
        assert_eq!(opened.status, 200, "{}", opened.text());
    }
    let body = json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD});
    let asked = app.post("/v1/login", &body).send().await;
    assert_eq!(asked.json()["methods"], json!(["totp"]));
}
