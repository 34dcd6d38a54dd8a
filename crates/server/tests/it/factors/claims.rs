//! What tokens say: `amr`, `acr` and `auth_time` true after each way in, and moved by a step-up alone.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_token::Clock;
use serde_json::{Value, json};

use super::{claims, enrol, log_in, no, refused, said, second_step, wait_a_step, with_phone};

fn auth_time(answer: &jotgate_harness::Answer) -> i64 {
    claims(&answer.member("access_token"))["auth_time"].as_i64().expect("a time")
}

fn now(app: &TestApp) -> i64 {
    app.clock.now_ms() / 1000
}

#[tokio::test]
async fn a_refresh_moves_nothing_and_a_step_up_opens_a_new_session_in_place_of_the_old() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await;
        let began = now(&app);
        assert_eq!((said(&first).as_str(), auth_time(&first)), ("pwd acr=1", began), "{engine:?}");
        app.clock.advance(Duration::from_secs(3600));
        let renewed =
            app.post("/v1/refresh", &json!({"refresh_token": first.member("refresh_token")})).send().await;
        assert_eq!((said(&renewed).as_str(), auth_time(&renewed)), ("pwd acr=1", began), "{engine:?}");

        let token = renewed.member("access_token");
        let wrong = app
            .post("/v1/stepup", &json!({"password": "eight copper pans sing"}))
            .bearer(&token)
            .send()
            .await;
        assert_eq!(refused(&wrong), no(403, "password.wrong"), "{engine:?}");
        let stepped = app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&token).send().await;
        assert_eq!(stepped.status, 200, "{engine:?}: {}", stepped.text());
        assert_eq!((said(&stepped).as_str(), auth_time(&stepped)), ("pwd acr=1", now(&app)), "{engine:?}");
        let sid = |answer: &jotgate_harness::Answer| claims(&answer.member("access_token"))["sid"].clone();
        assert_ne!(sid(&stepped), sid(&renewed), "{engine:?}");

        // The one that was presented is over; that APIs hear of it is among the causes in `revocations`.
        assert_eq!(
            refused(&app.get("/v1/me").bearer(&token).send().await),
            no(401, "revoked.session"),
            "{engine:?}"
        );
        let body = json!({"refresh_token": renewed.member("refresh_token")});
        assert_eq!(
            refused(&app.post("/v1/refresh", &body).send().await),
            no(401, "refresh.revoked"),
            "{engine:?}"
        );
        let again = app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&token).send().await;
        assert_eq!(refused(&again), no(401, "revoked.session"), "{engine:?}");
    }
}

#[tokio::test]
async fn a_step_up_asks_for_the_second_factor_where_there_is_one() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let weak = app.sign_up("ada@example.com").await;
        let (phone, _) = enrol(&app, &weak.member("access_token")).await;
        app.clock.advance(Duration::from_secs(600));
        let token = weak.member("access_token");
        let asked = app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&token).send().await;
        assert_eq!(refused(&asked), no(401, "login.mfa_required"), "{engine:?}");
        // Until the second factor was shown the session goes on as it was.
        assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 200, "{engine:?}");
        let stepped = second_step(&app, &asked.member("mfa_token"), &phone.code(&app)).await;
        assert_eq!(
            (said(&stepped).as_str(), auth_time(&stepped)),
            ("pwd otp mfa acr=2", now(&app)),
            "{engine:?}"
        );
        assert_eq!(
            refused(&app.get("/v1/me").bearer(&token).send().await),
            no(401, "revoked.session"),
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn a_step_up_half_way_does_not_outlive_a_logout() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let weak = app.sign_up("ada@example.com").await;
        let (phone, _) = enrol(&app, &weak.member("access_token")).await;
        wait_a_step(&app);
        let token = weak.member("access_token");
        let asked = app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&token).send().await;
        let body = json!({"refresh_token": weak.member("refresh_token")});
        assert_eq!(app.post("/v1/logout", &body).send().await.status, 204);
        let late = second_step(&app, &asked.member("mfa_token"), &phone.code(&app)).await;
        assert_eq!(refused(&late), no(401, "revoked.session"), "{engine:?}");
    }
}

#[tokio::test]
async fn a_step_up_keeps_where_the_tokens_go() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "delivery": "cookie"});
    let opened = app.post("/v1/login", &body).header("origin", "http://localhost:8080").send().await;
    let token = opened.member("access_token");
    let stepped = app
        .post("/v1/stepup", &json!({"password": PASSWORD}))
        .bearer(&token)
        .cookies(&opened.cookies())
        .header("origin", "http://localhost:8080")
        .send()
        .await;
    assert_eq!(stepped.status, 200, "{}", stepped.text());
    assert!(stepped.json()["refresh_token"].is_null() && !stepped.cookies().is_empty());
    let elsewhere =
        app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&stepped.member("access_token"));
    assert_eq!(
        refused(&elsewhere.header("origin", "https://evil.example").send().await),
        no(403, "request.origin")
    );
}

/// A password change shows one factor; what the session showed before stays true, and its time too.
#[tokio::test]
async fn a_password_change_claims_no_more_and_no_less_than_was_shown() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, _) = with_phone(&app, "ada@example.com").await;
        let strong = log_in(&app, "ada@example.com", &phone).await;
        let began = now(&app);
        app.clock.advance(Duration::from_secs(120));
        let body = json!({"current": PASSWORD, "new": "eight copper pans sing"});
        let changed = app.post("/v1/password", &body).bearer(&strong.member("access_token")).send().await;
        assert_eq!(
            (said(&changed).as_str(), auth_time(&changed)),
            ("pwd otp mfa acr=2", began),
            "{engine:?}"
        );

        let weak = app.sign_up("bob@example.com").await;
        app.clock.advance(Duration::from_secs(120));
        let changed = app.post("/v1/password", &body).bearer(&weak.member("access_token")).send().await;
        assert_eq!((said(&changed).as_str(), auth_time(&changed)), ("pwd acr=1", now(&app)), "{engine:?}");
        assert_eq!(claims(&changed.member("access_token"))["roles"], Value::Array(Vec::new()));
    }
}
