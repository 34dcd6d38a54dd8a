//! `/account/delete`: asked twice, then everything is gone.

use std::time::Duration;

use jotgate_harness::{Browser, Engine, PASSWORD, Page, TestApp};
use serde_json::json;

use super::{EMAIL, is_page, of_session, past, signed_in};

/// Fills in the form, box included.
async fn press<'a>(browser: &mut Browser<'a>, page: &Page, ticked: bool, field: (&str, &str)) -> Page {
    let mut form = page.forms().into_iter().find(|form| form.action == "/account/delete").unwrap();
    if ticked {
        form.fields.push(("sure".into(), "yes".into()));
    }
    browser.send(&form, &[field]).await
}

#[tokio::test]
async fn everything_is_gone_and_the_browser_signed_out() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let token = app.log_in(EMAIL).await.member("access_token");
        let page = browser.open("/account/data").await;
        assert!(page.links().contains(&"/account/delete".to_owned()));
        let page = browser.open("/account/delete").await;
        let gone = press(&mut browser, &page, true, ("password", PASSWORD)).await;
        is_page(&gone);
        assert_eq!((gone.status(), gone.heading().as_str()), (200, "Your account is deleted"));
        assert!(gone.says(EMAIL) && !gone.says("Log out"));
        assert_eq!(of_session(&browser), []);
        assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 401);
        let login = json!({"email": EMAIL, "password": PASSWORD});
        assert_eq!(app.post("/v1/login", &login).send().await.reason(), "login.failed");
        assert_eq!(browser.open("/account").await.path, "/login?next=%2Faccount");
    }
}

#[tokio::test]
async fn one_has_to_be_sure() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    let page = browser.open("/account/delete").await;
    for (ticked, password, words) in [
        (false, PASSWORD, "Please tick the box"),
        (true, "", "Enter your password"),
        (true, "not the password", "This password is not right."),
    ] {
        let asked = press(&mut browser, &page, ticked, ("password", password)).await;
        assert!((400..500).contains(&asked.status()));
        is_page(&asked);
        assert!(asked.says(words), "{words}: {}", asked.text());
    }
    assert_eq!(browser.open("/account").await.path, "/account");
}

#[tokio::test]
async fn without_a_password_a_recent_login_and_the_address() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        past(&app, "UPDATE users SET password_hash = NULL").await;
        let page = browser.open("/account/delete").await;
        let wrong = press(&mut browser, &page, true, ("address", "bob@example.com")).await;
        assert!(wrong.says("This is not the address of this account."), "{}", wrong.text());
        let window = app.app.config.sessions.recent_login;
        app.clock.advance(window + Duration::from_secs(1));
        assert_eq!(browser.open("/account/delete").await.path, "/confirm?next=%2Faccount%2Fdelete");
        let asked = press(&mut browser, &page, true, ("address", EMAIL)).await;
        assert_eq!(asked.path, "/confirm?next=%2Faccount%2Fdelete");
        past(&app, &format!("UPDATE sessions SET auth_time = auth_time + {}", window.as_millis())).await;
        let gone = press(&mut browser, &page, true, ("address", " ADA@example.com ")).await;
        assert_eq!(gone.heading(), "Your account is deleted");
    }
}

#[tokio::test]
async fn the_api_wants_the_same() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up(EMAIL).await.member("access_token");
        past(&app, "UPDATE users SET password_hash = NULL").await;
        let delete = || app.call(http::Method::DELETE, "/v1/me").json(&json!({})).bearer(&token).send();
        past(&app, "UPDATE sessions SET auth_time = 0").await;
        assert_eq!(delete().await.reason(), "stepup.required");
        past(&app, &format!("UPDATE sessions SET auth_time = {}", app.app.clock.now_ms())).await;
        assert_eq!(delete().await.status, 204);
    }
}

#[tokio::test]
async fn the_last_administrator_is_told_why_not() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        past(&app, "UPDATE users SET roles = '[\"admin\"]'").await;
        let page = browser.open("/account/delete").await;
        let kept = press(&mut browser, &page, true, ("password", PASSWORD)).await;
        assert!(kept.says("You are the last administrator."), "{}", kept.text());
        assert_eq!(browser.open("/account").await.path, "/account");
        app.sign_up("bob@example.com").await;
        past(&app, "UPDATE users SET roles = '[\"admin\"]'").await;
        let gone = press(&mut browser, &page, true, ("password", PASSWORD)).await;
        assert_eq!(gone.heading(), "Your account is deleted");
    }
}
