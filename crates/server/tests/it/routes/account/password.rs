//! `/account/password`, and what the API does alike.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{EMAIL, is_page, of_session, past, signed_in};

const NEW: &str = "nine copper ladles sing";

async fn can_log_in(app: &TestApp, password: &str) -> bool {
    let login = json!({"email": EMAIL, "password": password});
    app.post("/v1/login", &login).send().await.reason() != "login.failed"
}

#[tokio::test]
async fn a_change_signs_out_everywhere_else() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let other = app.log_in(EMAIL).await.member("access_token");
        let before = of_session(&browser);
        let page = browser.open("/account/password").await;
        let page = browser.submit(&page, &[("current", PASSWORD), ("new", NEW)]).await;
        assert_eq!(page.path, "/account/password?done=changed", "{}", page.text());
        assert!(page.says("Your password is changed."));
        assert!(
            before.iter().all(|cookie| !of_session(&browser).contains(cookie)),
            "every cookie is a new one"
        );
        assert_eq!(before.len(), of_session(&browser).len());
        assert_eq!(browser.open("/account").await.path, "/account", "and opens");
        assert_eq!(app.get("/v1/me").bearer(&other).send().await.reason(), "revoked.session");
        assert!(can_log_in(&app, NEW).await && !can_log_in(&app, PASSWORD).await);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_and_changes_nothing() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    let page = browser.open("/account/password").await;
    for (current, new, words) in [
        ("not the password", NEW, "This password is not right."),
        ("", NEW, "Enter your password"),
        (PASSWORD, "", "Enter your password"),
        (PASSWORD, PASSWORD, "This is the password you have."),
        (PASSWORD, "short", "at least 8 characters"),
        (PASSWORD, "password1", "list"),
        (PASSWORD, EMAIL, "your own address"),
    ] {
        let wrong = browser.submit(&page, &[("current", current), ("new", new)]).await;
        assert!((400..500).contains(&wrong.status()), "{new}");
        is_page(&wrong);
        assert!(wrong.says(words), "{words}: {}", wrong.text());
        assert_eq!(wrong.field("new").as_deref(), Some(""), "a password is never sent back");
    }
    assert!(can_log_in(&app, PASSWORD).await);
}

#[tokio::test]
async fn guessing_is_braked_here_too() {
    let app = TestApp::with(Engine::Sqlite, &[("login.pair_failures", "3")]).await;
    let mut browser = signed_in(&app).await;
    let page = browser.open("/account/password").await;
    for _ in 0..3 {
        browser.submit(&page, &[("current", "not the password"), ("new", NEW)]).await;
    }
    let braked = browser.submit(&page, &[("current", PASSWORD), ("new", NEW)]).await;
    assert!(braked.says("Too many tries."), "{}", braked.text());
}

#[tokio::test]
async fn the_first_one_is_set_after_a_recent_login() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        past(&app, "UPDATE users SET password_hash = NULL").await;
        let page = browser.open("/account/password").await;
        assert!(page.says("You log in without a password so far.") && page.field("current").is_none());
        let window = app.app.config.sessions.recent_login;
        app.clock.advance(window + Duration::from_secs(1));
        let asked = browser.submit(&page, &[("new", NEW)]).await;
        assert_eq!(asked.path, "/confirm?next=%2Faccount%2Fpassword");
        past(&app, &format!("UPDATE sessions SET auth_time = auth_time + {}", window.as_millis())).await;
        let page = browser.open("/account/password").await;
        let weak = browser.submit(&page, &[("new", "password1")]).await;
        assert_eq!(weak.status(), 400);
        let page = browser.submit(&page, &[("new", NEW)]).await;
        assert_eq!(page.path, "/account/password?done=set");
        assert!(can_log_in(&app, NEW).await);
    }
}

#[tokio::test]
async fn a_change_keeps_what_the_session_showed() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    past(&app, "UPDATE sessions SET amr = '[\"pwd\",\"otp\",\"mfa\"]'").await;
    app.clock.advance(app.app.config.sessions.recent_login + Duration::from_secs(1));
    let page = browser.open("/account/password").await;
    browser.submit(&page, &[("current", PASSWORD), ("new", NEW)]).await;
    let page = browser.open("/account/data").await;
    let asked = browser.press(&page, "Download a copy").await;
    assert_eq!(asked.path, "/confirm?next=%2Faccount%2Fdata", "a password alone is no second factor");
}
